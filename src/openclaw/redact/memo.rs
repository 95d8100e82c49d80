//! Remembers what the policy made of a text, and under which id the registry knows the result.
//!
//! A value that was seen before costs a lookup and no scan for secrets. The memory is fixed: two slots for each hash, and
//! a text that is new takes one of them from another, so that a flood of texts costs scans and nothing else. Texts of
//! more than 48 bytes are scanned each time.
//!
//! Each slot is a seqlock of words: who reads compares the version before and after, and takes what it read only if
//! nobody wrote between. Nobody waits: who would write where another is writing does without. No text, no lock, no
//! pointer, so nothing to be unsound about.

use crate::LabelId;
use crate::sync::{Acquire, AtomicU32, AtomicU64, Relaxed, Release, fence};

/// 64 KiB.
const SLOTS: usize = if cfg!(loom) { 2 } else { 1024 };
/// Words of text that a slot holds.
const WORDS: usize = if cfg!(loom) { 1 } else { 6 };
/// The longest text that is remembered, in bytes.
const LIMIT_BYTES: usize = WORDS * 8;

/// What is known of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The part of the text that may be shown, if there is one: where it begins, and how long it is.
    pub(crate) shown: Option<(u8, u8)>,
    /// The registry's id of that part, once a series has it.
    pub(crate) id: Option<LabelId>,
}

pub(crate) struct Memo {
    slots: Box<[Slot]>,
}

/// One line of the cache: a text and what is known of it.
#[repr(align(64))]
#[derive(Default)]
struct Slot {
    /// Odd while somebody writes. INVARIANT: between two loads of the same even number nobody wrote.
    version: AtomicU32,
    /// Length of the text, then where the shown part begins, how long it is, and whether there is one: a byte each. 0
    /// for an empty slot, as an empty text is not remembered.
    head: AtomicU32,
    /// The id: its place and its hash; a place of 0 is none.
    id: [AtomicU32; 2],
    text: [AtomicU64; WORDS],
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}

/// A text as words, the rest of which are 0: its length and the words say all of it.
struct Key {
    words: [u64; WORDS],
    hash: usize,
}

impl Key {
    #[inline(always)]
    fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > LIMIT_BYTES {
            return None;
        }
        let mut words = [0; WORDS];
        let mut used = 0;
        let mut chunks = bytes.chunks_exact(8);
        for (word, chunk) in words.iter_mut().zip(&mut chunks) {
            *word = chunk.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
            used += 1;
        }
        if !chunks.remainder().is_empty() {
            let last = match bytes.last_chunk() {
                // The last eight bytes, some of which were there before.
                Some(last) => u64::from_le_bytes(*last),
                None => short_word(bytes),
            };
            if let Some(word) = words.get_mut(used) {
                *word = last;
            }
            used += 1;
        }
        let mixed = words[..used]
            .iter()
            .fold(bytes.len() as u64, |sum, word| (sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29));
        let hash = (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as usize;
        Some(Self { words, hash })
    }
}

/// Up to seven bytes as one word.
#[inline(always)]
fn short_word(bytes: &[u8]) -> u64 {
    if let (Some(head), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << 32;
    }
    bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| Slot::default()).collect() }
    }

    /// The two slots of a text.
    #[inline(always)]
    fn slots(&self, key: &Key) -> [Option<&Slot>; 2] {
        let first = key.hash % SLOTS;
        [self.slots.get(first), self.slots.get(first ^ 1)]
    }

    /// What is known of `text`.
    #[inline(always)]
    pub(crate) fn find(&self, text: &str) -> Option<Verdict> {
        let key = Key::new(text)?;
        self.slots(&key).into_iter().flatten().find_map(|slot| slot.read(text.len(), &key))
    }

    /// Remembers what is known of `text`, where there is room for it.
    #[cold]
    pub(crate) fn keep(&self, text: &str, known: Verdict) {
        let Some(key) = Key::new(text) else { return };
        let [Some(first), Some(second)] = self.slots(&key) else { return };
        let is_mine = |slot: &Slot| slot.read(text.len(), &key).is_some();
        // Its own slot, else a free one, else one after the other.
        let slot = if is_mine(first) || (!is_mine(second) && first.is_free()) {
            first
        } else if is_mine(second) || second.is_free() || first.version.load(Relaxed) & 2 == 0 {
            second
        } else {
            first
        };
        slot.write(text.len(), &key, known);
    }
}

impl Slot {
    fn is_free(&self) -> bool {
        self.head.load(Relaxed) == 0
    }

