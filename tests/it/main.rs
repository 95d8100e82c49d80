//! What a user of the library can see, promise by promise: the list of test names is the specification.
//!
//! Tests that look at the whole process (threads, descriptors, memory, the system's calls) are binaries of their own.

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;

mod auth;
mod bounded;
mod collector;
mod collectors;
mod config_keys;
mod consistent;
mod dependencies;
mod documents;
mod errors;
mod examples;
mod formats;
mod layering;
mod listening;
#[cfg(feature = "live")]
mod live;
mod negotiation;
mod nothing_lost;
mod open_metrics;
mod openclaw_ages;
mod openclaw_allocation;
mod openclaw_day;
mod openclaw_events;
mod openclaw_numbers;
mod openclaw_parity;
mod openclaw_policy;
mod openclaw_replay;
mod openclaw_reports;
mod public_api;
mod routes;
#[cfg(feature = "rpc")]
mod rpc;
mod sections;
mod service_levels;
mod text_format;
mod together;
mod valid_pages;
mod views;
mod web_config;
mod zero_alloc;
