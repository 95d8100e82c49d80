//! Texts that JavaScript has handed over once, by the numbers that it got for them: a table for each thread.
//!
//! The table is bounded. When it is full JavaScript empties it and begins again, with nothing lost but a few crossings. A
//! number is worth something only together with the table's generation, which no other table of the process has: so a
//! copy of the plugin that has missed an emptying is told so, and never shows another's text.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Texts in a table at most.
pub(crate) const MAX_TEXTS: usize = 4096;
/// Bytes of a text at most; JavaScript cuts longer ones, which no label is made of.
pub(crate) const MAX_BYTES: usize = 1024;

thread_local!(static TEXTS: RefCell<Texts> = const { RefCell::new(Texts { generation: 0, all: Vec::new() }) });

struct Texts {
    /// 0 for a table that was never begun.
    generation: u32,
    all: Vec<Box<str>>,
}

/// Empties the thread's table; its new generation.
pub(crate) fn begin() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    TEXTS.with_borrow_mut(|texts| {
        texts.generation = NEXT.fetch_add(1, Ordering::Relaxed);
        texts.all.clear();
        texts.generation
    })
}

/// The next number, for this text. None if the table is full or of another generation, or the text too long.
pub(crate) fn add(generation: f64, text: &str) -> Option<u32> {
    TEXTS.with_borrow_mut(|texts| {
        let fits = texts.all.len() < MAX_TEXTS && text.len() <= MAX_BYTES;
        (fits && f64::from(texts.generation) == generation && generation > 0.0).then(|| {
            texts.all.push(text.into());
            texts.all.len() as u32 - 1
        })
    })
}

/// Gives the texts of this generation to `use_them`, if the thread's table is of it.
#[inline]
pub(crate) fn with<T>(
    generation: f64,
    use_them: impl for<'t> FnOnce(&dyn Fn(u32) -> Option<&'t str>) -> T,
) -> Option<T> {
    TEXTS.with_borrow(|texts| {
        let is_of_it = generation > 0.0 && f64::from(texts.generation) == generation;
        is_of_it.then(|| use_them(&|number| texts.all.get(number as usize).map(|text| &**text)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(generation: f64, number: u32) -> Option<Option<String>> {
        with(generation, |texts| texts(number).map(str::to_owned))
    }

    #[test]
    fn a_number_is_worth_something_in_its_generation_only() {
        let first = f64::from(begin());
        assert_eq!((add(first, "a"), add(first, "b")), (Some(0), Some(1)));
        assert_eq!((text(first, 1), text(first, 2)), (Some(Some("b".into())), Some(None)));
        let second = f64::from(begin());
        assert_eq!((add(first, "c"), text(first, 1)), (None, None));
        assert_eq!((add(second, "c"), text(second, 0)), (Some(0), Some(Some("c".into()))));
        for generation in [0.0, -1.0, f64::NAN, f64::INFINITY, second + 0.5] {
            assert_eq!((add(generation, "d"), text(generation, 0)), (None, None), "{generation}");
        }
        assert_eq!(std::thread::spawn(move || text(second, 0)).join().unwrap(), None, "each thread has its own");
    }

    #[test]
    fn a_table_is_bounded() {
        let generation = f64::from(begin());
        for number in 0..MAX_TEXTS {
            assert_eq!(add(generation, &number.to_string()), Some(number as u32));
        }
        assert_eq!(add(generation, "one more"), None);
        let generation = f64::from(begin());
        assert_eq!(add(generation, &"x".repeat(MAX_BYTES + 1)), None);
        assert_eq!(add(generation, &"x".repeat(MAX_BYTES)), Some(0));
    }
}
