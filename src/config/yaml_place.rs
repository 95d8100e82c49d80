//! Where in a YAML text a key stands, by its name.
//!
//! Only asked for when something is wrong with the text, which then follows its grammar.

use saphyr_parser::{Event, Parser, StrInput};

use super::raw_value::named;

/// Line and column from 1.
type Position = (usize, usize);

/// A key of the text.
struct Found {
    /// With those around it, as it is written.
    key: String,
    /// The same as an error shows a name that nobody knows.
    shown: String,
    name: Position,
    value: Position,
}

/// All keys of a text.
pub(super) struct YamlPlaces(Vec<Found>);

impl YamlPlaces {
    pub(super) fn new(text: &str) -> Self {
        let mut walk = Walk { events: Parser::new_from_str(text), found: Vec::new() };
        while let Some((event, _)) = walk.next() {
            if matches!(event, Event::DocumentStart(_)) {
                walk.root();
            }
        }
        Self(walk.found)
    }

    /// Where the value of a key stands: of its `nth`, from 0.
    pub(super) fn value(&self, key: &str, nth: usize) -> Option<Position> {
        self.0.iter().filter(|found| found.key == key).nth(nth).map(|found| found.value)
    }

    /// Where its name stands.
    pub(super) fn name(&self, key: &str, nth: usize) -> Option<Position> {
        self.0.iter().filter(|found| found.key == key || found.shown == key).nth(nth).map(|found| found.name)
    }
}

struct Walk<'a> {
    events: Parser<'a, StrInput<'a>>,
    found: Vec<Found>,
}

impl<'a> Walk<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Position)> {
        let (event, span) = self.events.next()?.ok()?;
        Some((event, (span.start.line(), span.start.col() + 1)))
    }

    /// The value that a document is.
    fn root(&mut self) -> Option<()> {
        let (event, position) = self.next()?;
        self.found.push(Found { key: String::new(), shown: String::new(), name: position, value: position });
        self.inside("", &event)
    }

    /// What is inside of a value that has begun.
    fn inside(&mut self, around: &str, first: &Event<'a>) -> Option<()> {
        match first {
            Event::SequenceStart(..) => {
                for number in 0.. {
                    let (item, position) = self.next()?;
                    if matches!(item, Event::SequenceEnd) {
                        break;
                    }
                    let key = format!("{around}[{number}]");
                    self.found.push(Found { shown: key.clone(), key: key.clone(), name: position, value: position });
                    self.inside(&key, &item)?;
                }
            }
            Event::MappingStart(..) => {
                // A key that is no text is an error before anybody asks for places.
                while let (Event::Scalar(name, ..), position) = self.next()? {
                    let full = |name: &str| if around.is_empty() { name.into() } else { format!("{around}.{name}") };
                    let (value, value_position) = self.next()?;
                    let key = full(&name);
                    let shown = full(&named(&name));
                    self.found.push(Found { key: key.clone(), shown, name: position, value: value_position });
                    self.inside(&key, &value)?;
                }
            }
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_members_and_repetitions_are_found() {
        let places = YamlPlaces::new("# c\na:\n  b: 1\n  b: [x, y: 2]\n\"c d\":\n- e\n- {f: g}\n");
        assert_eq!(places.value("", 0), Some((2, 1)));
        assert_eq!(places.name("a", 0), Some((2, 1)));
        assert_eq!(places.value("a.b", 0), Some((3, 6)));
        assert_eq!(places.name("a.b", 1), Some((4, 3)));
        assert_eq!(places.value("a.b[0]", 0), Some((4, 7)));
        assert_eq!(places.value("a.b[1].y", 0), Some((4, 13)));
        assert_eq!(places.name("\"c d\"", 0), Some((5, 1)));
        assert_eq!(places.value("c d[1].f", 0), Some((7, 7)));
        assert_eq!(places.name("nowhere", 0), None);
    }
}
