//! The scale: from a time to its step, and back.
//!
//! Microseconds up to 255 are a step each; above, each doubling has 128 steps. That is how an `hdrhistogram` of two digits
//! counts, so what a cell has counted goes into one of its counters unchanged.

/// Steps of a doubling.
const STEPS: u64 = 128;
/// Times below this many microseconds are a step each.
const LINEAR: u64 = 2 * STEPS;
/// The longest time that is told from longer ones, in microseconds: two hours and 23 minutes.
pub(super) const LONGEST: u64 = (1 << 33) - 1;
/// How many steps there are.
pub(super) const COUNT: usize = (LINEAR + (33 - 8) * STEPS) as usize;
/// Digits that an `hdrhistogram` with these steps keeps.
pub(super) const DIGITS: u8 = 2;
/// How far the middle of a step is from what is in it, at most: a part of it, from 128 µs on; below, half a microsecond.
#[cfg(test)]
pub(super) const PRECISION: f64 = 1.0 / (2.0 * STEPS as f64);

/// The step of a time in seconds: of a negative one the first, of one that is too long, or none, the last.
#[inline(always)]
pub(super) fn step(seconds: f64) -> usize {
    // A cast saturates. Half a microsecond more rounds to the nearest.
    let micros = ((seconds * 1e6 + 0.5) as u64).min(LONGEST);
    if micros < LINEAR {
        return micros as usize;
    }
    let doublings = 63 - micros.leading_zeros() - 7;
    // The leading bit is part of the mantissa, which so begins at 128.
    (u64::from(doublings) * STEPS + (micros >> doublings)) as usize
}

/// The least time of a step, in microseconds.
pub(super) fn least(step: usize) -> u64 {
    let step = step as u64;
    if step < LINEAR {
        return step;
    }
    let doublings = step / STEPS - 1;
    (step - doublings * STEPS) << doublings
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    #[test]
    fn steps_follow_each_other_without_a_gap() {
        for at in 0..COUNT {
            assert_eq!(step(least(at) as f64 / 1e6), at);
            assert!(at == 0 || step((least(at) - 1) as f64 / 1e6) == at - 1, "{at}");
        }
        assert_eq!(step(LONGEST as f64 / 1e6), COUNT - 1);
        for odd in [f64::MAX, f64::INFINITY, 1e12] {
            assert_eq!(step(odd), COUNT - 1);
        }
        for none in [0.0, -1.0, f64::NEG_INFINITY, f64::NAN, 1e-300] {
            assert_eq!(step(none), 0);
        }
    }

    #[test]
    fn they_are_the_steps_of_the_histogram() {
        let histogram = Histogram::<u32>::new_with_bounds(1, LONGEST, DIGITS).unwrap();
        assert_eq!(histogram.distinct_values(), COUNT);
        for at in 0..COUNT {
            assert_eq!(histogram.lowest_equivalent(least(at)), least(at));
            let next = if at + 1 < COUNT { least(at + 1) } else { LONGEST + 1 };
            assert_eq!(histogram.highest_equivalent(least(at)), next - 1);
        }
    }

    proptest! {
        #[test]
        fn the_middle_of_a_step_is_near_to_all_that_is_in_it(seconds in 128e-6..8589.0_f64) {
            let at = step(seconds);
            let end = if at + 1 < COUNT { least(at + 1) } else { LONGEST };
            let middle = (least(at) + end) as f64 / 2e6;
            prop_assert!((middle / seconds - 1.0).abs() <= PRECISION + 0.5e-6 / seconds, "{} and {}", seconds, middle);
        }
    }
}
