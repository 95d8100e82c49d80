//! Bucket bounds: validated once, searched without branches.
//!
//! The search reads the top bits of the value's own representation. Exponent and the first mantissa bits name a
//! stretch of the number line; a table says how many bounds lie before that stretch, and as the stretch was chosen
//! so short that at most one bound lies in it, one comparison finishes. Where bounds are too dense for a small table,
//! the table says so of the stretches that hold several, and a binary search finishes there.

use std::fmt;
use std::sync::Arc;

/// Bounds a histogram may have, `+Inf` not counted.
pub const MAX_BOUNDS: usize = 254;
/// The widest histogram: its sum, its buckets and `+Inf`, rounded up.
pub(crate) const SINK_CELLS: u32 = 256;
/// The longest table, in bytes. With a stretch to an octave it is 2048 at most, so there always is a table.
const MAX_TABLE: u64 = 4096;
/// Bits of a mantissa: the finest stretch is one representation long.
const MANTISSA_BITS: u32 = 52;
/// Instead of a number of bounds, for a stretch that more than one bound lies in.
const DENSE: u8 = u8::MAX;

/// Upper bounds of a histogram's buckets: finite, not negative, strictly ascending. `+Inf` is implied.
///
/// Cheap to clone.
///
/// ```
/// use openclaw_prometheus::Bounds;
/// let bounds = Bounds::exponential(0.5, 2.0, 4)?;
/// assert_eq!(bounds.as_slice(), [0.5, 1.0, 2.0, 4.0]);
/// # Ok::<(), openclaw_prometheus::BoundsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bounds(Arc<BucketTable>);

#[derive(Debug)]
struct BucketTable {
    bounds: Box<[f64]>,
    /// The bits of the bounds and, behind them, a number above all others.
    uppers: Box<[u64]>,
    /// Bits of the representation below a stretch's name.
    shift: u32,
    /// The name of the first bound's stretch; lower ones are searched as this one.
    first: u64,
    /// The number of the stretch behind that of the last bound, counted from `first`; higher ones are searched as this
    /// one. INVARIANT: the last place in `before`.
    last: u64,
    /// For each stretch the bounds that lie before it, or DENSE.
    ///
    /// INVARIANT: none that is not DENSE is above the number of bounds.
    before: Box<[u8]>,
}

/// Upper bounds of the buckets of a [`SignedHistogram`](super::SignedHistogram): finite, strictly ascending, the first
/// of them below 0. `+Inf` is implied.
///
/// ```
/// use openclaw_prometheus::SignedBounds;
/// assert!(SignedBounds::new(&[-1024.0, 0.0, 1024.0]).is_ok());
/// assert!(SignedBounds::new(&[0.0, 1.0]).is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SignedBounds(
    /// INVARIANT: its table is searched with bits in the order of [`ordered`].
    Bounds,
);

/// Why bounds were rejected.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BoundsError {
    /// There is no bound.
    Empty,
    /// There are more than [`MAX_BOUNDS`], this many or more.
    TooMany(usize),
    /// This bound is not finite, or negative where values are not; `+Inf` is implied and not given.
    NotFinite(f64),
    /// The first of signed bounds is not below 0.
    NotSigned(f64),
    /// The second bound does not lie above the first.
    NotAscending(f64, f64),
}

impl fmt::Display for BoundsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "bounds: none given; at least one is needed"),
            Self::TooMany(count) => write!(f, "bounds: {count} given; at most {MAX_BOUNDS} are allowed"),
            Self::NotFinite(bound) => {
                write!(
                    f,
                    "bounds: {bound} given; each must be finite, and not negative unless signed (+Inf is implied)"
                )
            }
            Self::NotSigned(bound) => write!(f, "bounds: {bound} is the first signed one; it must lie below 0"),
            Self::NotAscending(low, high) => {
                write!(f, "bounds: {high} follows {low}; each must lie above the one before")
            }
        }
    }
}

impl std::error::Error for BoundsError {}

