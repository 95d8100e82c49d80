//! The text of one block, kept up to date with the least writing: left alone, patched, spliced, or made anew.
//!
//! A page of a busy registry differs from the one before in its numbers alone. So the text itself is what the next one
//! is made from: a number that keeps its width is written over the old one; for one that does not, the text behind it
//! moves. Only a new series has a block written from its labels.

use super::buffer::TextBuffer;
use super::{digits, number};
use crate::label::index::CellIndex;
use crate::read::ChangedSeries;
use crate::sync::{OutOfMemory, prefetch, try_push, try_reserve};

/// Bytes that each number of a text may grow by, on average, before the text needs another allocation: numbers ten
/// thousand times as large. Spare bytes are memory, twice for each series.
const SPARE: usize = 4;
/// Bytes that any text may grow by.
const FEW: usize = 256;

/// A number of a line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(u64),
    Fraction(f64),
}

impl Number {
    fn append(self, out: &mut TextBuffer) {
        match self {
            Self::Whole(value) => number::whole(value, out),
            Self::Fraction(value) => number::fraction(value, out),
        }
    }

    /// Bytes it takes at most, in practice.
    fn most_bytes(self) -> usize {
        match self {
            Self::Whole(_) => number::WHOLE_BYTES,
            Self::Fraction(_) => number::MAX_BYTES,
        }
    }
}

/// The text of one block.
#[derive(Debug, Default)]
pub struct Segment {
    text: Vec<u8>,
    /// Where the number of each line ends. A space stands before it and a newline behind it.
    ends: Vec<u32>,
    /// The block's shape for which this was written; 0 for none.
    pub(super) shape: u64,
    /// The render that was written last.
    pub(super) tick: u64,
}

impl Segment {
    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes of memory held.
    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// Gives its memory back; the text is written anew when it is wanted.
    pub(crate) fn release(&mut self) {
        if self.shape != 0 {
            *self = Self::default();
        }
    }

    /// Asks for the lines that changed and, if they are whole numbers, for their values by cell.
    pub(super) fn prefetch(&self, changed: ChangedSeries<'_>, values: Option<(&[CellIndex], &[u64])>) {
        let Some((cells, values)) = values else { return };
        changed.for_each(|place| {
            if let (Some(end), Some(cell)) = (self.ends.get(place), cells.get(place)) {
                prefetch(self.text.as_ptr().wrapping_add(*end as usize - 1));
                prefetch(values.as_ptr().wrapping_add(cell.as_usize()));
            }
        });
    }

    /// Starts anew from what `draft` holds.
    ///
    /// # Errors
    /// [`OutOfMemory`], here or while the draft was written; the segment is not to be used any more.
    pub(super) fn take(&mut self, draft: &Draft) -> Result<(), OutOfMemory> {
        draft.check()?;
        fit(&mut self.text, draft.text.len() + draft.spare())?;
        fit(&mut self.ends, draft.ends.len())?;
        self.text.extend_from_slice(&draft.text);
        self.ends.extend_from_slice(&draft.ends);
        Ok(())
    }

    /// Writes a whole number over that of line number `line`, or notes it in `misfits`. Lines come in ascending order.
    #[inline(always)]
    pub(super) fn put_whole(&mut self, line: usize, value: u64, misfits: &mut Misfits) {
        if let Some(end) = self.ends.get(line) {
            put_whole(&mut self.text, *end, line, value, misfits);
        }
    }

    /// The same for all lines of a text of whole numbers that changed: line n shows the value of cell `cells[n]`.
    pub(super) fn put_wholes(
        &mut self,
        changed: ChangedSeries<'_>,
        cells: &[CellIndex],
        values: &[u64],
        misfits: &mut Misfits,
    ) {
        put_wholes(&mut self.text, &self.ends, changed, cells, values, misfits);
    }

    /// The same for the lines of the histogram that is number `place` of the text, from what was observed per bucket. Without
    /// a sum there is no count either.
    pub(super) fn put_histogram(&mut self, place: usize, buckets: &[u64], sum: Option<f64>, misfits: &mut Misfits) {
        let first = place * (buckets.len() + if sum.is_some() { 2 } else { 0 });
        let ends = self.ends.get(first..).unwrap_or(&[]);
        let count = put_buckets(&mut self.text, ends, first, buckets, misfits);
        if let Some(sum) = sum {
            self.put_fraction(first + buckets.len(), sum, misfits);
            self.put_whole(first + buckets.len() + 1, count, misfits);
        }
    }

    /// The same for a fraction.
    pub(super) fn put_fraction(&mut self, line: usize, value: f64, misfits: &mut Misfits) {
        let Some(end) = self.ends.get(line).map(|end| *end as usize) else { return };
        misfits.add(line, Number::Fraction(value));
        let start = digits::number_start(&self.text, end);
        let Some(old) = self.text.get_mut(start..end) else { return };
        if let Some(digits) = misfits.last().filter(|digits| digits.len() == old.len()) {
            old.copy_from_slice(digits);
            misfits.drop_last();
        }
    }

