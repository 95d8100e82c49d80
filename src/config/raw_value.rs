//! What a configuration holds before it is checked: a small tree that keeps duplicate keys and whole numbers apart.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Levels of lists and objects. The deepest key is on the second; a deeper text would only use up the stack.
pub(super) const MAX_DEPTH: usize = 16;
/// Characters of a given value that an error shows.
const SHOWN_CHARS: usize = 48;

/// A value as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawValue {
    Null,
    Bool(bool),
    Whole(i128),
    Fraction(f64),
    Text(String),
    /// Text of a variable or flag, where a number or `true` has no other form.
    Word(String),
    List(Vec<RawValue>),
    /// In the order of the text, duplicate keys included.
    Object(Vec<(String, RawValue)>),
}

impl RawValue {
    /// For an error: short, on one line, and nothing of what is inside a list or object.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Fraction(value) if value.is_nan() => "NaN".into(),
            Self::Fraction(value) if value.is_infinite() => {
                if *value > 0.0 {
                    "Infinity".into()
                } else {
                    "-Infinity".into()
                }
            }
            Self::Fraction(value) => format!("{value:?}"),
            Self::Text(text) | Self::Word(text) => quoted(text),
            Self::List(_) => "a list".into(),
            Self::Object(_) => "an object".into(),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a list; those of a variable stand with commas between them.
    pub(super) fn items(&self) -> Option<Cow<'_, [RawValue]>> {
        match self {
            Self::List(items) => Some(items.into()),
            Self::Word(word) => Some(word.split(',').map(|item| Self::Word(item.trim().into())).collect()),
            _ => None,
        }
    }

    pub(super) fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Word(word) => word.parse().ok(),
            _ => None,
        }
    }

    /// Any number but infinity and NaN.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Whole(value) => *value as f64,
            Self::Fraction(value) => *value,
            Self::Word(word) => word.parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// A whole number from 0; `1000.0` and `1e3` are whole.
    pub(super) fn whole(&self) -> Option<u64> {
        /// The largest number up to which every whole `f64` stands for itself alone.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Whole(value) => u64::try_from(*value).ok(),
            Self::Fraction(value) if value.fract() == 0.0 && (0.0..EXACT).contains(value) => Some(*value as u64),
            Self::Word(word) if word.bytes().all(|byte| byte.is_ascii_digit()) => word.parse().ok(),
            _ => None,
        }
    }
}

/// In quotes, with what is not printable escaped, cut to a length that fits a line.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text))
}

/// A name that nobody knows: plain if it can be, in quotes if not.
pub(super) fn named(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte));
    if is_plain && !name.is_empty() { cut(name) } else { quoted(name) }
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        cut.push('…');
    }
    cut
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        RawValueSeed(0).deserialize(source)
    }
}

/// Reads a value that stands in this many lists and objects.
struct RawValueSeed(usize);

impl RawValueSeed {
    fn inner<E: Error>(&self) -> Result<usize, E> {
        if self.0 < MAX_DEPTH { Ok(self.0 + 1) } else { Err(E::custom(format!("more than {MAX_DEPTH} levels"))) }
    }
}

impl<'de> DeserializeSeed<'de> for RawValueSeed {
    type Value = RawValue;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<RawValue, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RawValueSeed {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Whole(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Whole(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Fraction(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let depth = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(RawValueSeed(depth))? {
            items.push(item);
        }
        Ok(RawValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let depth = self.inner()?;
        let mut fields = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            fields.push((key, access.next_value_seed(RawValueSeed(depth))?));
        }
        Ok(RawValue::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        let read = |text: &str| json5::from_str::<RawValue>(text).unwrap().whole();
        for (text, whole) in [
            ("1000", Some(1000)),
            ("+1000", Some(1000)),
            ("1e3", Some(1000)),
            ("1000.0", Some(1000)),
            ("0x3e8", Some(1000)),
            ("-0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("9007199254740992.0", None),
            ("1e300", None),
            ("0.5", None),
            ("-1", None),
            ("NaN", None),
            ("Infinity", None),
            ("'1000'", None),
        ] {
            assert_eq!(read(text), whole, "{text}");
        }
        let word = |text: &str| RawValue::Word(text.into()).whole();
        assert_eq!(word("1000"), Some(1000));
        for rejected in ["", "+1", "-1", " 1", "1e3", "1_000", "0x10", "99999999999999999999"] {
            assert_eq!(word(rejected), None, "{rejected:?}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_on_one_line() {
        assert_eq!(RawValue::Text("a\n\"b\"\u{7}".into()).shown(), r#""a\n\"b\"\u{7}""#);
        assert_eq!(RawValue::Text("x".repeat(4000)).shown(), format!("\"{}…\"", "x".repeat(48)));
        assert_eq!(RawValue::Fraction(1e300).shown(), "1e300");
        assert_eq!(RawValue::Fraction(-f64::INFINITY).shown(), "-Infinity");
        assert_eq!(RawValue::List(vec![RawValue::Text("secret".into())]).shown(), "a list");
    }
}
