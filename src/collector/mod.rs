//! Collectors: what an exporter tells without being told: about its process, its build and itself.
//!
//! Each registers families and brings them up to date as a [`Collect`](crate::publish::Collect) on the render thread, or
//! as an observer of publisher and server. None has heard of what else the registry is for.

mod build;
mod own;
#[cfg(target_os = "linux")]
mod process;
mod reloads;

pub use build::build_info;
pub use own::OwnMetrics;
#[cfg(target_os = "linux")]
pub use process::Process;
pub use reloads::Reloads;
