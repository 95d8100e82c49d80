//! Escapes of the text format: in HELP `\` and newline, in label values `"` as well.

/// Appends a label value as it stands between its quotes.
pub(crate) fn label_value(value: &str, out: &mut Vec<u8>) {
    escape(value, true, out);
}

/// Appends a help text.
pub(crate) fn help(text: &str, out: &mut Vec<u8>) {
    escape(text, false, out);
}

fn escape(text: &str, has_quotes: bool, out: &mut Vec<u8>) {
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
            for (has_quotes, function) in [(true, label_value as fn(&str, &mut Vec<u8>)), (false, help)] {
                let mut out = Vec::new();
                function(&text, &mut out);
                prop_assert_eq!(String::from_utf8(out).unwrap(), naive(&text, has_quotes));
            }
        }
    }
}
