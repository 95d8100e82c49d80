//! Decimal digits without a branch on their number, written over the ones that stand there.
//!
//! How many digits a number has is unpredictable, and a branch on it costs more than the digits. So eight digits are
//! made side by side in one word, leading zeros included, and one store puts as many of them as count where they belong.

/// Numbers of so many digits are made from one word.
const WORD: usize = 8;
const HALF: u64 = 100_000_000;

/// Writes `value` over the `width` bytes before `end` if it has as many digits. False, with nothing written, if not.
#[inline(always)]
pub(super) fn overwrite(text: &mut [u8], end: usize, width: usize, value: u64) -> bool {
    if value < HALF {
        let digits = eight_digits(value);
        let count = digit_count(digits);
        if count != width {
            return false;
        }
        if let Some(window) = word_before(text, end) {
            // The word's lowest byte comes first: what stands before the digits is kept.
            let kept = (1 << (8 * (WORD - count))) - 1;
            *window = (u64::from_le_bytes(*window) & kept | (digits | ZEROS) & !kept).to_le_bytes();
            return true;
        }
    }
    overwrite_long(text, end, width, value)
}

/// The same for numbers of more digits, and at the start of a text.
#[inline(never)]
fn overwrite_long(text: &mut [u8], end: usize, width: usize, value: u64) -> bool {
    let (high, low) = (value / HALF, value % HALF);
    if width > WORD && high != 0 && high < HALF {
        if !overwrite_high(text, end.saturating_sub(WORD), width - WORD, high) {
            return false;
        }
        if let Some(window) = word_before(text, end) {
            *window = (eight_digits(low) | ZEROS).to_le_bytes();
        }
        return true;
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value).as_bytes();
    let old = end.checked_sub(width).and_then(|start| text.get_mut(start..end)).filter(|old| old.len() == digits.len());
    old.is_some_and(|old| {
        old.copy_from_slice(digits);
        true
    })
}

/// The digits above the lowest eight.
#[inline(always)]
fn overwrite_high(text: &mut [u8], end: usize, width: usize, value: u64) -> bool {
    let digits = eight_digits(value);
    if digit_count(digits) != width {
        return false;
    }
    let Some(old) = end.checked_sub(width).and_then(|start| text.get_mut(start..end)) else { return false };
    old.copy_from_slice(&(digits | ZEROS).to_le_bytes()[WORD - width..]);
    true
}

/// The word that ends at `end`.
#[inline(always)]
fn word_before(text: &mut [u8], end: usize) -> Option<&mut [u8; WORD]> {
    text.get_mut(..end)?.last_chunk_mut()
}

/// What makes digits of numbers.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The eight digits of a number below 10^8 as numbers, the first in the lowest byte: halves, quarters and digits are
/// split off side by side in one word.
#[inline(always)]
fn eight_digits(value: u64) -> u64 {
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let twos = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((twos * 103) >> 10) & 0x000F_000F_000F_000F;
    tens | (twos - tens * 10) << 8
}

/// How many of eight digits are left without leading zeros; 1 for 0.
#[inline(always)]
fn digit_count(digits: u64) -> usize {
    // The last digit counts, zero or not.
    WORD - (digits | 1 << 56).trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: u64) {
        let naive = value.to_string();
        for before in ["", "a ", "before it "] {
            for behind in ["", "\n", "\nand more text behind"] {
                let mut text = format!("{before}{}{behind}", "x".repeat(naive.len())).into_bytes();
                let old = text.clone();
                let end = before.len() + naive.len();
                for width in (1..=20).filter(|width| *width != naive.len()) {
                    assert!(!overwrite(&mut text, end, width, value), "{value} is not {width} wide");
                    assert_eq!(text, old);
                }
                assert!(overwrite(&mut text, end, naive.len(), value), "{value} after {before:?}");
                assert_eq!(String::from_utf8(text).unwrap(), format!("{before}{naive}{behind}"));
            }
        }
    }

    #[test]
    fn every_number_of_digits_is_written_right() {
        for power in 0..20 {
            let value = 10u64.pow(power);
            [value - 1, value, value + 1, value.saturating_mul(9)].into_iter().for_each(check);
        }
        (0..20_000).for_each(check);
        check(u64::MAX);
    }

    proptest! {
        #[test]
        fn digits_agree_with_the_naive_spelling(value: u64, shift in 0u32..64) {
            check(value >> shift);
        }
    }
}
