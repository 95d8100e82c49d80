//! A field of an answer: what it holds, or nothing if it is not there, is null or has another shape.
//!
//! serde refuses the whole answer for one field. Here a field that has changed costs itself: it is counted, and everything
//! around it is read.

use std::cell::Cell;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

thread_local! {
    /// Fields of another shape since the last call of [`take_misfits`].
    static MISFITS: Cell<u64> = const { Cell::new(0) };
}

/// How many fields of another shape this thread has read since the last call.
pub(super) fn take_misfits() -> u64 {
    MISFITS.replace(0)
}

/// A field that may be there. Give its struct `#[serde(default)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loose<T>(pub(super) Option<T>);

impl<T> Default for Loose<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Loose<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl Loose<String> {
    /// The text, or an empty one.
    pub(super) fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

/// A number of 0 or more that can be measured.
impl Loose<f64> {
    pub(super) fn amount(&self) -> Option<f64> {
        self.0.filter(|number| (0.0..=crate::MAX_AMOUNT as f64).contains(number))
    }

    /// Milliseconds as seconds.
    pub(super) fn seconds(&self) -> Option<f64> {
        self.amount().map(|ms| ms / 1000.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let value = serde_json::from_str(raw).ok();
        if value.is_none() && raw != "null" {
            MISFITS.set(MISFITS.get() + 1);
        }
        Ok(Self(value))
    }
}

/// The elements of a list that have the shape that is read; none if it is no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows<T>(pub(super) Vec<T>);

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Loose::<Vec<Loose<T>>>::deserialize(deserializer)?;
        Ok(Self(rows.0.unwrap_or_default().into_iter().filter_map(|row| row.0).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        count: Loose<f64>,
        name: Loose<String>,
        rows: Rows<Answer>,
    }

    fn read(text: &str) -> (Answer, u64) {
        take_misfits();
        (serde_json::from_str(text).unwrap(), take_misfits())
    }

    #[test]
    fn what_has_another_shape_costs_itself_and_is_counted() {
        let (answer, misfits) =
            read(r#"{"count":"three","name":null,"rows":[{"count":1},7,{"name":"b","count":[]}],"x":{}}"#);
        assert_eq!((answer.count.0, answer.name.text(), answer.rows.0.len(), misfits), (None, "", 2, 3));
        assert_eq!((answer.rows.0[0].count.amount(), answer.rows.0[1].name.text()), (Some(1.0), "b"));
        let (answer, misfits) = read(r#"{"rows":{}}"#);
        assert_eq!((answer.rows.0.len(), misfits), (0, 1));
        assert_eq!(read("{}").1, 0);
    }

    #[test]
    fn what_cannot_be_measured_is_no_amount() {
        for text in ["-1", "1e300", "9007199254740993000"] {
            assert_eq!(read(&format!(r#"{{"count":{text}}}"#)).0.count.amount(), None, "{text}");
        }
        assert_eq!(read(r#"{"count":1500}"#).0.count.seconds(), Some(1.5));
    }
}
