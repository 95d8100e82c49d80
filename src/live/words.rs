//! Numbers as people read them.

/// Between a number and its unit, so that no line breaks there.
const THIN: char = '\u{202f}';

/// A share as per cent.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 9.95 { format!("{percent:.1}{THIN}%") } else { format!("{percent:.0}{THIN}%") }
}

/// A whole number.
pub(super) fn amount(number: f64) -> String {
    format!("{number:.0}")
}

/// A length of time as people read it: in two units at most, of seconds one digit behind the point below 10.
///
/// ```
/// use openclaw_prometheus::exporter::span;
/// assert_eq!(span(96.4), "1\u{202f}min 36\u{202f}s");
/// assert_eq!(span(13_260.0), "3\u{202f}h 41\u{202f}min");
/// ```
pub fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 9.95 {
        return format!("{seconds:.1}{THIN}s");
    }
    let whole = seconds.round() as u64;
    let two = |large: u64, unit: &str, small: u64, other: &str| match small {
        0 => format!("{large}{THIN}{unit}"),
        small => format!("{large}{THIN}{unit} {small}{THIN}{other}"),
    };
    match whole {
        0..60 => format!("{whole}{THIN}s"),
        60..3600 => two(whole / 60, "min", if whole < 600 { whole % 60 } else { 0 }, "s"),
        3600..86_400 => two(whole / 3600, "h", whole % 3600 / 60, "min"),
        _ => two(whole / 86_400, "d", if whole < 4 * 86_400 { whole % 86_400 / 3600 } else { 0 }, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        let spans = [
            (-1.0, "0.0 s"),
            (0.42, "0.4 s"),
            (9.96, "10 s"),
            (59.4, "59 s"),
            (60.0, "1 min"),
            (96.0, "1 min 36 s"),
            (725.0, "12 min"),
            (3600.0, "1 h"),
            (13_260.0, "3 h 41 min"),
            (86_400.0 * 1.5, "1 d 12 h"),
            (86_400.0 * 9.2, "9 d"),
        ];
        for (seconds, text) in spans {
            assert_eq!(span(seconds).replace(THIN, " "), text);
        }
        for (share, text) in [(0.0, "0 %"), (0.004, "0.4 %"), (0.06, "6.0 %"), (0.38, "38 %"), (1.0, "100 %")] {
            assert_eq!(percent(share).replace(THIN, " "), text);
        }
    }
}
