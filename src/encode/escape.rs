//! Escapes: backslash and newline everywhere and, between quotes or where a format asks for it, quotes.

use super::buffer::TextBuffer;

/// Appends a label value, or a help text of OpenMetrics.
pub(super) fn with_quotes(text: &str, out: &mut TextBuffer) {
    escape(text, true, out);
}

/// Appends a help text of Prometheus text.
pub(super) fn without_quotes(text: &str, out: &mut TextBuffer) {
    escape(text, false, out);
}

fn escape(text: &str, has_quotes: bool, out: &mut TextBuffer) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'"' if has_quotes => out.extend_from_slice(b"\\\""),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(text: &str, has_quotes: bool) -> String {
        let text = text.replace('\\', "\\\\").replace('\n', "\\n");
        if has_quotes { text.replace('"', "\\\"") } else { text }
    }

    proptest! {
        #[test]
        fn escaping_agrees_with_replacing(text in r#"[a\\"\n\r\tä中🦀 ]{0,40}"#) {
            for (has_quotes, function) in [(true, with_quotes as fn(&str, &mut TextBuffer)), (false, without_quotes)] {
                let mut out = TextBuffer::default();
                function(&text, &mut out);
                prop_assert_eq!(String::from(out), naive(&text, has_quotes));
            }
        }
    }
}
