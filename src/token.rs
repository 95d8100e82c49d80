//! What a bearer token may be, wherever it comes from: a variable, a file, or a configuration.
//!
//! White space at its ends and a byte order mark before it are no part of it: editors, `echo` and PowerShell put them there.
//! What no header can carry is refused, and what most likely happened is named.

use std::fmt;

/// Bytes of the longest.
pub(crate) const MOST_BYTES: usize = 4096;
/// One that is shorter may be found by trying.
#[cfg(feature = "serve")]
const WEAK_BELOW: usize = 16;

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    Empty,
    TooLong,
    Utf16,
    Characters,
}

impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 4096 bytes",
            Self::Utf16 => "is written in UTF-16; write it in UTF-8",
            Self::Characters => "has spaces, line breaks or other characters that no header can carry",
        })
    }
}

/// The token in a text: visible ASCII characters without spaces.
pub(crate) fn read(text: &[u8]) -> Result<&str, TokenProblem> {
    if is_utf_16(text) {
        return Err(TokenProblem::Utf16);
    }
    let text = text.trim_ascii();
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii();
    if text.is_empty() {
        return Err(TokenProblem::Empty);
    }
    if text.len() > MOST_BYTES {
        return Err(TokenProblem::TooLong);
    }
    let is_plain = text.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(text).ok().filter(|_| is_plain).ok_or(TokenProblem::Characters)
}

/// What is to be said of a token that is short, if it is; never the token.
#[cfg(feature = "serve")]
pub(crate) fn weakness(token: &[u8]) -> Option<String> {
    let bytes = token.len();
    let sentence =
        || format!("the token has {bytes} characters, and who tries long enough finds it; write {WEAK_BELOW} or more");
    (bytes < WEAK_BELOW).then(sentence)
}

/// Whether a text has one of UTF-16's marks, or a zero beside each of its characters.
fn is_utf_16(text: &[u8]) -> bool {
    let has_mark = || [[0xff, 0xfe], [0xfe, 0xff]].iter().any(|mark| text.starts_with(mark));
    let every_pair = |is_one: fn(&[u8]) -> bool| text.len() >= 2 && text.chunks(2).all(is_one);
    has_mark()
        || every_pair(|pair| pair[0] != 0 && pair.get(1) == Some(&0))
        || every_pair(|pair| pair[0] == 0 && pair.get(1) > Some(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_and_shells_add_is_no_part_of_a_token() {
        for text in ["abc", "abc\n", "abc\r\n", "\t abc \r\n\r\n", "\u{feff}abc", "\u{feff}abc\r\n", " \u{feff} abc"] {
            assert_eq!(read(text.as_bytes()), Ok("abc"), "{text:?}");
        }
        assert_eq!(read("x".repeat(MOST_BYTES).as_bytes()).map(str::len), Ok(MOST_BYTES));
        assert_eq!(read("x".repeat(MOST_BYTES + 1).as_bytes()), Err(TokenProblem::TooLong));
        for text in ["", " ", "\r\n", "\u{feff}", "\u{feff}\n"] {
            assert_eq!(read(text.as_bytes()), Err(TokenProblem::Empty), "{text:?}");
        }
        for text in ["a b", "a\nb", "clé", "a\u{feff}b", "ab\0", "\0\0", "\u{200b}a"] {
            assert_eq!(read(text.as_bytes()), Err(TokenProblem::Characters), "{text:?}");
        }
        assert_eq!(read(b"\xff\xff"), Err(TokenProblem::Characters));
    }

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let little: Vec<u8> = "token\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "token\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for text in [&little, &big, &[&[0xff, 0xfe], &little[..]].concat(), &[&[0xfe, 0xff], &big[..]].concat()] {
            assert_eq!(read(text), Err(TokenProblem::Utf16), "{text:?}");
        }
    }

    #[test]
    #[cfg(feature = "serve")]
    fn a_token_of_fifteen_characters_is_weak_and_one_of_sixteen_is_not() {
        assert!(weakness(b"123456789012345").is_some_and(|sentence| sentence.contains("15 characters")));
        assert_eq!(weakness(b"1234567890123456"), None);
    }
}
