//! Small dense numbers for label values, so that JavaScript hands over numbers instead of strings.
//!
//! A number is an index, and is checked: whatever JavaScript passes finds the value it was given out for, or nothing.
//! Looking one up takes no lock and allocates nothing. Numbers are given out once and stay valid in every thread and
//! environment of the process; how many there may be is fixed.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use openclaw_prometheus::{LabelId, Reason, Registry};

/// Values that may have a number. 48 KiB.
pub(crate) const MAX_IDS: usize = 4096;

pub(crate) struct Ids {
    /// INVARIANT: filled from the front, each place once.
    slots: Box<[OnceLock<LabelId>]>,
    numbers: Mutex<HashMap<Box<str>, u32>>,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self { slots: (0..MAX_IDS).map(|_| OnceLock::new()).collect(), numbers: Mutex::default() }
    }

    /// The number of `text`: the one it has, or the next. None if all are given out.
    pub(crate) fn intern(&self, registry: &Registry, text: &str) -> Result<Option<u32>, Reason> {
        // A panic in between leaves at worst a slot filled whose number was not given out; it is then filled with it.
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(text) {
            return Ok(Some(*number));
        }
        let number = numbers.len();
        let Some(slot) = self.slots.get(number) else { return Ok(None) };
        let id = registry.intern(text)?;
        // Under the lock nobody else fills it.
        let _ = slot.set(id);
        numbers.insert(text.into(), number as u32);
        Ok(Some(number as u32))
    }

    /// The value behind a number from JavaScript.
    #[inline]
    pub(crate) fn get(&self, number: f64) -> Option<LabelId> {
        // The conversion saturates and takes NaN for 0, so it must lead back to the same number: -1, 0.5, NaN and 2^64
        // are nobody's. As integers Node-API would hand them over as 4294967295, 0, 0 and 0, which may be somebody's.
        let index = number as usize;
        if index as f64 != number {
            return None;
        }
        self.slots.get(index)?.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_numbers_are_dense() {
        let (registry, ids) = (Registry::builder().build().expect("default capacities"), Ids::new());
        let numbers: Vec<_> = ["a", "b", "a", "", "b"].iter().map(|text| ids.intern(&registry, text)).collect();
        assert_eq!(numbers, [Ok(Some(0)), Ok(Some(1)), Ok(Some(0)), Ok(Some(2)), Ok(Some(1))]);
    }

    #[test]
    fn only_numbers_that_were_given_out_are_found() {
        let (registry, ids) = (Registry::builder().build().expect("default capacities"), Ids::new());
        assert_eq!(ids.get(0.0), None);
        assert_eq!(ids.intern(&registry, "a"), Ok(Some(0)));
        assert_eq!(ids.get(0.0), registry.intern("a").ok());
        for number in [1.0, -1.0, 0.5, f64::NAN, f64::INFINITY, 4096.0, 2f64.powi(32), 2f64.powi(64), 1e300] {
            assert_eq!(ids.get(number), None, "{number}");
        }
    }

    #[test]
    fn numbers_run_out_without_harm() {
        let (registry, ids) = (Registry::builder().label_bytes(1 << 20).build().expect("capacities"), Ids::new());
        for number in 0..MAX_IDS {
            assert_eq!(ids.intern(&registry, &number.to_string()), Ok(Some(number as u32)));
        }
        assert_eq!(ids.intern(&registry, "one more"), Ok(None));
        assert_eq!(ids.intern(&registry, "17"), Ok(Some(17)));
    }

    #[test]
    fn a_value_that_the_registry_refuses_takes_no_number() {
        let (registry, ids) = (Registry::builder().build().expect("default capacities"), Ids::new());
        assert_eq!(ids.intern(&registry, &"x".repeat(1025)), Err(Reason::ValueTooLong));
        assert_eq!(ids.intern(&registry, "a"), Ok(Some(0)));
    }
}
