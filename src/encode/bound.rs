//! Bucket bounds as text.

use super::buffer::TextBuffer;
use super::{BoundSpelling, number};

/// Appends a bound.
pub(super) fn append(spelling: BoundSpelling, bound: f64, out: &mut TextBuffer) {
    match spelling {
        BoundSpelling::Plain => plain(bound, out),
        BoundSpelling::Canonical => canonical(bound, out),
    }
}

/// In plain digits, without an exponent from a millionth up to 10^21: `1048576`.
fn plain(bound: f64, out: &mut TextBuffer) {
    if bound == 0.0 || (1e-6..1e21).contains(&bound) {
        out.extend_from_slice(bound.to_string().as_bytes());
    } else {
        number::fraction(bound, out);
    }
}

/// In OpenMetrics' canonical form, "Considerations: Canonical Numbers": what `%g` makes of it in the fewest
/// digits, and `.0` where that has neither a point nor an exponent: `1.0`, `1.048576e+06`.
fn canonical(bound: f64, out: &mut TextBuffer) {
    /// Powers of ten that are written without an exponent.
    const PLAIN: std::ops::Range<i32> = -4..6;
    let scientific = format!("{bound:e}");
    let parts = scientific.split_once('e').and_then(|(digits, power)| Some((digits, power.parse::<i32>().ok()?)));
    match parts {
        Some((digits, power)) if !PLAIN.contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            out.extend_from_slice(format!("{digits}e{sign}{:02}", power.unsigned_abs()).as_bytes());
        }
        Some(_) => {
            let digits = bound.to_string();
            out.extend_from_slice(digits.as_bytes());
            if !digits.contains('.') {
                out.extend_from_slice(b".0");
            }
        }
        None => number::fraction(bound, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: fn(f64, &mut TextBuffer), bound: f64) -> String {
        let mut out = TextBuffer::default();
        write(bound, &mut out);
        out.into()
    }

    #[test]
    fn bounds_are_spelled_as_each_format_has_them() {
        let cases = [
            (0.0, "0", "0.0"),
            (0.005, "0.005", "0.005"),
            (0.1, "0.1", "0.1"),
            (1.0, "1", "1.0"),
            (2.5, "2.5", "2.5"),
            (10.0, "10", "10.0"),
            (600.0, "600", "600.0"),
            (100_000.0, "100000", "100000.0"),
            (123_456.5, "123456.5", "123456.5"),
            (999_999.0, "999999", "999999.0"),
            // From a million up and below a ten-thousandth there is an exponent, of two digits at least.
            (1_000_000.0, "1000000", "1e+06"),
            (1_048_576.0, "1048576", "1.048576e+06"),
            (1_234_567.5, "1234567.5", "1.2345675e+06"),
            (17_179_869_184.0, "17179869184", "1.7179869184e+10"),
            (1e15, "1000000000000000", "1e+15"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e21", "1e+21"),
            (1.5e100, "1.5e100", "1.5e+100"),
            (f64::MAX, "1.7976931348623157e308", "1.7976931348623157e+308"),
            (0.001, "0.001", "0.001"),
            (0.000_1, "0.0001", "0.0001"),
            (0.000_123, "0.000123", "0.000123"),
            (0.000_01, "0.00001", "1e-05"),
            (0.000_001, "0.000001", "1e-06"),
            (1e-7, "1e-7", "1e-07"),
            (1.25e-9, "1.25e-9", "1.25e-09"),
            (1e-100, "1e-100", "1e-100"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308", "2.2250738585072014e-308"),
            (5e-324, "5e-324", "5e-324"),
            (f64::INFINITY, "+Inf", "+Inf"),
        ];
        for (bound, in_text, in_open_metrics) in cases {
            assert_eq!(text(plain, bound), in_text);
            assert_eq!(text(canonical, bound), in_open_metrics);
        }
    }

    /// The fewest digits found by trying, put together by the rule of C's `%g` for six digits.
    fn naive(bound: f64) -> String {
        let shortest = (0..17).map(|digits| format!("{bound:.digits$e}"));
        let shortest = shortest.into_iter().find(|text| text.parse() == Ok(bound)).unwrap();
        let (digits, power) = shortest.split_once('e').unwrap();
        let power: i32 = power.parse().unwrap();
        if !(-4..6).contains(&power) {
            return format!("{digits}e{}{:02}", if power < 0 { "-" } else { "+" }, power.abs());
        }
        let all: String = digits.chars().filter(|digit| *digit != '.').collect();
        if power < 0 {
            return format!("0.{}{all}", "0".repeat(-power as usize - 1));
        }
        let whole = power as usize + 1;
        let all = format!("{all:0<whole$}");
        let (whole, rest) = all.split_at(whole);
        format!("{whole}.{}", if rest.is_empty() { "0" } else { rest })
    }

    fn bounds() -> impl Strategy<Value = f64> {
        prop_oneof![
            0.0..1e3f64,
            1e-9..1e-3f64,
            0.0..1e22f64,
            (1u32..10_000_000).prop_map(f64::from),
            (1u32..10_000_000, -20i32..20).prop_map(|(digits, power)| f64::from(digits) * 10f64.powi(power)),
            (0u64..0x7FF0_0000_0000_0000).prop_map(f64::from_bits),
        ]
    }

    proptest! {
        #[test]
        fn every_bound_reads_back_equal(bound in bounds()) {
            for spelling in [plain, canonical] {
                prop_assert_eq!(text(spelling, bound).parse::<f64>().unwrap(), bound);
            }
        }

        #[test]
        fn canonical_bounds_agree_with_the_naive_spelling(bound in bounds()) {
            prop_assume!(bound != 0.0);
            let (ours, naive) = (text(canonical, bound), naive(bound));
            // Where two shortest spellings are equally near, libraries choose differently.
            let is_tie = ours.len() == naive.len() && ours.parse::<f64>() == naive.parse::<f64>();
            prop_assert!(ours == naive || is_tie, "{} {}", ours, naive);
        }
    }
}
