//! The text of one leaf, kept up to date with the least writing: left alone, patched, spliced, or made anew.
//!
//! A page of a busy registry differs from the one before in its numbers alone. So the text itself is what the next one
//! is made from: a number that keeps its width is written over the old one; for one that does not, the text behind it
//! moves. Only a new series has a leaf written from its labels.

use super::{digits, number};

/// A number of a line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(u64),
    Fraction(f64),
}

impl Number {
    fn append(self, out: &mut Vec<u8>) {
        match self {
            Self::Whole(value) => number::whole(value, out),
            Self::Fraction(value) => number::fraction(value, out),
        }
    }

    /// The widest that text has room for from the start.
    pub(super) fn room(self) -> usize {
        match self {
            Self::Whole(_) => number::WHOLE_BYTES,
            Self::Fraction(_) => number::MAX_BYTES,
        }
    }
}

/// The text of one leaf.
#[derive(Debug, Default)]
pub struct Segment {
    text: Vec<u8>,
    /// Where each line with a number ends, its newline included.
    ends: Vec<u32>,
    /// The width of each line's number, which stands before the newline.
    widths: Vec<u8>,
    /// The leaf's shape for which this was written; 0 for none.
    pub(super) shape: u64,
    /// The look that was written last.
    pub(super) tick: u64,
}

impl Segment {
    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes of memory held.
    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>() + self.widths.capacity()
    }

    /// Starts anew from what `draft` holds.
    pub(super) fn take(&mut self, draft: &Draft) {
        // Room for the widest numbers, so that patching never allocates.
        fit(&mut self.text, draft.text.len() + draft.room);
        fit(&mut self.ends, draft.ends.len());
        fit(&mut self.widths, draft.widths.len());
        self.text.extend_from_slice(&draft.text);
        self.ends.extend_from_slice(&draft.ends);
        self.widths.extend_from_slice(&draft.widths);
    }

    /// Writes a whole number over that of line number `line`, or notes it in `misfits`. Lines come in ascending order.
    #[inline(always)]
    pub(super) fn put_whole(&mut self, line: usize, value: u64, misfits: &mut Misfits) {
        let (Some(end), Some(width)) = (self.ends.get(line), self.widths.get(line)) else { return };
        if !digits::overwrite(&mut self.text, *end as usize - 1, usize::from(*width), value) {
            misfits.add(line, Number::Whole(value));
        }
    }

    /// The same for a fraction.
    pub(super) fn put_fraction(&mut self, line: usize, value: f64, misfits: &mut Misfits) {
        let (Some(end), Some(width)) = (self.ends.get(line), self.widths.get(line)) else { return };
        misfits.add(line, Number::Fraction(value));
        let end = *end as usize - 1;
        let Some(old) = end.checked_sub(usize::from(*width)).and_then(|start| self.text.get_mut(start..end)) else {
            return;
        };
        if let Some(digits) = misfits.last().filter(|digits| digits.len() == old.len()) {
            old.copy_from_slice(digits);
            misfits.drop_last();
        }
    }

    /// Puts numbers of other widths in, moving the text behind them.
    pub(super) fn splice(&mut self, misfits: &mut Misfits) {
        let Misfits { lines, digits, tail } = misfits;
        let Some((first, _)) = lines.first() else { return };
        let kept = self.number_start(*first);
        tail.clear();
        tail.extend_from_slice(&self.text[kept..]);
        self.text.truncate(kept);
        // Positions in the old text from here on, unless said otherwise.
        let (mut done, mut moved, mut next) = (kept, *first, 0);
        for (line, width) in lines.drain(..) {
            let (start, end) = (self.number_start(line), self.ends[line] as usize - 1);
            self.text.extend_from_slice(&tail[done - kept..start - kept]);
            self.shift(moved..line, self.text.len().wrapping_sub(start));
            self.text.extend_from_slice(&digits[next..next + usize::from(width)]);
            self.widths[line] = width;
            (done, moved, next) = (end, line, next + usize::from(width));
        }
        let by = self.text.len().wrapping_sub(done);
        self.text.extend_from_slice(&tail[done - kept..]);
        self.shift(moved..self.ends.len(), by);
        digits.clear();
    }

    fn number_start(&self, line: usize) -> usize {
        self.ends[line] as usize - 1 - usize::from(self.widths[line])
    }

    fn shift(&mut self, lines: std::ops::Range<usize>, by: usize) {
        self.ends[lines].iter_mut().for_each(|end| *end = end.wrapping_add(by as u32));
    }
}

/// Empties the list and gives it room for `room`, neither less nor much more.
fn fit<T>(list: &mut Vec<T>, room: usize) {
    list.clear();
    if list.capacity() > room + room / 4 {
        list.shrink_to(room);
    }
    list.reserve_exact(room);
}

/// A segment's text while it is made from labels. One serves all segments.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The text so far; what stands before a number is added here.
    pub(super) text: Vec<u8>,
    ends: Vec<u32>,
    widths: Vec<u8>,
    /// What the numbers may grow by, in all.
    room: usize,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.widths.clear();
        self.room = 0;
    }

    /// Ends a line with its number.
    pub(super) fn number(&mut self, number: Number) {
        let start = self.text.len();
        number.append(&mut self.text);
        let width = self.text.len() - start;
        self.text.push(b'\n');
        self.ends.push(self.text.len() as u32);
        self.widths.push(width as u8);
        self.room += number.room().saturating_sub(width);
    }
}

/// Numbers that are wider or narrower than the ones they replace, in the order of their lines.
#[derive(Debug, Default)]
pub(super) struct Misfits {
    /// Lines, and how many of the digits are theirs.
    lines: Vec<(usize, u8)>,
    digits: Vec<u8>,
    /// The text that moves.
    tail: Vec<u8>,
}

impl Misfits {
    /// Makes sure that a segment of so many lines and bytes can be spliced without allocation.
    pub(super) fn reserve(&mut self, draft: &Draft) {
        self.lines.reserve(draft.ends.len());
        self.digits.reserve(draft.ends.len() * number::MAX_BYTES);
        self.tail.reserve(draft.text.len() + draft.room);
    }

    #[cold]
    fn add(&mut self, line: usize, number: Number) {
        let start = self.digits.len();
        number.append(&mut self.digits);
        self.lines.push((line, (self.digits.len() - start) as u8));
    }

    /// The digits that were added last.
    fn last(&self) -> Option<&[u8]> {
        let (_, width) = self.lines.last()?;
        self.digits.get(self.digits.len() - usize::from(*width)..)
    }

    fn drop_last(&mut self) {
        if let Some((_, width)) = self.lines.pop() {
            self.digits.truncate(self.digits.len() - usize::from(width));
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
            number.append(&mut text);
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
            segment.take(&draft);
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
                segment.splice(&mut misfits);
                prop_assert_eq!(
                    String::from_utf8_lossy(segment.text()).into_owned(),
                    String::from_utf8_lossy(&naive(&lines)).into_owned()
                );
            }
        }
    }
}