impl Bounds {
    /// Bounds as given.
    ///
    /// # Errors
    /// [`BoundsError`] unless there is at least one, all are finite and not negative, and they ascend.
    ///
    /// ```
    /// use openclaw_prometheus::Bounds;
    /// assert!(Bounds::new(&[0.1, 1.0, 10.0]).is_ok());
    /// assert!(Bounds::new(&[1.0, 1.0]).is_err());
    /// ```
    pub fn new(bounds: &[f64]) -> Result<Self, BoundsError> {
        check(bounds)?;
        match bounds.first() {
            Some(bad) if *bad < 0.0 => Err(BoundsError::NotFinite(*bad)),
            _ => Ok(Self::from_valid(bounds.iter().copied())),
        }
    }

    /// `count` bounds from `start` on, `step` apart.
    ///
    /// # Errors
    /// As for [`Bounds::new`].
    pub fn linear(start: f64, step: f64, count: usize) -> Result<Self, BoundsError> {
        Self::generated((0..count.min(MAX_BOUNDS + 1)).map(|index| start + step * index as f64))
    }

    /// `count` bounds from `start` on, each `factor` times the one before.
    ///
    /// # Errors
    /// As for [`Bounds::new`].
    pub fn exponential(start: f64, factor: f64, count: usize) -> Result<Self, BoundsError> {
        let bounds = std::iter::successors(Some(start), |bound| Some(bound * factor));
        Self::generated(bounds.take(count.min(MAX_BOUNDS + 1)))
    }

    fn generated(bounds: impl Iterator<Item = f64>) -> Result<Self, BoundsError> {
        let bounds: Box<[f64]> = bounds.collect();
        Self::new(&bounds)
    }

    /// Durations in seconds: 5 ms to 10 minutes, 16 bounds.
    pub fn seconds() -> Self {
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];
        Self::from_valid(bounds.into_iter())
    }

    /// Token counts: powers of 4 from 1 to 1,048,576, 11 bounds.
    pub fn tokens() -> Self {
        Self::from_valid((0..11).map(|power| 4f64.powi(power)))
    }

    /// Sizes in bytes: 1 KiB times powers of 4 up to 16 GiB, 13 bounds.
    pub fn bytes() -> Self {
        Self::from_valid((0..13).map(|power| 1024.0 * 4f64.powi(power)))
    }

    /// Sizes of messages in bytes: 1 KiB times powers of 2 up to 64 MiB, 17 bounds.
    pub fn message_bytes() -> Self {
        Self::from_valid((0..17).map(|power| 1024.0 * 2f64.powi(power)))
    }

    /// Ratios from 1 % to 16, 11 bounds.
    pub fn ratio() -> Self {
        Self::from_valid([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 4.0, 8.0, 16.0].into_iter())
    }

    /// The bounds, without the implied `+Inf`.
    pub fn as_slice(&self) -> &[f64] {
        &self.0.bounds
    }

    /// Cells a series takes: the sum, a bucket for each bound, and `+Inf`.
    pub(crate) fn width(&self) -> u32 {
        self.0.bounds.len() as u32 + 2
    }

    /// The number of the bucket for the value of these bits: the first whose bound is not below it.
    ///
    /// The value is finite and not negative, and 0 has no sign: such values are in the order of their bits. Whole numbers
    /// all the way, because the store to the bucket's cell waits for this: in doubles it takes half as long again. Any
    /// other bits land in some bucket, never outside.
    #[inline(always)]
    pub(crate) fn bucket(&self, bits: u64) -> usize {
        let inner = &*self.0;
        let stretch = (bits >> inner.shift).saturating_sub(inner.first).min(inner.last) as usize;
        // SAFETY: not above `last`, and the INVARIANT of `last`.
        let before = unsafe { *inner.before.get_unchecked(stretch) };
        if before == DENSE {
            return inner.bucket_by_halving(bits);
        }
        // SAFETY: by the INVARIANT of `before` at most the number of bounds, and one number stands behind those.
        let upper = unsafe { *inner.uppers.get_unchecked(usize::from(before)) };
        usize::from(before) + usize::from(bits > upper)
    }

    /// `bounds` are valid: from a preset, or checked.
    fn from_valid(bounds: impl Iterator<Item = f64>) -> Self {
        // -0.0 would be written as a bound of its own; it is 0.
        Self(Arc::new(BucketTable::new(bounds.map(|bound| bound + 0.0).collect(), f64::to_bits)))
    }
}

