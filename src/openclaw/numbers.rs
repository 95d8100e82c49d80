//! Events as numbers: how a host in another language hands them over, without JSON and, but for the first time, without
//! text.
//!
//! [`DiagnosticEvent::shapes`](super::DiagnosticEvent::shapes) tells the fields of each type in order. The host writes them one after the other:
//!
//! | field | numbers |
//! |---|---|
//! | text | the number that the host gave this text |
//! | id | a whole number below 2^53 that the same id has again, such as a hash |
//! | number | itself |
//! | boolean | 0 or 1 |
//! | object | 0, and then its fields |
//! | list | how many items, and then the items |
//! | missing, or `null` | `-Infinity`, and nothing of it |
//! | of another type | `Infinity`, and nothing of it |
//!
//! A number that is NaN or infinite itself is written as NaN. What is written wrong, or cut off, is a broken or a missing
//! field and no more: no sequence of numbers does harm.

use std::borrow::Cow;

use super::field::{Field, FieldError, Id, Text};

/// Items of a list at most; the rest of the event is not read when there are more.
const MAX_ITEMS: usize = 256;

/// What stands in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Text.
    Text,
    /// Text of which only a hash is handed over.
    Id,
    /// A number.
    Number,
    /// A boolean.
    Truth,
    /// An object with these members.
    Object(Vec<Member>),
    /// A list of such items.
    List(Box<Shape>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Its key.
    pub key: &'static str,
    /// What stands in it.
    pub shape: Shape,
}

impl Member {
    pub(super) fn new<'a, T: FromNumbers<'a>>(key: &'static str) -> Self {
        Member { key, shape: T::shape() }
    }
}

/// Declares structs that are read from numbers: field, type, key.
macro_rules! numbered {
    ($($(#[$meta:meta])* $name:ident $(<$life:lifetime>)? { $($field:ident: $value:ty = $key:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name $(<$life>)? {
            $(#[doc = concat!("`", $key, "`.")] pub $field: Field<$value>,)*
        }

        impl<'a> FromNumbers<'a> for $name $(<$life>)? {
            fn shape() -> Shape {
                Shape::Object(vec![$(Member::new::<$value>($key)),*])
            }

            #[inline]
            #[allow(unused_variables, reason = "some have no fields")]
            fn from_numbers(_: f64, numbers: &mut Numbers<'_, 'a>) -> Result<Self, FieldError> {
                Ok($name { $($field: FromNumbers::take(numbers),)* })
            }
        }
    )*};
}
pub(super) use numbered;

/// The numbers of an event that were not read yet, and the host's texts.
pub(super) struct Numbers<'n, 'a> {
    rest: std::slice::Iter<'n, f64>,
    texts: &'n dyn Fn(u32) -> Option<&'a str>,
}

impl<'n, 'a> Numbers<'n, 'a> {
    pub(super) fn new(numbers: &'n [f64], texts: &'n dyn Fn(u32) -> Option<&'a str>) -> Self {
        Numbers { rest: numbers.iter(), texts }
    }

    /// The next number; what is cut off is missing.
    #[inline]
    fn next(&mut self) -> f64 {
        self.rest.next().copied().unwrap_or(f64::NEG_INFINITY)
    }
}

/// What can be read from numbers.
pub(super) trait FromNumbers<'a>: Sized {
    fn shape() -> Shape;

    /// The value whose first number is neither missing nor of another type.
    fn from_numbers(first: f64, numbers: &mut Numbers<'_, 'a>) -> Result<Self, FieldError>;

    #[inline]
    fn take(numbers: &mut Numbers<'_, 'a>) -> Field<Self> {
        match numbers.next() {
            f64::NEG_INFINITY => Field::Missing,
            f64::INFINITY => Field::Invalid(FieldError::WrongType),
            first => Self::from_numbers(first, numbers).map_or_else(Field::Invalid, Field::Value),
        }
    }
}

impl<'a> FromNumbers<'a> for Text<'a> {
    fn shape() -> Shape {
        Shape::Text
    }

    #[inline]
    fn from_numbers(first: f64, numbers: &mut Numbers<'_, 'a>) -> Result<Self, FieldError> {
        // The conversion saturates and takes NaN for 0, so it has to lead back to the same number.
        let number = first as u32;
        let text = (f64::from(number) == first).then(|| (numbers.texts)(number)).flatten();
        text.map(Cow::Borrowed).ok_or(FieldError::BadText)
    }
}

impl<'a> FromNumbers<'a> for Id {
    fn shape() -> Shape {
        Shape::Id
    }

    #[inline]
    fn from_numbers(first: f64, _: &mut Numbers<'_, 'a>) -> Result<Self, FieldError> {
        let number = first as u64;
        if number as f64 == first { Ok(Id::from_bits(number)) } else { Err(FieldError::BadText) }
    }
}

impl<'a> FromNumbers<'a> for f64 {
    fn shape() -> Shape {
        Shape::Number
    }

    #[inline]
    fn from_numbers(first: f64, _: &mut Numbers<'_, 'a>) -> Result<Self, FieldError> {
        if first.is_nan() { Err(FieldError::OutOfRange) } else { Ok(first) }
    }
}

impl<'a> FromNumbers<'a> for bool {
    fn shape() -> Shape {
        Shape::Truth
    }

    #[inline]
    fn from_numbers(first: f64, _: &mut Numbers<'_, 'a>) -> Result<Self, FieldError> {
        match first {
            0.0 => Ok(false),
            1.0 => Ok(true),
            _ => Err(FieldError::WrongType),
        }
    }
}

impl<'a, T: FromNumbers<'a>> FromNumbers<'a> for Vec<Field<T>> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }

    fn from_numbers(first: f64, numbers: &mut Numbers<'_, 'a>) -> Result<Self, FieldError> {
        let count = first as usize;
        if count as f64 != first || count > MAX_ITEMS {
            // Where the next field begins nobody knows.
            numbers.rest = [].iter();
            return Err(FieldError::WrongType);
        }
        Ok((0..count).map(|_| T::take(numbers)).collect())
    }
}
