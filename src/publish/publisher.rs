//! The publisher: reads, encodes, publishes, and answers requests for what is not there yet.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::collect::{Collect, Running};
use super::demand::Demand;
use super::gzip::Packer;
use super::recycle::Recycler;
use super::requests::{TakenViews, Wants};
use super::{Page, Pages};
use crate::clock::Clock;
use crate::encode::{Encoder, Format, ViewOptions, Views};
use crate::read::{Reader, Reading};
use crate::registry::Registry;
use crate::sync::Published;

/// Why a publisher could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The registry has a publisher already.
    Taken,
    /// The system gave no thread.
    Thread(std::io::Error),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => write!(f, "publish: the registry has a publisher already; stop it, or serve its pages"),
            Self::Thread(error) => write!(f, "publish: the system gave no thread for rendering: {error}"),
        }
    }
}

impl std::error::Error for PublishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Taken => None,
            Self::Thread(error) => Some(error),
        }
    }
}

/// Told what a publisher does, on its thread. What it records is shown from the next page on.
pub trait Watch: Send + Sync {
    /// A look, with the writing of all pages that it led to, took `time`.
    fn rendered(&self, time: Duration);

    /// A page was published; the one before it was read `replaced_after` before this one.
    fn published(&self, page: &Page, replaced_after: Duration);

    /// The gzip form of a page, `bytes` long, was made in `time`.
    fn packed(&self, page: &Page, bytes: usize, time: Duration);
}

/// Makes pages of a registry. Runs in the caller's thread; a [`Ticker`](super::Ticker) runs it in its own.
pub struct Publisher {
    registry: Registry,
    reader: Reader,
    presses: [Press; Format::ALL.len()],
    packer: Packer,
    views: Views,
    collectors: Vec<Running>,
    watch: Option<Arc<dyn Watch>>,
    pub(super) pages: Arc<Pages>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) interval: Duration,
}

/// What makes the pages of one format.
struct Press {
    format: Format,
    encoder: Encoder,
    recycler: Recycler<Page>,
    demand: Demand,
    /// The last look that was published; 0 for none that is still there.
    published: u64,
}

/// One look, as every press needs it.
struct Look<'a> {
    reading: &'a Reading<'a>,
    at: Duration,
    teller: Teller<'a>,
}

/// Tells the watch, if there is one.
struct Teller<'a> {
    clock: &'a dyn Clock,
    watch: Option<&'a dyn Watch>,
    /// How long packing has taken so far.
    packing: Cell<Duration>,
}

impl<'a> Teller<'a> {
    fn new(clock: &'a dyn Clock, watch: Option<&'a dyn Watch>) -> Self {
        Self { clock, watch, packing: Cell::default() }
    }

    /// Makes the gzip form of a page that lacks it.
    fn pack(&self, packer: &mut Packer, page: &Page) {
        let before = self.clock.now();
        let Some(bytes) = packer.pack(page) else { return };
        let time = self.clock.now().saturating_sub(before);
        self.packing.set(self.packing.get() + time);
        if let Some(watch) = self.watch {
            watch.packed(page, bytes, time);
        }
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("interval", &self.interval).finish_non_exhaustive()
    }
}

impl Publisher {
    /// A publisher that looks once per `interval`, or with an interval of 0 whenever a page is requested.
    ///
    /// # Errors
    /// [`PublishError::Taken`] if the registry has one.
    pub fn new(registry: &Registry, interval: Duration, clock: impl Clock + 'static) -> Result<Self, PublishError> {
        let reader = registry.reader().ok_or(PublishError::Taken)?;
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let newest = Format::ALL.map(|format| Published::new(Arc::new(Page::absent(format))));
        let presses = Format::ALL.map(|format| Press::new(format, &newest[format as usize]));
        let pages = Arc::new(Pages::new(newest, clock.clone(), interval));
        let mut publisher = Self {
            registry: registry.clone(),
            reader,
            presses,
            packer: Packer::new(),
            views: Views::new(ViewOptions::default()),
            collectors: Vec::new(),
            watch: None,
            pages,
            clock,
            interval,
        };
        // The first scrape finds a page.
        drop(publisher.pages.current());
        publisher.tick();
        Ok(publisher)
    }

    /// Renders a format even while nobody asks for it, for a host that may not wait for a page to be made.
    pub fn keep(&mut self, format: Format) {
        self.presses[format as usize].demand.is_kept = true;
    }

    /// Has a collector run before each look.
    pub fn collect(&mut self, collect: Box<dyn Collect>) {
        let state = self.pages.collectors().add(collect.name());
        self.collectors.push(Running::new(collect, state));
    }

    /// Tells `watch` what is done from now on.
    pub fn watch(&mut self, watch: Arc<dyn Watch>) {
        self.watch = Some(watch);
    }

    /// Says how views are made.
    pub fn views(&mut self, options: ViewOptions) {
        self.views = Views::new(options);
    }

