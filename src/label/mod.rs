//! Labels: legal names, closed label sets, and the table that turns label values into series.
//!
//! The table's capacity is fixed; it interns each distinct value once, and is lock-free throughout. What does not fit is
//! rejected with a [`RejectReason`]; nothing that was accepted is ever evicted.

// Tests may do what recording may not.
#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_macros, clippy::disallowed_methods))]

mod announcement;
mod arena;
mod closed;
mod hash;
mod hash_index;
pub(crate) mod index;
mod insertion;
mod interner;
mod limits;
mod name;
mod quota;
mod records;
mod reject;
mod table;

pub use closed::{ClosedLabels, LabelEnum};
pub use interner::LabelId;
pub use limits::{MAX_LABELS, MAX_VALUE_BYTES};
pub use name::{LabelName, MetricName, NameError};
pub(crate) use quota::FamilyCapacity;
pub use reject::RejectReason;
pub(crate) use table::{Table, TableCapacity};
