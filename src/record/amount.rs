//! What one addition may bring, and how much a cell takes.
//!
//! An addition does not tell whether its cell is full, as that would cost every one of them; the reader does, which sees
//! each cell that changed. Limits are far above what is measured: a total in a unit that is too small is what meets them.

/// The largest amount that one addition may bring: above it a double no longer holds every whole number.
pub const MAX_AMOUNT: u64 = 1 << 53;

/// Where a cell of whole numbers stands still, so that 64 of them can be summed without overflow.
pub(crate) const WHOLE_LIMIT: u64 = 1 << 57;
/// The bits of the number from which on a cell of fractional numbers drops amounts that are small beside it, down to one.
///
/// Of numbers that are not negative, the order is that of their bits.
pub(crate) const FRACTION_LIMIT: u64 = MAX_BITS;

/// The bits of the largest amount.
const MAX_BITS: u64 = (MAX_AMOUNT as f64).to_bits();

/// Adds whole numbers up to the limit; a cell above it stands still rather than wrap to a lower count.
#[inline(always)]
pub(crate) fn add_limited(old: u64, amount: u64) -> u64 {
    if old >= WHOLE_LIMIT { old } else { old.wrapping_add(amount) }
}

/// Adds fractional numbers. Of valid amounts the sum cannot become infinite: each is at most 2^53.
#[inline(always)]
pub(crate) fn add_bits(old: u64, amount: f64) -> u64 {
    (f64::from_bits(old) + amount).to_bits()
}

/// The bits of `amount`, without a sign for 0, if it is not negative and not above 2^53.
///
/// One comparison: as whole numbers, the bits of negative numbers, of infinity and of NaN lie above those of others.
#[inline(always)]
pub(crate) fn valid_bits(amount: f64) -> Option<u64> {
    let bits = amount.to_bits();
    if bits <= MAX_BITS { Some(bits) } else { zero_bits(amount) }
}

/// -0.0 is the one valid amount whose sign is set.
#[cold]
fn zero_bits(amount: f64) -> Option<u64> {
    (amount == 0.0).then_some(0)
}
