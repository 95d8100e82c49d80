//! The seeded hash of label values and of series keys.
//!
//! A value's hash is made once from its bytes; a series' hash is a sum of its values' hashes, each times a secret odd
//! number, then mixed. So three strings hash side by side, and three interned ids hash without touching a byte.
//!
//! Most values have 4 to 16 bytes. Those are read as two words and folded under secrets in one multiplication, as
//! foldhash does; the others take rapidhash.

use rapidhash::v3::{RapidSecrets, rapidhash_v3_nano_inline};

use super::index::FamilyIndex;
use super::limits::MAX_LABELS;

pub(crate) struct KeyHasher {
    secrets: RapidSecrets,
    /// INVARIANT: odd, so that each label's contribution is a bijection of its value's hash.
    multipliers: [u64; MAX_LABELS],
    family_multiplier: u64,
    /// What the two words of a short value are hidden with, and what its length is multiplied by.
    short: [u64; 3],
}

/// The hash of a series key: `slot` chooses where the search starts, `tag` is compared before the key is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHash {
    pub(crate) slot: u32,
    pub(crate) tag: u32,
}

impl KeyHasher {
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next_odd = || {
            state = mix(state.wrapping_add(0x9E37_79B9_7F4A_7C15), 0xD6E8_FEB8_6659_FD93);
            state | 1
        };
        Self {
            family_multiplier: next_odd(),
            multipliers: std::array::from_fn(|_| next_odd()),
            short: std::array::from_fn(|_| next_odd()),
            secrets: RapidSecrets::seed(seed),
        }
    }

    /// The hash of one label value. 32 bits travel with an interned id; equality is always decided by the text.
    #[inline(always)]
    pub(crate) fn value(&self, text: &[u8]) -> u32 {
        let Some([head, tail]) = short_words(text) else { return self.other_value(text) };
        let [head_secret, tail_secret, length_secret] = self.short;
        // Words alone do not tell "aaaa" from "aaaaa".
        let length = (text.len() as u64).wrapping_mul(length_secret);
        (mix(head ^ head_secret, tail ^ tail_secret).wrapping_add(length) >> 32) as u32
    }

    /// The hash of a value that `short_words` does not take.
    #[inline(never)]
    fn other_value(&self, text: &[u8]) -> u32 {
        (rapidhash_v3_nano_inline::<true, false>(text, &self.secrets) >> 32) as u32
    }

    /// The part of a series' hash that its family gives, computed once per family.
    pub(crate) fn family(&self, family: FamilyIndex) -> u64 {
        (u64::from(family.0) + 1).wrapping_mul(self.family_multiplier)
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

/// Two words that, with its length, say all of a text of 4 to 16 bytes: its ends, which meet or overlap. None for
/// another.
#[inline(always)]
pub(super) fn short_words(text: &[u8]) -> Option<[u64; 2]> {
    if let (Some(head), Some(tail), 8..=16) = (text.first_chunk(), text.last_chunk(), text.len()) {
        return Some([u64::from_ne_bytes(*head), u64::from_ne_bytes(*tail)]);
    }
    if let (Some(head), Some(tail), 4..=7) = (text.first_chunk(), text.last_chunk(), text.len()) {
        return Some([u32::from_ne_bytes(*head).into(), u32::from_ne_bytes(*tail).into()]);
    }
    None
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
        let hasher = KeyHasher::new(7);
        let mut slots = std::collections::BTreeSet::new();
        for number in 0..1000 {
            let value = hasher.value(number.to_string().as_bytes());
            let hash = KeyHasher::finish(hasher.family(FamilyIndex(1)).wrapping_add(hasher.part(0, value)));
            // The table scales the hash, so the upper bits decide.
            slots.insert(hash.slot >> 16);
        }
        // 1000 balls in 65,536 urns: about 7.6 collisions are expected.
        assert!(slots.len() > 975, "{} distinct slots", slots.len());
    }

    #[test]
    fn the_order_of_values_matters() {
        let hasher = KeyHasher::new(7);
        let (a, b) = (hasher.value(b"a"), hasher.value(b"b"));
        let ab = KeyHasher::finish(hasher.part(0, a).wrapping_add(hasher.part(1, b)));
        let ba = KeyHasher::finish(hasher.part(0, b).wrapping_add(hasher.part(1, a)));
        assert_ne!((ab.slot, ab.tag), (ba.slot, ba.tag));
    }

    #[test]
    fn short_words_tell_texts_of_one_length_apart() {
        assert_eq!(short_words(b"abc"), None);
        assert_eq!(short_words(&[b'a'; 17]), None);
        for len in 4..=16 {
            let text: Vec<u8> = (0..len).collect();
            let words = short_words(&text);
            assert_eq!(words, short_words(&text.clone()));
            for at in 0..usize::from(len) {
                let mut other = text.clone();
                other[at] ^= 1;
                assert_ne!(words, short_words(&other), "byte {at} of {len}");
            }
        }
    }

    #[test]
    fn values_of_any_length_collide_as_seldom_as_chance() {
        let mut texts = std::collections::BTreeSet::new();
        for number in 0..20_000u32 {
            texts.insert(number.to_string());
            texts.insert(format!("model-{number}"));
            texts.insert(format!("{number:016}"));
            texts.insert(format!("/v1/agents/{number}/messages"));
        }
        for (letter, len) in [b'a', b'z', 0].into_iter().flat_map(|letter| (0..40).map(move |len| (letter, len))) {
            texts.insert(char::from(letter).to_string().repeat(len));
        }
        for seed in 0..4 {
            let hasher = KeyHasher::new(seed);
            let hashes: std::collections::BTreeSet<u32> =
                texts.iter().map(|text| hasher.value(text.as_bytes())).collect();
            // n^2 / 2 / 2^32 is 0.75 for 80,000.
            assert!(texts.len() - hashes.len() < 8, "{} collisions", texts.len() - hashes.len());
            // The upper bits choose the slot: 80,000 balls in 2^20 urns make about 2,970 collisions.
            let urns: std::collections::BTreeSet<u32> = hashes.iter().map(|hash| hash >> 12).collect();
            assert!(hashes.len() - urns.len() < 3300, "{} share a slot", hashes.len() - urns.len());
        }
    }

    #[test]
    fn each_bit_of_a_short_value_turns_half_of_the_hash() {
        for text in ["gpt-5", "outcome-0", "claude-sonnet-4", "0000000000000000"] {
            let mut turned = [0u32; 32];
            let flips = text.len() * 8 * 16;
            for flip in 0..flips {
                let hasher = KeyHasher::new(flip as u64 % 16);
                let mut other = text.as_bytes().to_vec();
                other[flip / 16 / 8] ^= 1 << (flip / 16 % 8);
                let difference = hasher.value(text.as_bytes()) ^ hasher.value(&other);
                (0..32).for_each(|bit| turned[bit] += difference >> bit & 1);
            }
            for (bit, turned) in turned.iter().enumerate() {
                let share = f64::from(*turned) / flips as f64;
                assert!((0.4..0.6).contains(&share), "bit {bit} of {text}: {share}");
            }
        }
    }

    #[test]
    fn two_seeds_hash_differently() {
        assert_ne!(KeyHasher::new(1).value(b"openai"), KeyHasher::new(2).value(b"openai"));
    }
}