    /// Puts numbers of other widths in. The text between two of them moves by what those before it grew and shrank.
    ///
    /// # Errors
    /// As for `take`.
    pub(super) fn splice(&mut self, misfits: &mut Misfits) -> Result<(), OutOfMemory> {
        let Misfits { misfits, digits, missing } = misfits;
        digits.check()?;
        missing.map_or(Ok(()), Err)?;
        if misfits.is_empty() {
            return Ok(());
        }
        let mut shift = 0;
        for misfit in misfits.iter_mut() {
            misfit.end = self.ends[misfit.line] as usize;
            misfit.start = digits::number_start(&self.text, misfit.end);
            shift += misfit.width as isize - (misfit.end - misfit.start) as isize;
            misfit.shift = shift;
        }
        let old_len = self.text.len();
        let len = old_len.wrapping_add_signed(shift);
        if len > self.text.capacity() {
            // The numbers have outgrown their spare bytes, which takes them years: once more as much.
            let more = len - old_len + self.ends.len() * SPARE;
            self.text.try_reserve_exact(more).map_err(|_| OutOfMemory { bytes: old_len + more })?;
        }
        self.text.resize(len.max(old_len), 0);
        let stretch = |at: usize| misfits[at].end..misfits.get(at + 1).map_or(old_len, |next| next.start);
        // A stretch that moves left comes after those before it, one that moves right after those behind it; where left
        // and right meet nothing overlaps, as the text keeps its order.
        let mut at = 0;
        while let Some(misfit) = misfits.get(at) {
            let run = if misfit.shift > 0 { misfits[at..].iter().take_while(|next| next.shift > 0).count() } else { 1 };
            for at in (at..at + run).rev().filter(|at| misfits[*at].shift != 0) {
                let from = stretch(at);
                let to = from.start.wrapping_add_signed(misfits[at].shift);
                self.text.copy_within(from, to);
            }
            at += run;
        }
        self.text.truncate(len);
        let (mut before, mut next) = (0, 0);
        for (at, misfit) in misfits.iter().enumerate() {
            let start = misfit.start.wrapping_add_signed(before);
            self.text[start..start + misfit.width].copy_from_slice(&digits[next..next + misfit.width]);
            let lines = misfit.line..misfits.get(at + 1).map_or(self.ends.len(), |next| next.line);
            self.ends[lines].iter_mut().for_each(|end| *end = end.wrapping_add_signed(misfit.shift as i32));
            (before, next) = (misfit.shift, next + misfit.width);
        }
        misfits.clear();
        digits.clear();
        Ok(())
    }
}

// Functions of slices, so that where a text and its lines are is looked up once for all of them.

#[inline(always)]
fn put_whole(text: &mut [u8], end: u32, line: usize, value: u64, misfits: &mut Misfits) {
    if !digits::overwrite(text, end as usize, value) {
        misfits.add(line, Number::Whole(value));
    }
}

#[inline(never)]
fn put_wholes(
    text: &mut [u8],
    ends: &[u32],
    changed: ChangedSeries<'_>,
    cells: &[CellIndex],
    values: &[u64],
    misfits: &mut Misfits,
) {
    changed.for_each(|place| {
        let value = cells.get(place).and_then(|cell| values.get(cell.as_usize()));
        if let (Some(end), Some(value)) = (ends.get(place), value) {
            put_whole(text, *end, place, *value, misfits);
        }
    });
}

/// Writes the buckets of a histogram, whose lines end at `ends` and begin with line number `first`, one upon the other.
#[inline(never)]
fn put_buckets(text: &mut [u8], ends: &[u32], first: usize, buckets: &[u64], misfits: &mut Misfits) -> u64 {
    let mut count = 0;
    for (line, (bucket, end)) in (first..).zip(buckets.iter().zip(ends)) {
        count += bucket;
        put_whole(text, *end, line, count, misfits);
    }
    count
}

/// Empties the list and gives it capacity for `count`, neither less nor much more.
fn fit<T>(list: &mut Vec<T>, count: usize) -> Result<(), OutOfMemory> {
    list.clear();
    if list.capacity() > count + count / 4 {
        list.shrink_to(count);
    }
    list.try_reserve_exact(count).map_err(|_| OutOfMemory::of::<T>(count))
}

