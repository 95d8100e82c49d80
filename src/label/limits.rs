//! How many labels a series may have, and how long their values may be.

/// Labels a family may have. A power of two.
pub const MAX_LABELS: usize = 16;

/// The longest label value that is accepted, in bytes.
pub const MAX_VALUE_BYTES: usize = 1024;
