//! Numbers as text: whole ones without a point, others in the fewest digits that read back equal.

use std::time::Duration;

use super::buffer::TextBuffer;

/// Whole doubles below this are written without a point; from here on the shortest text has an exponent.
const WHOLE: f64 = 1e16;

/// Bytes a number may take: the longest whole number has 20 digits, the longest double 24 characters.
pub(crate) const MAX_BYTES: usize = 24;
/// Bytes a whole number takes in practice: below 10^16, which a counter that adds a million a second reaches in 300
/// years.
pub(crate) const WHOLE_BYTES: usize = 16;

/// Appends a whole number.
#[inline]
pub(crate) fn whole(value: u64, out: &mut TextBuffer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a double. Infinities and NaN are spelled as the text format has them.
pub(crate) fn fraction(value: f64, out: &mut TextBuffer) {
    if value.trunc() == value && value.abs() < WHOLE {
        if value == 0.0 && value.is_sign_negative() {
            out.push(b'-');
        }
        out.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
    } else if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        out.extend_from_slice(if value.is_nan() {
            b"NaN"
        } else if value > 0.0 {
            b"+Inf"
        } else {
            b"-Inf"
        });
    }
}

/// Appends a number to four digits, unless it is whole.
#[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
pub(crate) fn rounded(value: f32, out: &mut TextBuffer) {
    let wide = f64::from(value);
    if value.trunc() == value || value == 0.0 {
        return fraction(wide, out);
    }
    let digits = 3 - wide.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits);
    let rounded = if scale.is_finite() { (wide * scale).round() / scale } else { wide };
    fraction(rounded, out);
}

/// Appends a time in seconds, to the millisecond: `1700000000.123`.
pub(crate) fn seconds(time: Duration, out: &mut TextBuffer) {
    whole(time.as_secs(), out);
    out.push(b'.');
    let millis = time.subsec_millis();
    out.extend_from_slice(&[millis / 100, millis / 10 % 10, millis % 10].map(|digit| b'0' + digit as u8));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl Fn(&mut TextBuffer)) -> String {
        let mut out = TextBuffer::default();
        write(&mut out);
        out.into()
    }

    #[test]
    fn doubles_are_spelled_as_the_text_format_has_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-5.0, "-5"),
            (0.1, "0.1"),
            (1.87, "1.87"),
            (105.068166785, "105.068166785"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e16, "1e16"),
            (1e-7, "1e-7"),
            (1e300, "1e300"),
            (f64::MAX, "1.7976931348623157e308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(|out| fraction(value, out)), expected);
        }
        assert_eq!(text(|out| whole(u64::MAX, out)), "18446744073709551615");
    }

    #[test]
    fn four_digits_are_written_of_what_is_not_whole() {
        let cases = [
            (0.0, "0"),
            (3.0, "3"),
            (421_527_552.0, "421527552"),
            (0.012_345_679, "0.01235"),
            (1234.56, "1235"),
            (123.456, "123.5"),
            (-2.91828, "-2.918"),
            (9.9999, "10"),
            (1e-7, "1e-7"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(|out| rounded(value, out)), expected);
        }
    }

    proptest! {
        #[test]
        fn every_double_reads_back_equal_and_fits(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let written = text(|out| fraction(value, out));
            prop_assert!(written.len() <= MAX_BYTES, "{}", written);
            prop_assert_eq!(written.parse::<f64>().unwrap().to_bits(), bits);
        }

        #[test]
        fn whole_numbers_agree_with_the_naive_spelling(value: u64) {
            prop_assert_eq!(text(|out| whole(value, out)), value.to_string());
        }
    }
}
