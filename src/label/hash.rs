//! The seeded hash of label values and of series keys.
//!
//! A value's hash is made once from its bytes; a series' hash is a sum of its values' hashes, each times a secret odd
//! number, then mixed. So three strings hash side by side, and three interned ids hash without touching a byte.

use rapidhash::v3::{RapidSecrets, rapidhash_v3_nano_inline};

use super::MAX_LABELS;

pub(crate) struct Hasher {
    secrets: RapidSecrets,
    /// INVARIANT: odd, so that each label's contribution is a bijection of its value's hash.
    multipliers: [u64; MAX_LABELS],
    family_multiplier: u64,
}

/// The hash of a series key: `slot` chooses where the search starts, `tag` is compared before the key is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHash {
    pub(crate) slot: u32,
    pub(crate) tag: u32,
}

impl Hasher {
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next_odd = || {
            state = mix(state.wrapping_add(0x9E37_79B9_7F4A_7C15), 0xD6E8_FEB8_6659_FD93);
            state | 1
        };
        Self {
            family_multiplier: next_odd(),
            multipliers: std::array::from_fn(|_| next_odd()),
            secrets: RapidSecrets::seed(seed),
        }
    }

    /// The hash of one label value. 32 bits travel with an interned id; equality is always decided by the text.
    #[inline(always)]
    pub(crate) fn value(&self, text: &[u8]) -> u32 {
        (rapidhash_v3_nano_inline::<true, false>(text, &self.secrets) >> 32) as u32
    }

    /// The part of a series' hash that its family gives, computed once per family.
    pub(crate) fn family(&self, family: u32) -> u64 {
        (u64::from(family) + 1).wrapping_mul(self.family_multiplier)
    }

    /// What the value with hash `value` at position `label` adds to the sum.
    #[inline(always)]
    pub(crate) fn part(&self, label: usize, value: u32) -> u64 {
        // `label` is below MAX_LABELS wherever a family exists; the mask makes that visible to the compiler.
        u64::from(value).wrapping_mul(self.multipliers[label & (MAX_LABELS - 1)])
    }

    /// The hash of a series from the sum of its parts.
    #[inline(always)]
    pub(crate) fn finish(sum: u64) -> KeyHash {
        let mixed = mix(sum, 0x9E6C_63D0_876A_3F6B);
        KeyHash { slot: mixed as u32, tag: (mixed >> 32) as u32 }
    }
}

/// Folds the 128-bit product: every bit of the result depends on every bit of both factors.
#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_values_fall_into_different_slots() {
        let hasher = Hasher::new(7);
        let mut slots = std::collections::BTreeSet::new();
        for number in 0..1000 {
            let value = hasher.value(number.to_string().as_bytes());
            let hash = Hasher::finish(hasher.family(1).wrapping_add(hasher.part(0, value)));
            slots.insert(hash.slot & 0xFFFF);
        }
        // 1000 balls in 65,536 urns: about 7.6 collisions are expected.
        assert!(slots.len() > 975, "{} distinct slots", slots.len());
    }

    #[test]
    fn the_order_of_values_matters() {
        let hasher = Hasher::new(7);
        let (a, b) = (hasher.value(b"a"), hasher.value(b"b"));
        let ab = Hasher::finish(hasher.part(0, a).wrapping_add(hasher.part(1, b)));
        let ba = Hasher::finish(hasher.part(0, b).wrapping_add(hasher.part(1, a)));
        assert_ne!((ab.slot, ab.tag), (ba.slot, ba.tag));
    }

    #[test]
    fn two_seeds_hash_differently() {
        assert_ne!(Hasher::new(1).value(b"openai"), Hasher::new(2).value(b"openai"));
    }
}
