//! Skips values of a JSON object that nobody reads, without allocation.
//!
//! serde_json keeps a stack on the heap for ignored values that nest two deep, which usual events have. Objects are
//! therefore entered one by one, as many levels as usual events have; the rest is left to serde_json, which skips any
//! depth.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Skips the value of `key`, which has just been read from `text`.
pub(super) fn skip<'de, M: MapAccess<'de>>(text: &str, key: &RawValue, members: &mut M) -> Result<(), M::Error> {
    skip_levels(text, key, members, 4)
}

fn skip_levels<'de, M>(text: &str, key: &RawValue, members: &mut M, levels: u32) -> Result<(), M::Error>
where
    M: MapAccess<'de>,
{
    match object_of(text, key).and(levels.checked_sub(1)) {
        Some(levels) => members.next_value_seed(Object { text, levels }),
        None => members.next_value().map(|IgnoredAny| ()),
    }
}

/// If the value of `key` is an object: `text` from there on, with whatever follows the object.
///
/// A visitor cannot look ahead, but a key that borrows from the text tells where its value begins.
pub(super) fn object_of<'a>(text: &'a str, key: &RawValue) -> Option<&'a str> {
    let key_end = key.get().as_bytes().as_ptr_range().end.addr();
    let behind = text.get(key_end.wrapping_sub(text.as_ptr().addr())..)?;
    let is_between = |byte: &u8| matches!(byte, b':' | b' ' | b'\t' | b'\r' | b'\n');
    let between = behind.as_bytes().iter().take_while(|byte| is_between(byte)).count();
    behind.get(between..).filter(|value| value.starts_with('{'))
}

struct Object<'a> {
    text: &'a str,
    /// How many levels of objects may be entered inside of this one.
    levels: u32,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(key) = members.next_key::<&RawValue>()? {
            skip_levels(self.text, key, &mut members, self.levels)?;
        }
        Ok(())
    }
}
