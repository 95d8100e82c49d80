//! Why an observation is rejected.

use super::closed::label_enum;
#[cfg(doc)]
use super::limits::MAX_VALUE_BYTES;

label_enum! {
    /// Why an observation was rejected. Each rejection is counted by family and reason.
    pub enum RejectReason("reason") {
        /// The family has as many series as it may have.
        FamilyFull = "family_full",
        /// The registry has as many series as it may have.
        TableFull = "table_full",
        /// The cells that the registry's series have between them are used up: a histogram takes 2 more than it has bounds.
        CellsFull = "cells_full",
        /// The label text of the registry is used up, or what one family or ids alone may take of it.
        LabelBytesFull = "label_bytes_full",
        /// A label value is longer than [`MAX_VALUE_BYTES`].
        ValueTooLong = "value_too_long",
        /// The search passed 128 slots; with a table at most half full this takes an extraordinary accident.
        ProbesExhausted = "probes_exhausted",
        /// The label id is another registry's.
        ForeignId = "foreign_id",
        /// The amount is negative, not finite or above 2^53.
        BadAmount = "bad_amount",
        /// A total can take no more: a whole one stands still at 2^57 in one slab, a fractional one or a histogram's sum
        /// is at 2^53 there, above which a double drops small amounts. Counted once a series, when a reading finds it;
        /// how much was lost is not known.
        Saturated = "saturated",
    }
}

impl RejectReason {
    /// Whether the observation was rejected because there was no capacity for its series, and not for its value.
    pub fn is_dropped_series(self) -> bool {
        !matches!(self, Self::BadAmount | Self::Saturated)
    }
}
