//! Where in a text something stands that is wrong there.
//!
//! What is read keeps no positions, for it is right as a rule. When it is not, the text is read again for each mistake, as far as
//! the mistake: a parser says where it is when it is told to stop. A text with very many mistakes has places for the first.

use std::path::PathBuf;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// So many mistakes of a text have a place.
pub(super) const MOST_PLACES: usize = 64;

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// None if the text came from no file.
    pub(super) file: Option<PathBuf>,
    /// Line and column from 1, where they are known.
    pub(super) position: Option<(usize, usize)>,
}

/// A field, a member or the whole, by the numbers of the fields and members that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) path: Vec<usize>,
    /// Not the value, but its name.
    pub(super) is_name: bool,
}

impl Spot {
    /// Line and column of the spot in a text that is JSON or JSON5.
    pub(super) fn position(&self, text: &str) -> Option<(usize, usize)> {
        let seek = Seek { path: &self.path, is_name: self.is_name };
        let position = seek.deserialize(&mut json5::Deserializer::from_str(text)).err()?.position()?;
        Some((position.line + 1, position.column + 1))
    }
}

/// Reads as far as the spot, and fails there.
#[derive(Clone, Copy)]
struct Seek<'p> {
    path: &'p [usize],
    is_name: bool,
}

impl Seek<'_> {
    fn here<E: Error>(self) -> Result<(), E> {
        Err(E::custom("here"))
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.here()
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.here()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.here()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.here()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.here()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.here()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Some((first, path)) = self.path.split_first() else { return self.here() };
        for _ in 0..*first {
            access.next_element::<IgnoredAny>()?;
        }
        access.next_element_seed(Seek { path, ..self })?;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Some((first, path)) = self.path.split_first() else { return self.here() };
        for _ in 0..*first {
            access.next_entry::<IgnoredAny, IgnoredAny>()?;
        }
        if path.is_empty() && self.is_name {
            access.next_key_seed(Seek { path, ..self })?;
        } else if access.next_key::<IgnoredAny>()?.is_some() {
            access.next_value_seed(Seek { path, ..self })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_members_are_found() {
        let text = "// first\n{\n  port: 1, 'a b': { x: [7,\n    8], y: null },\n\t\"z\": 'é', é: true,\n}";
        let found = |path: &[usize], is_name| Spot { path: path.to_vec(), is_name }.position(text);
        assert_eq!(found(&[], false), Some((2, 1)));
        assert_eq!(found(&[0], true), Some((3, 3)));
        assert_eq!(found(&[0], false), Some((3, 9)));
        assert_eq!(found(&[1], true), Some((3, 12)));
        assert_eq!(found(&[1], false), Some((3, 19)));
        assert_eq!(found(&[1, 0], true), Some((3, 21)));
        assert_eq!(found(&[1, 0], false), Some((3, 24)));
        assert_eq!(found(&[1, 0, 1], false), Some((4, 5)));
        assert_eq!(found(&[1, 1], false), Some((4, 12)));
        assert_eq!(found(&[2], false), Some((5, 7)));
        // In characters, not in bytes.
        assert_eq!(found(&[3], true), Some((5, 12)));
        assert_eq!(found(&[3], false), Some((5, 15)));
        assert_eq!(found(&[9], false), None);
    }
}
