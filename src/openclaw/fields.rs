//! The members of one JSON object, remembered raw in one pass.
//!
//! An event's `type` may stand last, so nothing is interpreted before the object has been read. Of equal keys the last
//! wins; keys that no event uses are skipped. Nothing allocates.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{Field, FieldError, Text, Value};
use super::names::{Names, distinct, distinct_count};
use super::objects::*;
use super::skip::{object_of, skip};

/// Keys of an event that are read without being a field of a struct.
const COMMON_KEYS: &[&str] = &["type", "ts"];

/// From the structs to the keys that they read, and how each is read from the members of an object.
macro_rules! read_from_members {
    ($($(#[$meta:meta])* $name:ident $(<$life:lifetime>)? { $($field:ident: $value:ty = $key:literal,)* })*) => {
        /// The keys of all structs, each as often as it occurs.
        const STRUCT_KEYS: &[&str] = &[$($($key),*),*];

        $(impl<'a> FromFields<'a> for $name $(<$life>)? {
            fn from_fields(fields: &Fields<'a>) -> Self {
                $name { $($field: fields.get(const { KEYS.index_of($key) }),)* }
            }
        })*
    };
}

objects!(read_from_members);

/// Every key that some event or nested object reads, once.
pub(super) static KEYS: Names<{ distinct_count(&[COMMON_KEYS, STRUCT_KEYS]) }> =
    Names::new(distinct(&[COMMON_KEYS, STRUCT_KEYS]));

/// The raw values of one object, by the place of their key in [`KEYS`]. The text of an object runs on behind it.
pub(super) struct Fields<'a> {
    raw: [Option<&'a str>; KEYS.len()],
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Fields { raw: [None; KEYS.len()] }
    }
}

impl<'a> Fields<'a> {
    /// The value of the key at `place`, interpreted.
    pub(super) fn get<T: Value<'a>>(&self, place: usize) -> Field<T> {
        T::field(self.raw(place))
    }

    fn raw(&self, place: usize) -> Option<&'a str> {
        self.raw.get(place).copied().flatten()
    }
}

/// What is built from the members of an object.
pub(super) trait FromFields<'a>: Sized {
    fn from_fields(fields: &Fields<'a>) -> Self;
}

impl<'a, T: FromFields<'a>> Value<'a> for T {
    fn read(raw: &'a str) -> Result<Self, FieldError> {
        let mut fields = Fields::default();
        let mut json = serde_json::Deserializer::from_str(raw);
        FieldsSeed { text: raw, fields: &mut fields }.deserialize(&mut json).map_err(|_| FieldError::WrongType)?;
        Ok(T::from_fields(&fields))
    }
}

/// Fills the fields in place: they are too large to be moved for each event. The object is a part of `text`.
pub(super) struct FieldsSeed<'f, 'a> {
    pub(super) text: &'a str,
    pub(super) fields: &'f mut Fields<'a>,
}

impl<'de> DeserializeSeed<'de> for FieldsSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(key) = members.next_key::<&RawValue>()? {
            let Some(slot) = place_of(key.get()).and_then(|place| self.fields.raw.get_mut(place)) else {
                skip(self.text, key, &mut members)?;
                continue;
            };
            *slot = object_of(self.text, key);
            match slot {
                Some(_) => skip(self.text, key, &mut members)?,
                None => *slot = Some(members.next_value::<&RawValue>()?.get()),
            }
        }
        Ok(())
    }
}

/// The key is taken raw: one that is no Unicode is a key we do not know, not a broken line.
fn place_of(key: &str) -> Option<usize> {
    let name = key.get(1..key.len().saturating_sub(1))?;
    match KEYS.find(name) {
        None if name.as_bytes().contains(&b'\\') => KEYS.find(&Text::read(key).ok()?),
        found => found,
    }
}
