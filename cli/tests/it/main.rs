//! The program, run as a user runs it.

mod browser;
mod catalogue;
mod collectors;
mod command_line;
mod config;
mod corpus;
mod demo;
mod faults;
mod fleet;
mod https;
mod memory;
mod migration;
mod pipe;
mod probe;
mod probe_agrees;
mod program;
mod prometheus;
mod promises;
mod reload;
mod rows;
mod settings;
mod soak;
mod status;
mod terminal;
mod web;
mod wrong_files;
