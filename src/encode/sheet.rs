//! Writing lines fast: copies in steps of 32 bytes, digits without a branch on their number.
//!
//! A line is a finished prefix of some 80 bytes and a number of some digits. Both lengths vary from line to line, and a
//! branch that depends on them is mispredicted; so a copy moves whole steps and a number all its digits, each further
//! than needed, and the next piece is written over what was too much. [`Padded`] text has the room behind it that such
//! reading needs, a [`Sheet`] the room that such writing needs.

/// What a copy moves at a time, and so what may be read or written beyond an end.
const STEP: usize = 32;

/// What a buffer needs beyond its text so that writing the last line does not make it grow.
pub(crate) const SPARE: usize = STEP;

/// Text whose pieces can be copied in whole steps.
#[derive(Debug, Default)]
pub(crate) struct Padded {
    /// INVARIANT: the text, and after `close` STEP bytes more.
    bytes: Vec<u8>,
    is_closed: bool,
}

/// A piece of padded text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    /// INVARIANT: points at `len` bytes of text and STEP readable bytes more.
    start: *const u8,
    len: usize,
    _text: std::marker::PhantomData<&'a [u8]>,
}

impl Padded {
    /// The text so far, to be added to.
    pub(crate) fn open(&mut self) -> &mut Vec<u8> {
        if self.is_closed {
            self.bytes.truncate(self.bytes.len() - STEP);
            self.is_closed = false;
        }
        &mut self.bytes
    }

    /// Ends the text, so that pieces can be had.
    pub(crate) fn close(&mut self) {
        if !self.is_closed {
            self.bytes.resize(self.bytes.len() + STEP, 0);
            self.is_closed = true;
        }
    }

    /// The piece from `start` to `end`; empty if there is none.
    #[inline(always)]
    pub(crate) fn piece(&self, start: u32, end: u32) -> Piece<'_> {
        // A text that is open has no steps behind it, and reads as empty.
        let behind = end as usize + STEP;
        let bytes = if self.is_closed { self.bytes.get(start as usize..behind) } else { None };
        let bytes = bytes.filter(|bytes| bytes.len() >= STEP).unwrap_or(&[0; STEP]);
        Piece { start: bytes.as_ptr(), len: bytes.len() - STEP, _text: std::marker::PhantomData }
    }

    /// Bytes of text.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - if self.is_closed { STEP } else { 0 }
    }
}

impl<'a> Piece<'a> {
    pub(crate) fn bytes(self) -> &'a [u8] {
        // SAFETY: the INVARIANT of `start`.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    pub(crate) fn len(self) -> usize {
        self.len
    }
}

/// The end of a buffer, written to without a check for each byte.
pub(crate) struct Sheet<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Appends text of any length.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    /// Appends with a function that appends.
    pub(crate) fn with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(self.out);
    }

    /// Appends a piece of padded text.
    #[inline(always)]
    pub(crate) fn piece(&mut self, piece: Piece<'_>) {
        self.out.reserve(piece.len + STEP);
        let end = self.out.len();
        let target = self.out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
        let mut done = 0;
        while done < piece.len {
            // SAFETY: below `len`, so a whole step behind it is readable (INVARIANT of Piece).
            let from = unsafe { piece.start.add(done) };
            // SAFETY: below `len`, and room for `len` and a step more was reserved.
            let to = unsafe { target.add(done) };
            // SAFETY: one step readable at `from`, one writable at `to`; a piece never lies in the buffer itself.
            unsafe { std::ptr::copy_nonoverlapping(from, to, STEP) };
            done += STEP;
        }
        // SAFETY: `len` bytes behind the end were written just now.
        unsafe { self.out.set_len(end + piece.len) };
    }

    /// Appends a whole number and a newline.
    #[inline(always)]
    pub(crate) fn whole_line(&mut self, value: u64) {
        let Some((digits, count)) = digits(value) else {
            self.with(|out| super::number::whole(value, out));
            return self.text(b"\n");
        };
        self.out.reserve(STEP);
        let end = self.out.len();
        let target = self.out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
        let text = digits.to_le_bytes();
        // SAFETY: 16 bytes are within the step that was reserved.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), target, text.len()) };
        // SAFETY: `count` is 16 at most, so the byte behind the digits is within the step too.
        let newline = unsafe { target.add(count) };
        // SAFETY: as above.
        unsafe { newline.write(b'\n') };
        // SAFETY: the digits and the newline were written just now.
        unsafe { self.out.set_len(end + count + 1) };
    }
}

