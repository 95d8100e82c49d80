//! Labels: legal names, closed label sets, and the table that turns label values into series.
//!
//! The table has fixed room, interns each distinct value once, and is lock-free throughout. What does not fit is
//! rejected with a [`RejectReason`]; nothing that was accepted is ever evicted.

// Tests may do what recording may not.
#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_macros, clippy::disallowed_methods))]

pub(crate) mod arena;
mod closed;
mod hash;
pub(crate) mod index;
mod name;
mod table;

pub use closed::{ClosedLabels, LabelEnum};
pub use name::{LabelName, MetricName, NameError};
pub(crate) use table::{FamilyRoom, Found, Table, TableRoom};

/// Labels a family may have. A power of two.
pub const MAX_LABELS: usize = 16;

/// The longest label value that is accepted, in bytes.
pub const MAX_VALUE_BYTES: usize = arena::MAX_VALUE_BYTES;

/// A label value that was interned once, so that later lookups neither hash nor compare text.
///
/// Valid in the registry that made it; another registry rejects it with [`RejectReason::ForeignId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelId {
    pub(crate) at: u32,
    pub(crate) hash: u32,
}

crate::label_enum! {
    /// Why an observation was rejected. Each rejection is counted by family and reason.
    pub enum RejectReason("reason") {
        /// The family has as many series as it may have.
        FamilyFull = "family_full",
        /// The registry has as many series, or cells for them, as it may have.
        TableFull = "table_full",
        /// The label text of the family or of the registry is used up.
        LabelBytesFull = "label_bytes_full",
        /// A label value is longer than [`MAX_VALUE_BYTES`].
        ValueTooLong = "value_too_long",
        /// The search passed 128 slots; with a table at most half full this takes an extraordinary accident.
        ProbesExhausted = "probes_exhausted",
        /// The label id is another registry's.
        ForeignId = "foreign_id",
        /// The amount is negative, not finite or above 2^53.
        BadAmount = "bad_amount",
    }
}

impl RejectReason {
    /// Whether the observation was rejected for want of room for its series, and not for its value.
    pub fn is_dropped_series(self) -> bool {
        !matches!(self, Self::BadAmount)
    }
}
