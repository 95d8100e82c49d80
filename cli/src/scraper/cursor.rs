//! Bytes of a page, read from left to right as Prometheus' lexers do.

use super::Refused;
use crate::exposition::number;

/// A place in a page.
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Lines are counted up to here.
    counted: usize,
    line: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, counted: 0, line: 1 }
    }

    /// The line of where it is. Only ever asked for further on.
    pub(super) fn line(&mut self) -> usize {
        self.line += self.bytes[self.counted..self.at].iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.at;
        self.line
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    pub(super) fn take(&mut self, word: &[u8]) -> bool {
        let is_there = self.rest().starts_with(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// A word of a comment, where NUL bytes count for nothing.
    pub(super) fn keyword(&mut self, word: &[u8]) -> bool {
        let start = self.at;
        for byte in word {
            if self.peek() != Some(*byte) {
                self.at = start;
                return false;
            }
            self.at += 1;
            self.run(|byte| byte == 0);
        }
        true
    }

    /// Everything up to the first byte that is not so.
    pub(super) fn run(&mut self, is_so: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let end = rest.iter().position(|byte| !is_so(*byte)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    pub(super) fn blanks(&mut self) {
        self.run(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// A name as both releases know it; none if it is not there.
    pub(super) fn name(&mut self, has_colons: bool) -> Option<&'a [u8]> {
        let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || has_colons && byte == b':';
        self.peek().filter(|byte| is_first(*byte))?;
        Some(self.run(|byte| is_first(byte) || byte.is_ascii_digit()))
    }

    /// What stands between quotes, still escaped. NUL bytes do not belong there but in a label's value.
    pub(super) fn quoted(&mut self, may_break: bool, may_have_nul: bool) -> Option<&'a [u8]> {
        let start = self.at + 1;
        if self.peek() != Some(b'"') {
            return None;
        }
        let mut at = start;
        loop {
            match *self.bytes.get(at)? {
                b'"' => break,
                b'\\' => {
                    at += 1;
                    while may_have_nul && self.bytes.get(at) == Some(&0) {
                        at += 1;
                    }
                    if matches!(*self.bytes.get(at)?, b'\n' | 0) {
                        return None;
                    }
                    at += 1;
                }
                b'\n' if !may_break => return None,
                0 if !may_have_nul => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(&self.bytes[start..at])
    }

    /// A label's value. NUL bytes behind it, and the quote before them, become a part of it.
    pub(super) fn label_value(&mut self, may_break: bool) -> Option<&'a [u8]> {
        let start = self.at + 1;
        self.quoted(may_break, true)?;
        self.run(|byte| byte == 0);
        Some(&self.bytes[start..self.at - 1])
    }

    /// To the end of the line.
    pub(super) fn resume(&mut self) {
        self.run(|byte| byte != b'\n');
        self.take(b"\n");
    }

    /// A sentence about what is there and should not be.
    pub(super) fn refuse(&mut self, expected: &str) -> Refused {
        let (rule, found) = match self.rest() {
            [] => ("refused", "the end of the page".into()),
            [b'\n', ..] => ("refused", "the end of the line".into()),
            [b'\r', ..] => ("refused", "a carriage return; lines end in a line feed alone".into()),
            [0x1f, 0x8b, ..] => ("packed", "gzip; is it packed twice, or without a Content-Encoding?".into()),
            rest => {
                let word = rest.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
                let word = if word.is_empty() { &rest[..1] } else { word };
                ("refused", format!("{:?}", shown(word)))
            }
        };
        let what = format!("expected {expected}, found {found}");
        Refused { line: self.line(), rule, what, is_counted: false }
    }
}

/// A number as Go reads it.
pub(super) fn float(word: &[u8]) -> Option<f64> {
    number(std::str::from_utf8(word).ok()?)
}

/// The first of a word, as text.
pub(super) fn shown(word: &[u8]) -> String {
    let text = String::from_utf8_lossy(&word[..word.len().min(160)]);
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
