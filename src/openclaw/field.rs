//! One field of an event, as it came: absent, broken or sound.
//!
//! A field of the wrong shape costs only itself. It keeps the reason, so that the observer can use the fall-back and
//! count what was lost.

use std::borrow::Cow;

use serde_json::value::RawValue;

crate::label_enum! {
    /// Why an event, or a part of one, could not be recorded as it was sent.
    pub enum FieldError("reason") {
        WrongType = "wrong_type",
        Missing = "missing",
        BadText = "bad_text",
        OutOfRange = "out_of_range",
        UnknownType = "unknown_type",
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WrongType => "not of the type that the host sends",
            Self::Missing => "missing, though the host always sends it",
            Self::BadText => "text that is no Unicode, or a text that nobody has",
            Self::OutOfRange => "a number that cannot be measured: negative, not finite, or above 2^53",
            Self::UnknownType => "a type of event that the catalogue does not know",
        })
    }
}

impl std::error::Error for FieldError {}

/// Text that borrows from the event unless it holds escapes.
pub type Text<'a> = Cow<'a, str>;

/// A field of an event. JSON's `null` is no value: it reads as [`Missing`](Field::Missing).
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Field<T> {
    /// The event does not have the field.
    #[default]
    Missing,
    /// The field is there and cannot be used.
    Invalid(FieldError),
    /// The field is sound.
    Value(T),
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Field::Value(value)
    }
}

impl<'a> From<&'a str> for Field<Text<'a>> {
    fn from(text: &'a str) -> Self {
        Field::Value(Cow::Borrowed(text))
    }
}

impl<T> Field<T> {
    /// The value, if it is sound.
    pub fn value(&self) -> Option<&T> {
        match self {
            Field::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// An id of the host's, of a run or a call: a hash of it, for all that counts is whether two are the same.
///
/// ```
/// use openclaw_prometheus::openclaw::Id;
/// assert_eq!(Id::of("run-7"), Id::of("run-7"));
/// assert_ne!(Id::of("run-7"), Id::of("run-8"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id(
    /// INVARIANT: never 0.
    u64,
);

impl Id {
    /// The id that is written so.
    pub fn of(text: &str) -> Self {
        let mut words = text.as_bytes().chunks_exact(8);
        let whole = words.by_ref().map(|word| word.first_chunk().map_or(0, |word| u64::from_le_bytes(*word)));
        let sum = whole.fold(text.len() as u64, mixed);
        let rest = words.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self::from_bits(mixed(sum, rest))
    }

    /// An id for which the host has given a number.
    pub(super) fn from_bits(bits: u64) -> Self {
        // The highest bit is no part of a number that a double holds.
        Id(bits | 1 << 63)
    }

    /// The id of something that has its own only within another.
    pub(super) fn within(self, outer: Option<Self>) -> Self {
        outer.map_or(self, |outer| Self::from_bits(mixed(outer.0, self.0)))
    }

    /// Never 0.
    pub(super) fn bits(self) -> u64 {
        self.0
    }
}

fn mixed(sum: u64, word: u64) -> u64 {
    let mixed = (sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29)
}

impl From<&str> for Field<Id> {
    fn from(text: &str) -> Self {
        Field::Value(Id::of(text))
    }
}

/// What can stand in a field. The raw text is one well-formed JSON value; behind an object more may follow.
pub(super) trait Value<'a>: Sized {
    fn read(raw: &'a str) -> Result<Self, FieldError>;

    fn field(raw: Option<&'a str>) -> Field<Self> {
        match raw {
            None | Some("null") => Field::Missing,
            Some(raw) => Self::read(raw).map_or_else(Field::Invalid, Field::Value),
        }
    }
}

impl<'a> Value<'a> for Text<'a> {
    fn read(raw: &'a str) -> Result<Self, FieldError> {
        let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(FieldError::WrongType)?;
        if !inner.as_bytes().contains(&b'\\') {
            return Ok(Cow::Borrowed(inner));
        }
        // The escapes are well-formed, but a lone surrogate is no Unicode.
        serde_json::from_str(raw).map(Cow::Owned).map_err(|_| FieldError::BadText)
    }
}

impl<'a> Value<'a> for Id {
    fn read(raw: &'a str) -> Result<Self, FieldError> {
        Text::read(raw).map(|text| Self::of(&text))
    }
}

impl Value<'_> for f64 {
    fn read(raw: &str) -> Result<Self, FieldError> {
        if !raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(FieldError::WrongType);
        }
        let number = raw.parse().map_err(|_| FieldError::WrongType)?;
        if f64::is_finite(number) { Ok(number) } else { Err(FieldError::OutOfRange) }
    }
}

impl Value<'_> for bool {
    fn read(raw: &str) -> Result<Self, FieldError> {
        raw.parse().map_err(|_| FieldError::WrongType)
    }
}

impl<'a, T: Value<'a>> Value<'a> for Vec<Field<T>> {
    fn read(raw: &'a str) -> Result<Self, FieldError> {
        let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| FieldError::WrongType)?;
        Ok(items.into_iter().map(|item| T::field(Some(item.get()))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_strings_are_text() {
        assert_eq!(Text::field(Some(r#""a b""#)), Field::from("a b"));
        assert_eq!(Text::field(Some(r#""a\u0062\n""#)), Field::from("ab\n"));
        assert_eq!(Text::field(Some(r#""\ud800""#)), Field::Invalid(FieldError::BadText));
        for raw in ["1", "true", "[]", "{}"] {
            assert_eq!(Text::field(Some(raw)), Field::Invalid(FieldError::WrongType), "{raw}");
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        assert!(matches!(Text::read(r#""mock-small""#), Ok(Cow::Borrowed("mock-small"))));
    }

    #[test]
    fn only_json_numbers_are_numbers() {
        for (raw, number) in [("0", 0.0), ("-1.5", -1.5), ("1E3", 1000.0), ("9007199254740993", 9007199254740992.0)] {
            assert_eq!(f64::field(Some(raw)), Field::Value(number), "{raw}");
        }
        assert_eq!(f64::field(Some("1e400")), Field::Invalid(FieldError::OutOfRange));
        for raw in [r#""1""#, "true", "[1]", "{}"] {
            assert_eq!(f64::field(Some(raw)), Field::Invalid(FieldError::WrongType), "{raw}");
        }
    }

    #[test]
    fn a_list_keeps_what_is_sound_in_it() {
        let list = Vec::<Field<Text>>::field(Some(r#"["cpu", 3, null]"#));
        assert_eq!(list, Field::Value(vec![Field::from("cpu"), Field::Invalid(FieldError::WrongType), Field::Missing]));
        assert_eq!(Vec::<Field<Text>>::field(Some("{}")), Field::Invalid(FieldError::WrongType));
    }

    #[test]
    fn null_is_no_value() {
        assert_eq!(bool::field(Some("null")), Field::Missing);
        assert_eq!(bool::field(None), Field::Missing);
        assert_eq!(bool::field(Some("1")), Field::Invalid(FieldError::WrongType));
    }
}