/// A segment's text while it is made from labels. One serves all segments.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The text so far; what stands before a number is added here.
    pub(super) text: TextBuffer,
    ends: Vec<u32>,
    /// Set while there is no memory for all of `ends`.
    missing: Option<OutOfMemory>,
    /// What the numbers may grow by, in all.
    growth: usize,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.missing = None;
        self.growth = 0;
    }

    fn check(&self) -> Result<(), OutOfMemory> {
        self.missing.map_or(Ok(()), Err)?;
        self.text.check()
    }

    /// Bytes that the text should have behind it: for a few wide numbers as much as they can take, for many a few bytes each.
    fn spare(&self) -> usize {
        self.growth.min(FEW.max(self.ends.len() * SPARE))
    }

    /// Ends a line with its number.
    pub(super) fn number(&mut self, number: Number) {
        let start = self.text.len();
        number.append(&mut self.text);
        let width = self.text.len() - start;
        if let Err(error) = try_push(&mut self.ends, self.text.len() as u32) {
            self.missing = Some(error);
        }
        self.text.push(b'\n');
        self.growth += number.most_bytes().saturating_sub(width);
    }
}

/// Numbers that are wider or narrower than the ones they replace, in the order of their lines.
#[derive(Debug, Default)]
pub(super) struct Misfits {
    misfits: Vec<Misfit>,
    digits: TextBuffer,
    /// Set while there is no memory for all of them.
    missing: Option<OutOfMemory>,
}

#[derive(Debug)]
struct Misfit {
    line: usize,
    /// How many of the digits are its.
    width: usize,
    /// Where the old number is.
    start: usize,
    end: usize,
    /// By how much the text behind it moves.
    shift: isize,
}

impl Misfits {
    /// Makes sure that a segment of this draft can be spliced without allocation.
    pub(super) fn reserve(&mut self, draft: &Draft) -> Result<(), OutOfMemory> {
        try_reserve(&mut self.misfits, draft.ends.len())?;
        self.digits.reserve(draft.ends.len() * number::MAX_BYTES);
        self.digits.check()
    }

    #[cold]
    fn add(&mut self, line: usize, number: Number) {
        let start = self.digits.len();
        number.append(&mut self.digits);
        let width = self.digits.len() - start;
        let misfit = Misfit { line, width, start: 0, end: 0, shift: 0 };
        if let Err(error) = try_push(&mut self.misfits, misfit) {
            self.missing = Some(error);
        }
    }

    /// The digits that were added last.
    fn last(&self) -> Option<&[u8]> {
        self.digits.get(self.digits.len() - self.misfits.last()?.width..)
    }

    fn drop_last(&mut self) {
        if let Some(Misfit { width, .. }) = self.misfits.pop() {
            self.digits.truncate(self.digits.len() - width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = Number> {
        prop_oneof![
            (0u32..64, any::<u64>()).prop_map(|(shift, value)| Number::Whole(value >> shift)),
            any::<f64>().prop_map(Number::Fraction),
            (0i32..2000).prop_map(|value| Number::Fraction(f64::from(value) / 8.0)),
        ]
    }

    /// The text of lines written one after the other.
    fn naive(lines: &[(String, Number)]) -> Vec<u8> {
        let mut text = b"# TYPE a counter\n".to_vec();
        for (prefix, number) in lines {
            text.extend_from_slice(prefix.as_bytes());
            let mut digits = TextBuffer::default();
            number.append(&mut digits);
            text.extend_from_slice(&digits);
            text.push(b'\n');
        }
        text
    }

    proptest! {
        #[test]
        fn a_patched_text_is_the_text_made_anew(
            mut lines in proptest::collection::vec(("[a-z]{0,40} ", number()), 1..40),
            changes in proptest::collection::vec(proptest::collection::btree_map(0usize..40, number(), 0..40), 1..6),
        ) {
            let (mut draft, mut segment, mut misfits) = (Draft::default(), Segment::default(), Misfits::default());
            draft.text.extend_from_slice(b"# TYPE a counter\n");
            for (prefix, number) in &lines {
                draft.text.extend_from_slice(prefix.as_bytes());
                draft.number(*number);
            }
            segment.take(&draft).unwrap();
            prop_assert_eq!(segment.text(), naive(&lines));
            for change in changes {
                let count = lines.len();
                for (line, number) in change.into_iter().filter(|(line, _)| *line < count) {
                    // A line's number keeps its kind.
                    let number = match (lines[line].1, number) {
                        (Number::Whole(_), Number::Fraction(value)) => Number::Whole(value.abs() as u64),
                        (Number::Fraction(_), Number::Whole(value)) => Number::Fraction(value as f64),
                        (_, number) => number,
                    };
                    lines[line].1 = number;
                    match number {
                        Number::Whole(value) => segment.put_whole(line, value, &mut misfits),
                        Number::Fraction(value) => segment.put_fraction(line, value, &mut misfits),
                    }
                }
                segment.splice(&mut misfits).unwrap();
                prop_assert_eq!(
                    String::from_utf8_lossy(segment.text()).into_owned(),
                    String::from_utf8_lossy(&naive(&lines)).into_owned()
                );
            }
        }
    }
}
