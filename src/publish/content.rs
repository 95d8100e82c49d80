//! What an answer shares with others: a page or a view, never copied, held until it is sent.

use std::sync::Arc;

use super::document::Document;
use super::page::{Coding, Page};

/// Which page or view: its address, which nobody else has while it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemId(usize);

impl ItemId {
    pub(crate) fn of<T>(item: &Arc<T>) -> Self {
        Self(Arc::as_ptr(item).cast::<()>() as usize)
    }
}

/// A page or a view.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Page(Arc<Page>),
    View(Arc<Document>),
}

impl Content {
    pub(crate) fn id(&self) -> ItemId {
        match self {
            Self::Page(page) => ItemId::of(page),
            Self::View(view) => ItemId::of(view),
        }
    }

    /// A number for its text.
    pub(crate) fn version(&self) -> u64 {
        match self {
            Self::Page(page) => page.version(),
            Self::View(view) => view.version(),
        }
    }

    /// Its coding if that is wanted and it is there in it, identity otherwise: a tiny page is never packed.
    pub(crate) fn coding(&self, wanted: Coding) -> Coding {
        if self.gzip(wanted).is_some() { wanted } else { Coding::Identity }
    }

    fn gzip(&self, coding: Coding) -> Option<&[u8]> {
        match (coding, self) {
            (Coding::Identity, _) => None,
            (Coding::Gzip, Self::Page(page)) => page.gzip(),
            (Coding::Gzip, Self::View(view)) => view.gzip(),
        }
    }

    /// Bytes in this coding.
    pub(crate) fn len(&self, coding: Coding) -> usize {
        match (self.gzip(coding), self) {
            (Some(bytes), _) => bytes.len(),
            (None, Self::Page(page)) => page.len(),
            (None, Self::View(view)) => view.len(),
        }
    }

    /// Piece number `index` in this coding; empty beyond the last, and for a piece without bytes.
    pub(crate) fn piece(&self, index: usize, coding: Coding) -> &[u8] {
        match (self.gzip(coding), self) {
            (Some(bytes), _) if index == 0 => bytes,
            (Some(_), _) => &[],
            (None, Self::Page(page)) => page.segment(index),
            (None, Self::View(view)) => view.chunk(index),
        }
    }

    /// How many pieces there are in this coding.
    pub(crate) fn piece_count(&self, coding: Coding) -> usize {
        match (self.gzip(coding), self) {
            (Some(_), _) => 1,
            (None, Self::Page(page)) => page.segment_count(),
            (None, Self::View(view)) => view.chunk_count(),
        }
    }
}
