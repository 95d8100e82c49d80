//! Everything that knows OpenClaw: its diagnostic events, and the metric families they feed.
//!
//! [`OpenClaw`] registers the [catalogue] in a [`Registry`](crate::Registry) and records events into it with
//! the names, types, labels and values of the official exporter. Every text that becomes a label goes through the
//! [`policy`], so that no secret and no session key is ever shown. [`Replay`] feeds it from a recording.
//!
//! What no event tells, a plugin inside the Gateway [reports](REPORTS): hooks, runtime, Node itself.
//!
//! An event is recorded when the host vouches for it. A broken part of an event is counted by reason and costs nothing
//! else of the event; observing never panics and never allocates, but for the worker heaps of a memory sample.

pub mod catalogue;
mod dispatch;
mod event;
mod field;
mod fields;
mod host;
mod label;
mod line;
mod names;
pub mod numbers;
mod objects;
mod recorder;
pub(crate) mod redact;
mod replay;
mod report;
pub mod rpc;
mod skip;
mod sli;

/// The labels whose values are things of their own, each with its metrics.
pub const OBJECTS: &[&str] =
    &["agent", "channel", "collector", "lane", "model", "plugin", "provider", "skill", "tool", "worker"];

pub use catalogue::{Families, seeded_series};
pub use dispatch::OpenClaw;
pub use event::{DiagnosticEvent, EventType, Metadata};
pub use field::{Field, FieldError, Id, Text};
pub use host::{Host, too_old};
pub use line::{Line, LineError};
pub use objects::*;
pub use redact::policy;
pub use replay::{BadLine, Replay, Summary};
pub use report::*;
pub use sli::ServiceLevels;
