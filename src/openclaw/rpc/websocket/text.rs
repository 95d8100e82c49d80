//! Texts of the Gateway that an operator is shown: bounded, on one line, without a secret.

use serde_json::value::RawValue;

/// Bytes of a text that is shown at most.
const MOST_BYTES: usize = 300;

/// The text without control characters, cut, and without `secret`.
pub(super) fn shown(text: &str, secret: Option<&str>) -> String {
    // Before it is cut: half a secret is one too.
    let text = match secret.filter(|secret| text.contains(secret)) {
        Some(secret) => text.replace(secret, "(not shown)"),
        None => text.to_owned(),
    };
    let mut shown = String::with_capacity(text.len().min(MOST_BYTES));
    for char in text.chars() {
        let char = if is_unseen(char) { ' ' } else { char };
        if shown.len() + char.len_utf8() > MOST_BYTES - '…'.len_utf8() {
            shown.push('…');
            break;
        }
        shown.push(char);
    }
    shown
}

/// Control characters, and those that turn the direction of a line around.
fn is_unseen(char: char) -> bool {
    char.is_control() || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a field has, if it is there and has this shape.
pub(super) fn field<'a, T: serde::Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_has_one_line_and_no_secret() {
        assert_eq!(shown("a\nb\u{1b}[31m\u{202e}c", None), "a b [31m c");
        let long = shown(&"é".repeat(1 << 20), None);
        assert!(long.len() <= MOST_BYTES && long.ends_with("é…"), "{}", long.len());
        let text = format!("{}tok-123 and tok-123", "x".repeat(MOST_BYTES - 8));
        assert!(!shown(&text, Some("tok-123")).contains("tok"));
        assert_eq!(shown("tok-123", Some("tok-123")), "(not shown)");
    }
}
