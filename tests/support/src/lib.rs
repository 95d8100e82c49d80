//! What the tests, benches and fuzz targets of all packages share.

#![allow(missing_docs, missing_debug_implementations, reason = "for tests; names say what things are")]

pub mod allocator;
pub mod answers;
pub mod deadline;
pub mod exposition;
pub mod failing;
pub mod gateway;
pub mod negotiation;
pub mod page;
pub mod recordings;
pub mod this_process;
