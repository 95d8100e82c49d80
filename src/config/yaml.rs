//! YAML as it is read here: one document without anchors, as a tree of bounded depth.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use super::raw_value::{MAX_DEPTH, RawValue};

/// Where the text does not follow its grammar, and how.
pub(super) type YamlError = (Marker, String);

/// Makes a tree of a parser's events, no deeper than the stack allows.
pub(super) struct YamlTree<'a> {
    events: Parser<'a, StrInput<'a>>,
    last: Marker,
}

impl<'a> YamlTree<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { events: Parser::new_from_str(text), last: Marker::new(0, 1, 0) }
    }

    fn next(&mut self) -> Result<Event<'a>, YamlError> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                self.last = span.start;
                Ok(event)
            }
            Some(Err(error)) => Err((*error.marker(), error.info().into())),
            None => Err(self.odd("the text ends too early")),
        }
    }

    fn odd(&self, problem: &str) -> YamlError {
        (self.last, problem.into())
    }

    /// The only document; null if there is none.
    pub(super) fn document(mut self) -> Result<RawValue, YamlError> {
        let mut given = None;
        loop {
            match self.next()? {
                Event::StreamEnd => return Ok(given.unwrap_or(RawValue::Null)),
                Event::DocumentStart(_) if given.is_some() => return Err(self.odd("a second document")),
                Event::DocumentStart(_) => {
                    let first = self.next()?;
                    given = Some(self.node(first, 0)?);
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, first: Event<'a>, depth: usize) -> Result<RawValue, YamlError> {
        if depth > MAX_DEPTH {
            return Err(self.odd(&format!("more than {MAX_DEPTH} levels")));
        }
        match first {
            Event::Scalar(text, ScalarStyle::Plain, ..)
                if ["", "~", "null", "Null", "NULL"].contains(&text.as_ref()) =>
            {
                Ok(RawValue::Null)
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) => Ok(RawValue::Word(text.into_owned())),
            Event::Scalar(text, ..) => Ok(RawValue::Text(text.into_owned())),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => return Ok(RawValue::List(items)),
                        item => items.push(self.node(item, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut fields = Vec::new();
                loop {
                    let name = match self.next()? {
                        Event::MappingEnd => return Ok(RawValue::Object(fields)),
                        Event::Scalar(name, ..) => name.into_owned(),
                        _ => return Err(self.odd("a key that is no text")),
                    };
                    let value = self.next()?;
                    fields.push((name, self.node(value, depth + 1)?));
                }
            }
            Event::Alias(_) => Err(self.odd("an alias; write the value itself")),
            _ => Err(self.odd("no value")),
        }
    }
}
