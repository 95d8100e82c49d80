//! What an answer shares with others: a page, a part of one, or a view; never copied, held until it is sent.

use std::sync::Arc;

use super::document::Document;
use super::page::{Coding, Page};
use super::part::{Part, PartialPage};

/// Which page or view: its address, which nobody else has while it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemId(usize);

impl ItemId {
    pub(crate) fn of<T>(item: &Arc<T>) -> Self {
        Self(Arc::as_ptr(item).cast::<()>() as usize)
    }
}

/// A page, a part of one, or a view.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Page(Arc<Page>),
    Part(PartialPage),
    View(Arc<Document>),
}

impl Content {
    /// A page, or this part of it.
    pub(crate) fn page(page: Arc<Page>, part: Option<Part>) -> Self {
        match part {
            None => Self::Page(page),
            Some(part) => Self::Part(PartialPage::new(page, part)),
        }
    }

    pub(crate) fn id(&self) -> ItemId {
        match self {
            Self::Page(page) | Self::Part(PartialPage { page, .. }) => ItemId::of(page),
            Self::View(view) => ItemId::of(view),
        }
    }

    /// A number for its text; none for a part.
    pub(crate) fn version(&self) -> Option<u64> {
        match self {
            Self::Page(page) => Some(page.version()),
            Self::Part(_) => None,
            Self::View(view) => Some(view.version()),
        }
    }

    /// Its coding if that is wanted and it is there in it, identity otherwise: a tiny page is never packed, nor is a part.
    pub(crate) fn coding(&self, wanted: Coding) -> Coding {
        if self.gzip(wanted).is_some() { wanted } else { Coding::Identity }
    }

    fn gzip(&self, coding: Coding) -> Option<&[u8]> {
        match (coding, self) {
            (Coding::Identity, _) | (_, Self::Part(_)) => None,
            (Coding::Gzip, Self::Page(page)) => page.gzip(),
            (Coding::Gzip, Self::View(view)) => view.gzip(),
        }
    }

    /// Bytes in this coding.
    pub(crate) fn len(&self, coding: Coding) -> usize {
        match (self.gzip(coding), self) {
            (Some(bytes), _) => bytes.len(),
            (None, Self::Page(page)) => page.len(),
            (None, Self::Part(part)) => part.len(),
            (None, Self::View(view)) => view.len(),
        }
    }

    /// Piece number `index` in this coding; empty beyond the last, and for a piece without bytes.
    pub(crate) fn piece(&self, index: usize, coding: Coding) -> &[u8] {
        match (self.gzip(coding), self) {
            (Some(bytes), _) if index == 0 => bytes,
            (Some(_), _) => &[],
            (None, Self::Page(page)) => page.segment(index),
            (None, Self::Part(part)) => part.piece(index),
            (None, Self::View(view)) => view.chunk(index),
        }
    }

    /// How many pieces there are in this coding.
    pub(crate) fn piece_count(&self, coding: Coding) -> usize {
        match (self.gzip(coding), self) {
            (Some(_), _) => 1,
            (None, Self::Page(page) | Self::Part(PartialPage { page, .. })) => page.segment_count(),
            (None, Self::View(view)) => view.chunk_count(),
        }
    }
}
