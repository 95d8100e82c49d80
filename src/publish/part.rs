//! Parts of a page: what a scrape gets that asks for some sections, or for all but some.
//!
//! A part is the pieces of the ready page that belong to these sections, sent as they are: nothing is rendered for it, and
//! nothing is packed.

use std::fmt;
use std::sync::Arc;

use super::page::Page;
use super::pages::Pages;
use crate::registry::SectionSet;

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
            Self::Hidden(name) => write!(f, "the collector {name} is disabled here; leave it out of collect[], or enable it"),
        }
    }
}

impl Pages {
    /// What a scrape means that names sections to be sent, or to be left out; none for all of them.
    ///
    /// # Errors
    /// [`PartError`].
    pub(crate) fn part<'n>(
        &self,
        wanted: impl IntoIterator<Item = impl AsRef<str> + 'n>,
        left_out: impl IntoIterator<Item = impl AsRef<str> + 'n>,
    ) -> Result<Option<Part>, PartError> {
        let (wanted, left_out) = (self.sections_named(wanted)?, self.sections_named(left_out)?);
        let hidden = self.sections().hidden();
        match (wanted, left_out) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(PartError::Both),
            (None, Some(left_out)) => Ok(Some(Part(left_out.complement()))),
            (Some(wanted), None) => {
                let mut names = self.sections().names().iter().enumerate();
                let hidden = names.find(|(section, _)| wanted.contains(*section) && hidden.contains(*section));
                hidden.map_or(Ok(Some(Part(wanted))), |(_, name)| Err(PartError::Hidden(name)))
            }
        }
    }

    /// The sections with these names; none if there is no name.
    fn sections_named(
        &self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Option<SectionSet>, PartError> {
        let mut set = None;
        for name in names {
            let name = name.as_ref();
            let section = self.sections().find(name).ok_or_else(|| PartError::Unknown {
                given: name.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect::<String>().into(),
                known: self.sections().names().join(", ").into(),
            })?;
            set = Some(set.unwrap_or(SectionSet::NONE).with(section));
        }
        Ok(set)
    }
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
