//! The program, run as a user runs it.

mod browser;
mod catalogue;
mod config;
mod demo;
mod faults;
mod fleet;
mod memory;
mod migration;
mod pipe;
mod probe;
mod probe_agrees;
mod program;
mod prometheus;
mod reload;
mod rows;
mod soak;
mod status;
mod web;
