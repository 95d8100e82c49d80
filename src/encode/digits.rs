//! Decimal digits without a branch on their number, written over the ones that stand there.
//!
//! How many digits a number has is unpredictable, and a branch on it costs more than the digits. So eight digits are
//! made side by side in one word, leading zeros included, and one store puts as many of them as count where they belong.

/// Numbers of so many digits are made from one word.
const WORD: usize = 8;
const HALF: u64 = 100_000_000;

/// Writes `value` over the number that ends at `end`, with a space before it, if that is as wide. False, with nothing
/// written, if not.
#[inline(always)]
pub(super) fn overwrite(text: &mut [u8], end: usize, value: u64) -> bool {
    if value < HALF / 10
        && let Some(window) = word_before(text, end)
    {
        // A word's lowest byte comes first: what stands before the digits is kept.
        let digits = eight_digits(value);
        let kept_bits = leading_bits(digits);
        let old = u64::from_le_bytes(*window);
        if kept_bits != old_leading_bits(old) {
            return false;
        }
        *window = (old ^ (old ^ (digits | ZEROS)) & (u64::MAX << kept_bits)).to_le_bytes();
        return true;
    }
    overwrite_long(text, end, value)
}

/// The same for numbers of eight digits or more, and at the start of a text.
#[inline(never)]
fn overwrite_long(text: &mut [u8], end: usize, value: u64) -> bool {
    let (high, low) = (value / HALF, value % HALF);
    if value < HALF / 10
        || high >= HALF / 10
        || end < 2 * WORD
        || word_before(text, end).is_none_or(|old| u64::from_le_bytes(*old) & HIGH_HALVES != ZEROS)
    {
        return overwrite_any(text, end, value);
    }
    let high_end = end - WORD;
    let is_as_wide = if high == 0 { text.get(high_end - 1) == Some(&b' ') } else { overwrite(text, high_end, high) };
    if is_as_wide && let Some(window) = word_before(text, end) {
        *window = (eight_digits(low) | ZEROS).to_le_bytes();
    }
    is_as_wide
}

/// The same for any number, byte by byte.
fn overwrite_any(text: &mut [u8], end: usize, value: u64) -> bool {
    let start = number_start(text, end);
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value).as_bytes();
    let old = text.get_mut(start..end).filter(|old| old.len() == digits.len());
    old.is_some_and(|old| {
        old.copy_from_slice(digits);
        true
    })
}

/// Where the number that ends at `end` starts: behind the last space, or at the start.
pub(super) fn number_start(text: &[u8], end: usize) -> usize {
    let before = text.get(..end).unwrap_or(&[]);
    before.iter().rposition(|byte| *byte == b' ').map_or(0, |space| space + 1)
}

/// The word that ends at `end`.
#[inline(always)]
fn word_before(text: &mut [u8], end: usize) -> Option<&mut [u8; WORD]> {
    text.get_mut(..end)?.last_chunk_mut()
}

/// The upper halves of a word's bytes: 3 in digits, 2 in a space.
const HIGH_HALVES: u64 = 0xF0F0_F0F0_F0F0_F0F0;
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

/// The bits of the leading zeros of eight digits; the last digit is none, zero or not.
#[inline(always)]
fn leading_bits(digits: u64) -> u32 {
    (digits | 1 << 56).trailing_zeros() & !7
}

/// The bits of a text up to its last space. Digits have a bit that a space has not.
#[inline(always)]
fn old_leading_bits(text: u64) -> u32 {
    let others = !text & 0x1010_1010_1010_1010;
    // Bit 4 of byte n stands for 8 (n + 1) bits; without a space there are eight digits or more, and none.
    (68 - (others | 1).leading_zeros()) & !7
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: u64) {
        let naive = value.to_string();
        for before in ["", "a ", "1 ", "before 12 5 "] {
            for behind in ["", "\n", "\nand more 1 text behind"] {
                for width in 1..=20 {
                    let mut text = format!("{before}{}{behind}", "7".repeat(width)).into_bytes();
                    let old = text.clone();
                    let is_as_wide = overwrite(&mut text, before.len() + width, value);
                    assert_eq!(is_as_wide, width == naive.len(), "{value} over {width} digits after {before:?}");
                    let wanted = format!("{before}{naive}{behind}").into_bytes();
                    assert_eq!(text, if is_as_wide { wanted } else { old });
                }
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