impl SignedBounds {
    /// Bounds as given.
    ///
    /// # Errors
    /// [`BoundsError`] unless there is at least one, the first is below 0, all are finite, and they ascend.
    pub fn new(bounds: &[f64]) -> Result<Self, BoundsError> {
        check(bounds)?;
        match bounds.first() {
            Some(bad) if *bad >= 0.0 => Err(BoundsError::NotSigned(*bad)),
            _ => Ok(Self::from_valid(bounds.iter().copied())),
        }
    }

    /// Changes of a size in bytes: 0, and 1 KiB times powers of 2 up to 64 MiB in either direction, 35 bounds.
    pub fn byte_changes() -> Self {
        let sizes = (0..17).map(|power| 1024.0 * 2f64.powi(power));
        Self::from_valid(sizes.clone().rev().map(|size| -size).chain([0.0]).chain(sizes))
    }

    /// The bounds, without the implied `+Inf`.
    pub fn as_slice(&self) -> &[f64] {
        self.0.as_slice()
    }

    pub(crate) fn as_bounds(&self) -> &Bounds {
        &self.0
    }

    /// The number of the bucket for `value`, which is finite.
    pub(crate) fn bucket(&self, value: f64) -> usize {
        self.0.bucket(ordered(value + 0.0))
    }

    /// `bounds` are valid: from a preset, or checked.
    fn from_valid(bounds: impl Iterator<Item = f64>) -> Self {
        Self(Bounds(Arc::new(BucketTable::new(bounds.map(|bound| bound + 0.0).collect(), ordered))))
    }
}

/// Whole numbers in the order of the numbers that they stand for, negative ones before the others.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

fn check(bounds: &[f64]) -> Result<(), BoundsError> {
    if bounds.is_empty() {
        return Err(BoundsError::Empty);
    }
    if bounds.len() > MAX_BOUNDS {
        return Err(BoundsError::TooMany(bounds.len()));
    }
    if let Some(bad) = bounds.iter().find(|bound| !bound.is_finite()) {
        return Err(BoundsError::NotFinite(*bad));
    }
    bounds
        .windows(2)
        .find(|pair| pair[0] >= pair[1])
        .map_or(Ok(()), |pair| Err(BoundsError::NotAscending(pair[0], pair[1])))
}

impl PartialEq for Bounds {
    fn eq(&self, other: &Self) -> bool {
        self.0.bounds == other.0.bounds
    }
}

impl BucketTable {
    /// With the longest stretches that hold one bound at most, or else the shortest that fit the table.
    /// `order` gives the whole numbers by which values are searched.
    fn new(bounds: Box<[f64]>, order: fn(f64) -> u64) -> Self {
        let uppers: Box<[u64]> = bounds.iter().map(|bound| order(*bound)).chain([u64::MAX]).collect();
        let (low, high) = (uppers.first().copied().unwrap_or(0), bounds.last().map_or(0, |bound| order(*bound)));
        let fits = |shift: &u32| (high >> shift) - (low >> shift) + 2 <= MAX_TABLE;
        let is_sparse = |shift: &u32| uppers.windows(2).all(|pair| pair[0] >> shift != pair[1] >> shift);
        let fitting = || (0..=MANTISSA_BITS).rev().filter(fits);
        let shift = fitting().find(is_sparse).or_else(|| fitting().next_back()).unwrap_or(MANTISSA_BITS);
        let (first, last) = (low >> shift, (high >> shift) + 1);
        let before = (first..=last)
            .map(|stretch| {
                let before = uppers.partition_point(|upper| upper >> shift < stretch);
                let inside = uppers.iter().skip(before).take_while(|upper| **upper >> shift == stretch);
                if inside.count() > 1 { DENSE } else { before as u8 }
            })
            .collect();
        Self { bounds, uppers, shift, first, last: last - first, before }
    }

