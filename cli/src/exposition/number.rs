//! Numbers as both formats write them.

/// Reads a number of either format; `None` is no number.
///
/// Digits that are too large for a float are no number, for Go refuses them.
pub fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_word = |word: &str| unsigned.eq_ignore_ascii_case(word);
    if is_word("inf") || is_word("infinity") {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if is_word("nan") {
        return (unsigned.len() == text.len()).then_some(f64::NAN);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number that is digits: no word, as in a timestamp of OpenMetrics.
pub(super) fn digits(text: &str) -> Option<f64> {
    number(text).filter(|_| text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)))
}

/// How the bound of a bucket may be written: as OpenMetrics demands, as Go writes it in text, and in plain digits.
pub fn bound_spellings(bound: f64) -> [String; 3] {
    if bound.is_infinite() {
        let word = if bound > 0.0 { "+Inf" } else { "-Inf" };
        return [word.into(), word.into(), word.into()];
    }
    let plain = format!("{bound}");
    let scientific = format!("{bound:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) || bound == 0.0 {
        let openmetrics = if plain.contains('.') { plain.clone() } else { format!("{plain}.0") };
        return [openmetrics, plain.clone(), plain];
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let go = format!("{mantissa}e{sign}{:02}", exponent.abs());
    [go.clone(), go, plain]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_both_formats_allow() {
        for (text, value) in [
            ("0", 0.0),
            ("-1", -1.0),
            ("+1.5", 1.5),
            ("1e3", 1000.0),
            ("1E+3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("+Inf", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        assert!(number("NaN").is_some_and(f64::is_nan));
        for text in ["", "+", "-nan", "+NaN", "1_0", "0x1p3", "1e", "1e999", "--1", "1 ", "one", "infin"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_timestamp_has_no_words() {
        assert_eq!(digits("1.5e3"), Some(1500.0));
        assert_eq!(digits("NaN"), None);
        assert_eq!(digits("+Inf"), None);
    }

    #[test]
    fn bounds_are_spelled_as_go_does() {
        for (bound, openmetrics, text, plain) in [
            (0.0, "0.0", "0", "0"),
            (1.0, "1.0", "1", "1"),
            (0.005, "0.005", "0.005", "0.005"),
            (0.00005, "5e-05", "5e-05", "0.00005"),
            (100_000.0, "100000.0", "100000", "100000"),
            (1_000_000.0, "1e+06", "1e+06", "1000000"),
            (1_048_576.0, "1.048576e+06", "1.048576e+06", "1048576"),
            (f64::INFINITY, "+Inf", "+Inf", "+Inf"),
        ] {
            assert_eq!(bound_spellings(bound), [openmetrics, text, plain], "{bound}");
        }
    }
}