/// Writes `value` over the number at `start..end` of `text` if it has as many digits. False, with nothing written, if not.
#[inline(always)]
pub(crate) fn overwrite_whole(text: &mut [u8], start: usize, end: usize, value: u64) -> bool {
    if let Some((digits, count)) = digits(value) {
        if count != end - start {
            return false;
        }
        // One store that keeps what stands behind the digits; a copy of this few bytes would be a call.
        if let Some(window) = text.get_mut(start..).and_then(|rest| rest.first_chunk_mut::<16>()) {
            let mask = u128::MAX >> (128 - 8 * count);
            *window = ((u128::from_le_bytes(*window) & !mask) | (digits & mask)).to_le_bytes();
            return true;
        }
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value).as_bytes();
    let old = text.get_mut(start..end).filter(|old| old.len() == digits.len());
    old.is_some_and(|old| {
        old.copy_from_slice(digits);
        true
    })
}

/// The decimal digits of `value`, the first in the lowest byte, and how many; none from 10^16 on.
#[inline(always)]
fn digits(value: u64) -> Option<(u128, usize)> {
    const HALF: u64 = 100_000_000;
    if value < HALF {
        let count = digit_count(value);
        let digits = eight_digits(value) >> (8 * (8 - count));
        return Some((u128::from(digits), count));
    }
    let (high, low) = (value / HALF, value % HALF);
    if high >= HALF {
        return None;
    }
    let count = 8 + digit_count(high);
    let all = u128::from(eight_digits(high)) | u128::from(eight_digits(low)) << 64;
    Some((all >> (8 * (16 - count)), count))
}

/// How many digits a number below 10^8 has; 1 for 0.
#[inline(always)]
fn digit_count(value: u64) -> usize {
    const POWERS: [u64; 9] = [0, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, u64::MAX];
    // log10 from log2: 1233 / 4096 is just above log10(2).
    let guess = ((64 - (value | 1).leading_zeros() as usize) * 1233) >> 12;
    guess + usize::from(value >= POWERS[guess.min(8)])
}

/// Eight digits with leading zeros: halves, quarters and digits are split off side by side in one word.
#[inline(always)]
fn eight_digits(value: u64) -> u64 {
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let twos = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((twos * 103) >> 10) & 0x000F_000F_000F_000F;
    (tens | (twos - tens * 10) << 8) + 0x3030_3030_3030_3030
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: u64) -> String {
        let mut out = Vec::new();
        Sheet::new(&mut out).whole_line(value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_number_of_digits_is_written_right() {
        for power in 0..20 {
            let value = 10u64.pow(power);
            for value in [value - 1, value, value + 1, value.saturating_mul(9)] {
                assert_eq!(written(value), format!("{value}\n"));
            }
        }
        for value in 0..100_000 {
            assert_eq!(written(value), format!("{value}\n"));
        }
        assert_eq!(written(u64::MAX), format!("{}\n", u64::MAX));
    }

    proptest! {
        #[test]
        fn digits_agree_with_the_naive_spelling(value: u64, shift in 0u32..64) {
            let value = value >> shift;
            prop_assert_eq!(written(value), format!("{value}\n"));
            let naive = value.to_string();
            for behind in ["", "\n", "\nand more text behind"] {
                let mut text = format!("before {}{behind}", "x".repeat(naive.len())).into_bytes();
                let (start, end) = (7, 7 + naive.len());
                prop_assert!(!overwrite_whole(&mut text, start, end - 1, value));
                prop_assert!(overwrite_whole(&mut text, start, end, value));
                prop_assert_eq!(String::from_utf8(text).unwrap(), format!("before {naive}{behind}"));
            }
        }

        #[test]
        fn pieces_are_copied_whole(texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..10)) {
            let (mut padded, mut ends) = (Padded::default(), vec![0]);
            for text in &texts {
                padded.open().extend_from_slice(text);
                ends.push(padded.len() as u32);
            }
            padded.close();
            let mut out = Vec::new();
            let mut sheet = Sheet::new(&mut out);
            for pair in ends.windows(2) {
                sheet.piece(padded.piece(pair[0], pair[1]));
            }
            prop_assert_eq!(out, texts.concat());
            prop_assert_eq!(padded.piece(5, 1_000_000).bytes(), b"");
        }
    }
}