    /// Relaxed loads of the words: the version tells whether they fit together.
    #[inline(always)]
    fn read(&self, length: usize, key: &Key) -> Option<Verdict> {
        // ORDERING: Acquire pairs with the Release that ends `write`: the words are at least that new.
        let version = self.version.load(Acquire);
        let head = self.head.load(Relaxed);
        let [text_length, start, shown_length, is_shown] = head.to_le_bytes();
        // All words, used or not: without a branch for each that is a third of the instructions.
        let differing =
            self.text.iter().zip(key.words).fold(0, |sum, (mine, theirs)| sum | (mine.load(Relaxed) ^ theirs));
        if version & 1 != 0 || usize::from(text_length) != length || differing != 0 {
            return None;
        }
        let [at, hash] = self.id.each_ref().map(|word| word.load(Relaxed));
        // ORDERING: Acquire pairs with the fence in `write`: if a word above was of a write that has not ended, or that
        // came since, the version below is that write's.
        fence(Acquire);
        if self.version.load(Relaxed) != version {
            return None;
        }
        let shown = (is_shown != 0).then_some((start, shown_length));
        Some(Verdict { shown, id: (at != 0).then_some(LabelId { at, hash }) })
    }

    fn write(&self, length: usize, key: &Key, known: Verdict) {
        let version = self.version.load(Relaxed);
        // ORDERING: Acquire, so that this write comes after the one before; who loses does without.
        let is_ours = version & 1 == 0 && self.version.compare_exchange(version, version + 1, Acquire, Relaxed).is_ok();
        if !is_ours {
            return;
        }
        // ORDERING: Release pairs with the fence in `read`: who sees a word of this write sees the odd version.
        fence(Release);
        let (start, shown_length) = known.shown.unwrap_or_default();
        let head = [length as u8, start, shown_length, u8::from(known.shown.is_some())];
        self.head.store(u32::from_le_bytes(head), Relaxed);
        let id = known.id.map_or([0, 0], |id| [id.at, id.hash]);
        for (word, value) in self.id.iter().zip(id) {
            word.store(value, Relaxed);
        }
        for (word, value) in self.text.iter().zip(key.words) {
            word.store(value, Relaxed);
        }
        // ORDERING: Release pairs with the Acquire in `read`.
        self.version.store(version.wrapping_add(2), Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(start: u8, length: u8) -> Verdict {
        Verdict {
            shown: Some((start, length)),
            id: Some(LabelId { at: 1 + u32::from(start), hash: u32::from(length) }),
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_was_last_kept_of_this_very_text(
            texts in proptest::collection::vec("[ab]{0,20}|\\PC{0,60}", 1..200),
        ) {
            let memo = Memo::new();
            let mut kept = std::collections::HashMap::new();
            for (number, text) in texts.iter().enumerate() {
                let now = known(number as u8, (number / 2) as u8);
                memo.keep(text, now);
                kept.insert(text.as_str(), now);
            }
            let mut found = 0;
            for text in &texts {
                if let Some(known) = memo.find(text) {
                    prop_assert_eq!(Some(&known), kept.get(text.as_str()), "{:?}", text);
                    found += 1;
                }
            }
            let short = texts.iter().filter(|text| (1..=LIMIT_BYTES).contains(&text.len())).count();
            prop_assert!(found * 2 >= short, "{} of {} were found", found, short);
        }
    }

    #[test]
    fn texts_that_differ_in_one_byte_are_told_apart() {
        let memo = Memo::new();
        for length in 1..=LIMIT_BYTES {
            let text = "x".repeat(length);
            memo.keep(&text, known(1, 1));
            assert_eq!(memo.find(&text), Some(known(1, 1)));
            for at in 0..length {
                let mut other = text.clone().into_bytes();
                other[at] = b'y';
                assert_eq!(memo.find(std::str::from_utf8(&other).unwrap()), None, "{length} {at}");
            }
        }
    }

    #[test]
    fn a_rejection_is_remembered_too() {
        let memo = Memo::new();
        memo.keep("agent:main:x", Verdict { shown: None, id: None });
        assert_eq!(memo.find("agent:main:x"), Some(Verdict { shown: None, id: None }));
        memo.keep("agent:main:x", known(3, 4));
        assert_eq!(memo.find("agent:main:x"), Some(known(3, 4)), "what is known last");
    }

    #[test]
    fn a_flood_takes_no_memory_and_the_next_text_is_remembered() {
        let memo = Memo::new();
        for number in 0..100_000 {
            memo.keep(&format!("flood-{number}"), known(0, 1));
        }
        memo.keep("gpt-5", known(0, 5));
        assert_eq!(memo.find("gpt-5"), Some(known(0, 5)));
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;

    /// Checks what a reader finds, in a thread of its own, while these texts are kept one by one in another.
    fn check(texts: &'static [&'static str]) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(|| {
            let memo = loom::sync::Arc::new(Memo::new());
            // Of one length, so that only the words tell them apart.
            let of = |text: &str| Verdict { shown: Some((0, text.as_bytes()[0])), id: None };
            ["cccc", "dddd"].into_iter().for_each(|text| memo.keep(text, of(text)));
            let reader = memo.clone();
            let reader = loom::thread::spawn(move || {
                let found = reader.find("cccc");
                assert!(found.is_none_or(|known| known == of("cccc")), "{found:?}");
            });
            texts.iter().for_each(|text| memo.keep(text, of(text)));
            reader.join().unwrap();
        });
    }

    #[test]
    fn loom_a_memo_never_mixes_two_texts() {
        check(&["aaaa", "bbbb"]);
    }
}
