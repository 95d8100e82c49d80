//! JSON (RFC 8259), written straight into bytes.
//!
//! JSON has no NaN and no infinities: these are written as the strings `"NaN"`, `"+Inf"` and `"-Inf"`.
//!
//! Own code, for views are part of the engine without features, which compiles 7 crates: with serde_json these were 11, and
//! 37 instead of 33 with `serve`. Nor would it be less: numbers as on a page, `<` in escapes and values that are named while
//! they are written are a formatter and a serializer of our own again. Program and addon, which have serde_json, use that.

use super::buffer::TextBuffer;
use super::number;
use crate::sync::{OutOfMemory, try_push};

/// Bytes from which on a chunk is closed.
const CHUNK: usize = 64 << 10;

/// Writes one JSON document. Commas come by themselves; that brackets match is the caller's business.
#[derive(Debug, Default)]
pub(crate) struct Json {
    out: TextBuffer,
    /// What is finished of a long document.
    chunks: Vec<Vec<u8>>,
    /// Set once there was no memory for a chunk: what is written from then on goes nowhere.
    missing: Option<OutOfMemory>,
    /// Whether a value stands before the next one, which then needs a comma.
    has_before: bool,
}

impl Json {
    /// The document, if it was not split.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn into_bytes(self) -> Result<Vec<u8>, OutOfMemory> {
        debug_assert!(self.chunks.is_empty());
        self.out.finish()
    }

    /// The document and a newline, in the chunks in which it was split.
    pub(crate) fn into_chunks(mut self) -> Result<Vec<Vec<u8>>, OutOfMemory> {
        self.out.push(b'\n');
        self.missing.map_or(Ok(()), Err)?;
        try_push(&mut self.chunks, self.out.finish()?)?;
        Ok(self.chunks)
    }

    /// Closes the chunk that is written to, if it is large enough: a long document needs no memory in one piece.
    pub(crate) fn split(&mut self) {
        if self.out.len() < CHUNK {
            return;
        }
        let chunk = std::mem::replace(&mut self.out, TextBuffer::with_capacity(CHUNK + CHUNK / 8));
        if let Err(error) = chunk.finish().and_then(|chunk| try_push(&mut self.chunks, chunk)) {
            self.missing = Some(error);
        }
    }

    /// Writes what `fill` writes as an object: keys and values in turn.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.nested(b'{', b'}', fill)
    }

    /// Writes what `fill` writes as an array.
    pub(crate) fn array(&mut self, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.nested(b'[', b']', fill)
    }

    /// Writes an array of strings.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn texts(&mut self, texts: impl IntoIterator<Item: AsRef<str>>) -> &mut Self {
        self.array(|json| texts.into_iter().for_each(|text| _ = json.text(text.as_ref())))
    }

    /// Writes a key; its value comes next.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.text(key);
        self.out.push(b':');
        self.has_before = false;
        self
    }

    /// Writes a string.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.comma();
        self.out.push(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                0..0x20 => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                // A page that is looked at in a browser as HTML by mistake stays harmless.
                b'<' => self.out.extend_from_slice(b"\\u003c"),
                _ => self.out.push(byte),
            }
        }
        self.out.push(b'"');
        self
    }

    /// Writes a whole number.
    pub(crate) fn whole(&mut self, value: u64) -> &mut Self {
        self.comma();
        number::whole(value, &mut self.out);
        self
    }

    /// Writes a number.
    pub(crate) fn number(&mut self, value: f64) -> &mut Self {
        if value.is_finite() {
            self.comma();
            number::fraction(value, &mut self.out);
            return self;
        }
        self.text(if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        })
    }

    /// Writes a number of which four digits matter, unless it is whole; null for what is not a number.
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    pub(crate) fn rounded(&mut self, value: f32) -> &mut Self {
        if !value.is_finite() {
            return self.null();
        }
        self.comma();
        number::rounded(value, &mut self.out);
        self
    }

    /// Writes true or false.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(crate) fn truth(&mut self, value: bool) -> &mut Self {
        self.comma();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        self
    }

    /// Writes null.
    pub(crate) fn null(&mut self) -> &mut Self {
        self.comma();
        self.out.extend_from_slice(b"null");
        self
    }

    fn nested(&mut self, open: u8, close: u8, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.comma();
        self.out.push(open);
        self.has_before = false;
        fill(self);
        self.out.push(close);
        self.has_before = true;
        self
    }

    fn comma(&mut self) {
        if self.has_before {
            self.out.push(b',');
        }
        self.has_before = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_document_has_its_commas_and_brackets() {
        let mut json = Json::default();
        json.object(|json| {
            json.key("a").whole(1).key("b").array(|json| {
                json.text("x").null().truth(true).number(0.5);
            });
            json.key("c").object(|_| ()).key("d").number(f64::NAN).key("e").number(f64::NEG_INFINITY);
        });
        let expected = r#"{"a":1,"b":["x",null,true,0.5],"c":{},"d":"NaN","e":"-Inf"}"#;
        assert_eq!(String::from_utf8(json.into_bytes().unwrap()).unwrap(), expected);
    }

    #[cfg(feature = "openclaw")]
    proptest! {
        #[test]
        fn a_foreign_reader_finds_the_same_text_and_numbers(text in any::<String>(), number in any::<f64>()) {
            let mut json = Json::default();
            json.array(|json| {
                json.text(&text).number(number);
            });
            let read: serde_json::Value = serde_json::from_slice(&json.into_bytes().unwrap()).unwrap();
            prop_assert_eq!(read[0].as_str().unwrap(), &text);
            if number.is_finite() {
                // The reader's own conversion is right to the last digit but one.
                let read = read[1].as_f64().unwrap();
                let digit = (number.abs() * 1e-15).max(f64::MIN_POSITIVE);
                prop_assert!((read - number).abs() <= digit, "{read} {number}");
            } else {
                prop_assert!(read[1].is_string());
            }
        }
    }
}
