//! Parts of a page: what a scrape gets that asks for some sections, or for all but some.
//!
//! A part is the pieces of the ready page that belong to these sections, sent as they are: nothing is rendered for it, and
//! nothing is packed.

use std::fmt;
use std::sync::Arc;

use super::page::Page;
use crate::registry::{SectionSet, Sections};

/// Characters of a name that an error shows.
const SHOWN_CHARS: usize = 48;

/// Which sections are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part(SectionSet);

/// A page of which a part is sent.
#[derive(Debug, Clone)]
pub(crate) struct PartialPage {
    pub(super) page: Arc<Page>,
    part: Part,
    /// INVARIANT: the bytes of all pieces of the part.
    bytes: usize,
}

/// Why no part is meant by what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PartError {
    /// Sections are named to be sent, and others to be left out.
    Both,
    /// No section has this name.
    Unknown { given: Box<str>, known: Box<str> },
    /// The section is hidden.
    Hidden(&'static str),
}

impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Both => f.write_str("collect[] and exclude[] given; send one of the two"),
            Self::Unknown { given, known } if known.is_empty() => {
                write!(f, "\"{given}\" is no collector; nothing here can be asked for in parts")
            }
            Self::Unknown { given, known } => write!(f, "\"{given}\" is no collector; there are {known}"),
            Self::Hidden(name) => {
                write!(f, "the collector {name} is disabled here; leave it out of collect[], or enable it")
            }
        }
    }
}

impl Part {
    /// What a scrape means that names sections to be sent, or to be left out; none for all of them.
    ///
    /// # Errors
    /// [`PartError`].
    pub(crate) fn named(
        sections: &Sections,
        wanted: impl IntoIterator<Item = impl AsRef<str>>,
        left_out: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Option<Self>, PartError> {
        match (find_all(sections, wanted)?, find_all(sections, left_out)?) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(PartError::Both),
            // What is hidden is left out anyway.
            (None, Some(left_out)) => Ok(Some(Self(left_out.complement()))),
            (Some(wanted), None) => {
                let hidden = sections.hidden();
                let mut names = sections.names().iter().enumerate();
                let disabled = names.find(|(section, _)| wanted.contains(*section) && hidden.contains(*section));
                disabled.map_or(Ok(Some(Self(wanted))), |(_, name)| Err(PartError::Hidden(name)))
            }
        }
    }
}

/// The sections with these names; none if there is no name.
fn find_all(
    sections: &Sections,
    names: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<Option<SectionSet>, PartError> {
    let mut found = None;
    for name in names {
        let name = name.as_ref();
        let section = sections.find(name).ok_or_else(|| PartError::Unknown {
            given: name.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect::<String>().into(),
            known: sections.names().join(", ").into(),
        })?;
        found = Some(found.unwrap_or(SectionSet::NONE).with(section));
    }
    Ok(found)
}

impl PartialPage {
    pub(super) fn new(page: Arc<Page>, part: Part) -> Self {
        let bytes = (0..page.segment_count()).map(|index| page.segment_within(index, part.0).len()).sum();
        Self { page, part, bytes }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    /// Piece number `index` of the page, if it belongs to the part.
    pub(super) fn piece(&self, index: usize) -> &[u8] {
        self.page.segment_within(index, self.part.0)
    }
}