    #[cold]
    #[inline(never)]
    fn bucket_by_halving(&self, bits: u64) -> usize {
        self.uppers.partition_point(|upper| *upper < bits).min(self.bounds.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive_bucket(bounds: &[f64], value: f64) -> usize {
        bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len())
    }

    fn check(bounds: &Bounds, value: f64) {
        assert_eq!(
            bounds.bucket(value.to_bits()),
            naive_bucket(bounds.as_slice(), value),
            "{value} in {:?}",
            bounds.as_slice()
        );
    }

    fn next_up(value: f64) -> f64 {
        f64::from_bits(value.to_bits() + 1)
    }

    fn next_down(value: f64) -> f64 {
        if value == 0.0 { 0.0 } else { f64::from_bits(value.to_bits() - 1) }
    }

    #[test]
    fn a_value_on_a_bound_belongs_below_it_in_every_preset() {
        for bounds in [Bounds::seconds(), Bounds::tokens(), Bounds::bytes(), Bounds::ratio()] {
            assert!(!bounds.0.before.contains(&DENSE));
            for bound in bounds.as_slice() {
                for value in [*bound, next_up(*bound), next_down(*bound)] {
                    check(&bounds, value);
                }
            }
            for value in [0.0, f64::MIN_POSITIVE, 5e-324, 1e-300, 1e300, f64::MAX] {
                check(&bounds, value);
            }
        }
    }

    #[test]
    fn bounds_too_dense_for_the_table_are_searched_too() {
        // Neighbours in the last place, twice, and so far apart that the table has long stretches.
        let neighbours = |start: f64| (0..100).map(move |step| f64::from_bits(start.to_bits() + step));
        let dense: Vec<f64> = [0.0].into_iter().chain(neighbours(1e-300)).chain(neighbours(1e300)).collect();
        let bounds = Bounds::new(&dense).unwrap();
        assert!(bounds.0.before.contains(&DENSE));
        for bound in bounds.as_slice() {
            for value in [*bound, next_up(*bound), next_down(*bound)] {
                check(&bounds, value);
            }
        }
        for value in [1e-308, 1e-299, 1.0, 1e299, 1.1e300, f64::MAX] {
            check(&bounds, value);
        }
    }

    #[test]
    fn bounds_at_the_ends_of_the_doubles_are_searched_too() {
        for bounds in [vec![0.0], vec![f64::MAX], vec![0.0, f64::MAX], vec![5e-324, 1e-323, 1.0, next_down(f64::MAX)]] {
            let built = Bounds::new(&bounds).unwrap();
            for value in bounds.iter().chain(&[0.0, 5e-324, 1e-320, 1.0, 1e308, f64::MAX]) {
                check(&built, *value);
                check(&built, next_down(*value));
            }
        }
    }

    #[test]
    fn presets_are_the_official_sets() {
        assert_eq!(Bounds::seconds().as_slice().len(), 16);
        assert_eq!(Bounds::tokens().as_slice().last(), Some(&1_048_576.0));
        assert_eq!(Bounds::bytes().as_slice().last(), Some(&17_179_869_184.0));
        assert_eq!(Bounds::ratio().as_slice().len(), 11);
    }

    #[test]
    fn bad_bounds_are_an_error_that_says_which() {
        assert_eq!(Bounds::new(&[]), Err(BoundsError::Empty));
        assert_eq!(Bounds::new(&[1.0, 0.5]), Err(BoundsError::NotAscending(1.0, 0.5)));
        assert_eq!(Bounds::new(&[-1.0]), Err(BoundsError::NotFinite(-1.0)));
        assert_eq!(Bounds::new(&[1.0, f64::INFINITY]), Err(BoundsError::NotFinite(f64::INFINITY)));
        assert!(matches!(Bounds::new(&[f64::NAN]), Err(BoundsError::NotFinite(_))));
        assert_eq!(Bounds::linear(1.0, 1.0, 300), Err(BoundsError::TooMany(255)));
        assert!(Bounds::linear(1.0, -1.0, 3).is_err());
        assert_eq!(SignedBounds::new(&[0.0, -1.0]), Err(BoundsError::NotAscending(0.0, -1.0)));
        assert_eq!(SignedBounds::new(&[0.0, 1.0]), Err(BoundsError::NotSigned(0.0)));
        assert_eq!(SignedBounds::new(&[f64::NEG_INFINITY]), Err(BoundsError::NotFinite(f64::NEG_INFINITY)));
        assert!(Bounds::exponential(1.0, 1.0, 3).is_err());
        assert!(Bounds::exponential(1e300, 1e10, 3).is_err());
    }

    #[test]
    fn a_value_that_is_no_number_lands_inside() {
        let bounds = Bounds::seconds();
        let dense = Bounds::new(&[1.0, next_up(1.0), 1e300]).unwrap();
        for value in [f64::NAN, -f64::NAN, -1.0, f64::NEG_INFINITY, f64::INFINITY, -0.0] {
            for bounds in [&bounds, &dense] {
                assert!(bounds.bucket(value.to_bits()) <= bounds.as_slice().len());
            }
        }
    }

    #[test]
    fn a_value_on_a_signed_bound_belongs_below_it() {
        for bounds in [SignedBounds::byte_changes(), SignedBounds::new(&[-f64::MAX, -5e-324, 0.0, 1.0]).unwrap()] {
            let around = |bound: &f64| [*bound, bound.next_up(), bound.next_down()];
            let extremes = [-0.0, f64::MIN_POSITIVE, -f64::MIN_POSITIVE, f64::MAX, -f64::MAX];
            for value in bounds.as_slice().iter().flat_map(around).chain(extremes) {
                assert_eq!(bounds.bucket(value), naive_bucket(bounds.as_slice(), value), "{value}");
            }
        }
        assert_eq!(SignedBounds::byte_changes().as_slice().len(), 35);
    }

    proptest! {
        #[test]
        fn the_bucket_of_a_signed_value_agrees_with_the_naive_search(
            mut bounds in proptest::collection::vec(prop_oneof![-10.0..10.0f64, -1e12..1e12f64, Just(0.0)], 0..60),
            values in proptest::collection::vec(prop_oneof![-10.0..10.0f64, -1e13..1e13f64, Just(-0.0)], 50),
        ) {
            bounds.push(-1.0);
            bounds.sort_by(f64::total_cmp);
            bounds.dedup();
            let built = SignedBounds::new(&bounds).unwrap();
            for value in values.iter().chain(&bounds) {
                prop_assert_eq!(built.bucket(*value), naive_bucket(&bounds, *value));
            }
        }

        #[test]
        fn the_bucket_agrees_with_the_naive_search(
            mut bounds in proptest::collection::vec(prop_oneof![0.0..10.0f64, 0.0..1e12f64, Just(0.0), Just(1e-310)], 1..60),
            values in proptest::collection::vec(prop_oneof![0.0..10.0f64, 0.0..1e13f64, Just(0.0)], 50),
        ) {
            bounds.sort_by(f64::total_cmp);
            bounds.dedup();
            let built = Bounds::new(&bounds).unwrap();
            for value in values.iter().chain(&bounds) {
                check(&built, *value);
                check(&built, next_up(*value));
                check(&built, next_down(*value));
            }
        }

        #[test]
        fn bounds_close_to_each_other_agree_too(
            starts in proptest::collection::vec(prop_oneof![0.0..1e9f64, 0.0..1e-300f64, Just(f64::MAX / 2.0)], 1..4),
            steps in proptest::collection::vec(prop_oneof![1u64..4, 1u64..1 << 50], 1..60),
        ) {
            let mut bounds = starts.clone();
            for (step, at) in steps.iter().zip(0..) {
                bounds.push(f64::from_bits(starts[at % starts.len()].to_bits() + step * (1 + at as u64)));
            }
            bounds.retain(|bound| bound.is_finite() && bound.is_sign_positive());
            bounds.sort_by(f64::total_cmp);
            bounds.dedup();
            let built = Bounds::new(&bounds).unwrap();
            for value in &bounds {
                check(&built, *value);
                check(&built, next_up(*value));
                check(&built, next_down(*value));
            }
        }

        #[test]
        fn linear_bounds_agree_too(start in 0.0..100.0f64, step in 0.001..50.0f64, count in 1usize..254, value in 0.0..20000.0f64) {
            let built = Bounds::linear(start, step, count).unwrap();
            check(&built, value);
        }
    }
}