    /// What servers hand out.
    pub fn pages(&self) -> Arc<Pages> {
        self.pages.clone()
    }

    /// Looks once and publishes a page of each format in use, if anything changed. Answers all requests that came before
    /// it.
    pub fn tick(&mut self) {
        let (wants, views) = (self.pages.take_wants(), self.pages.take_views());
        self.collect_all();
        let now = self.clock.now();
        let Self { reader, presses, packer, pages, watch, clock, interval, .. } = self;
        let reading = reader.read();
        let look = Look { reading: &reading, at: now, teller: Teller::new(&**clock, watch.as_deref()) };
        let mut is_held = false;
        for press in presses.iter_mut() {
            let (is_asked, is_gzip_asked) = pages.shelf(press.format).take_asked();
            press.demand.note(now, is_asked || wants.has(press.format), is_gzip_asked || wants.has_gzip(press.format));
            let newest = &pages.shelf(press.format).newest;
            if press.demand.is_in_use(now) {
                let packs = wants.has_gzip(press.format) || press.demand.is_gzip_due(now, *interval);
                is_held |= !press.publish(newest, &look, packs, packer);
            } else {
                press.release(newest, packer);
            }
        }
        pages.note_look(now, is_held, self.registry.memory());
        if let Some(watch) = look.teller.watch {
            // What was packed is told as such.
            watch.rendered(clock.now().saturating_sub(now).saturating_sub(look.teller.packing.get()));
        }
        // Pages that did not change may still lack the form that is wanted now.
        self.pack(wants, Some(now));
        self.pages.answer(wants.number);
        self.make(views);
    }

    /// Answers requests that need no look.
    pub(super) fn serve(&mut self) {
        let (wants, views) = (self.pages.take_wants(), self.pages.take_views());
        self.pack(wants, None);
        self.pages.answer(wants.number);
        self.make(views);
    }

    /// Pages of a format there are: the published one, those that slow readers hold, and spare ones.
    pub fn page_count(&self, format: Format) -> usize {
        self.presses[format as usize].recycler.len()
    }

    fn collect_all(&mut self) {
        self.collectors.iter_mut().for_each(|collector| collector.run(&self.clock));
    }

    /// Makes the gzip forms that are wanted, and after a look those that soon will be, of pages that lack them.
    fn pack(&mut self, wants: Wants, look: Option<Duration>) {
        let teller = Teller::new(&*self.clock, self.watch.as_deref());
        for press in &mut self.presses {
            let is_due = look.is_some_and(|now| press.demand.is_gzip_due(now, self.interval));
            if is_due || wants.has_gzip(press.format) {
                teller.pack(&mut self.packer, &self.pages.newest(press.format));
            }
        }
    }

    /// Makes views that were asked for before this began. Those asked for since wait: on demand their look comes after
    /// their request, and nobody who asks without end keeps the thread from its next look.
    fn make(&self, views: TakenViews) {
        for slot in &views.0 {
            let bytes = self.views.write(&self.reader.reading(), &slot.view, self.clock.unix());
            slot.put(Some(bytes.into()));
        }
        if !views.0.is_empty() {
            self.pages.note_view();
        }
    }
}

impl Press {
    fn new(format: Format, newest: &Published<Page>) -> Self {
        let (recycler, demand) = (Recycler::new(newest), Demand::default());
        Self { format, encoder: Encoder::new(format), recycler, demand, published: 0 }
    }

    /// Publishes a page if anything changed, and together with its gzip form if one `packs`, so that nobody waits for
    /// that. False if slow readers hold all pages.
    fn publish(&mut self, newest: &Published<Page>, look: &Look<'_>, packs: bool, packer: &mut Packer) -> bool {
        let Look { reading, at, teller } = look;
        let at = *at;
        if self.published != 0 && reading.last_change() <= self.published {
            return true;
        }
        let Self { format, encoder, recycler, .. } = self;
        let before = if self.published == 0 { at } else { newest.load().read_at() };
        let is_published = recycler.publish(
            newest,
            || Page::absent(*format),
            |page| {
                if let Some(buffer) = page.update(reading, encoder, at) {
                    packer.give_back(buffer);
                }
                if packs {
                    teller.pack(packer, page);
                }
            },
        );
        if is_published {
            self.published = reading.render();
            if let Some(watch) = teller.watch {
                watch.published(&newest.load(), at.saturating_sub(before));
            }
        }
        is_published
    }

    /// Takes the pages of a format that nobody uses away.
    fn release(&mut self, newest: &Published<Page>, packer: &mut Packer) {
        if self.published != 0 {
            self.published = 0;
            self.recycler.restart(newest, Page::absent(self.format));
            self.encoder = Encoder::new(self.format);
            packer.release();
        }
    }
}

impl Drop for Publisher {
    /// Whatever ends it, and the thread it may run in, nobody waits for it any longer.
    fn drop(&mut self) {
        self.pages.stop();
    }
}
