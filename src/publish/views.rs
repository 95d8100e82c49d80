//! Making views, in the thread `ocp-views`, so that no render waits for one. It reads the registry with a reader of its own.

use std::sync::Arc;
use std::time::Duration;

use super::document::Document;
use super::gzip::Compressor;
use super::page::Coding;
use super::pages::Pages;
use super::panics::PanicSite;
use super::shelf::{Subject, ViewSlot};
use super::shortage::Shortage;
use crate::encode::{ViewOptions, Views};
use crate::foreign;
use crate::read::Reader;
use crate::registry::Registry;
use crate::sync::OutOfMemory;

/// Of what may be in flight, the part that finished views may take while nobody reads them.
const KEPT_PART: usize = 4;
/// How long the reader is kept after the last view.
const READER_KEPT: Duration = Duration::from_secs(60);

/// Makes views.
#[derive(Debug)]
pub(super) struct ViewMaker {
    registry: Registry,
    /// There while views are asked for.
    reader: Option<Reader>,
    views: Views,
    compressor: Compressor,
}

impl ViewMaker {
    pub(super) fn new(registry: &Registry) -> Self {
        let (registry, views) = (registry.clone(), Views::new(ViewOptions::default()));
        Self { registry, reader: None, views, compressor: Compressor::new() }
    }

    pub(super) fn options(&mut self, options: ViewOptions) {
        self.views = Views::new(options);
    }

    /// Makes all that wait.
    pub(super) fn make_waiting(&mut self, pages: &Pages) {
        while self.make_next(pages) {}
    }

    /// Makes one that waits; false if none does.
    fn make_next(&mut self, pages: &Pages) -> bool {
        let Some(slot) = pages.views.next() else { return false };
        let made = foreign::call(|| self.make(&slot, pages)).unwrap_or_else(|message| {
            // What it left half done goes with it.
            (self.reader, self.compressor) = (None, Compressor::new());
            pages.note_panic(PanicSite::Views, message);
            None
        });
        let kept = pages.deliveries().bound() / KEPT_PART;
        let held = pages.views.finish(&slot, made, pages.fresh_since(&slot.subject).map(|since| (since, kept)));
        pages.deliveries().relieve_views(&held);
        true
    }

    /// Makes views until the publisher stops.
    pub(super) fn run(mut self, pages: &Pages) {
        loop {
            match pages.views.wait(self.reader.is_some().then_some(READER_KEPT)) {
                Some(true) => {
                    // Before it is begun, so that who comes meanwhile shares it.
                    pages.wait_for_room(|| pages.ask_for_room());
                    self.make_next(pages);
                }
                Some(false) => return,
                None => self.release(),
            }
        }
    }

    /// Gives back what it needs while views are asked for.
    pub(super) fn release(&mut self) {
        self.reader = None;
        self.compressor.release();
    }

    /// None if there is no memory for it.
    fn make(&mut self, slot: &ViewSlot, pages: &Pages) -> Option<Arc<Document>> {
        let known = pages.fresh_since(&slot.subject).and_then(|since| pages.views.find(&slot.subject, since));
        let document = match known.map_or_else(|| self.write(slot, pages), Ok) {
            Ok(document) => document,
            Err(error) => {
                // Its memory may be what others lack.
                self.reader = None;
                pages.shortages.note(Shortage::View, error);
                return None;
            }
        };
        pages.shortages.note_success(Shortage::View);
        if slot.coding == Coding::Gzip && document.has_gzip() && document.gzip().is_none() {
            match self.compressor.compress(document.chunks(), document.len()) {
                Ok(gzip) => {
                    pages.shortages.note_success(Shortage::Gzip);
                    gzip.into_iter().for_each(|gzip| document.keep_gzip(gzip));
                }
                Err(error) => pages.shortages.note(Shortage::Gzip, error),
            }
        }
        Some(document)
    }

    fn write(&mut self, slot: &ViewSlot, pages: &Pages) -> Result<Arc<Document>, OutOfMemory> {
        let at = pages.clock().now();
        let unix = pages.clock().unix();
        let Self { registry, reader, views, .. } = self;
        let documents = pages.documents();
        let needs_reading = match &slot.subject {
            Subject::View(_) => true,
            Subject::Document(asked) => documents.is_some_and(|documents| documents.needs_reading(asked)),
        };
        let reading = match needs_reading {
            true => Some(reader.get_or_insert_with(|| registry.reader_once()).try_read()?),
            false => None,
        };
        let chunks = match (&slot.subject, &reading, documents) {
            (Subject::View(view), Some(reading), _) => views.write(reading, view, unix)?,
            (Subject::Document(asked), reading, Some(documents)) => documents.write(asked, reading.as_ref())?,
            _ => Vec::new(),
        };
        Ok(Arc::new(Document::new(chunks, at, pages.clock().now().saturating_sub(at))))
    }
}
