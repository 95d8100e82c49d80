//! The publisher: reads, encodes, publishes, and answers requests for what is not there yet.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::collect::Collect;
use super::content::ItemId;
use super::deliveries::HeldItem;
use super::demand::Demand;
use super::documents::Documents;
use super::follow::Follow;
use super::gzip::Compressor;
use super::panics::PanicSite;
use super::recycle::Recycler;
use super::requests::RequestBatch;
use super::round::{PATIENCE_BY_HAND, Rounds};
use super::shortage::Shortage;
use super::views::ViewMaker;
use super::{Page, Pages};
use crate::clock::Clock;
use crate::encode::{Encoder, Format, ViewOptions};
use crate::foreign;
use crate::read::{Reader, Reading};
use crate::registry::Registry;
use crate::sync::{OutOfMemory, Published};

/// A follower takes the reading of a render that comes so much before its turn, or after it, and needs none of its own.
const EARLY: Duration = Duration::from_millis(250);

/// Why a publisher could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The registry has a publisher already.
    Taken,
    /// The system has not the memory to read so many cells, or the process may not have it.
    Memory {
        /// How many bytes were asked for at once.
        bytes: u64,
    },
    /// The system gave no thread.
    Thread(std::io::Error),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => write!(f, "publish: the registry has a publisher already; stop it, or serve its pages"),
            Self::Memory { bytes } => write!(
                f,
                "publish: no memory to read the registry: {bytes} bytes asked for at once; build it for fewer series or \
                 cells, or let the process have more memory"
            ),
            Self::Thread(error) => write!(f, "publish: the system gave no thread for rendering: {error}"),
        }
    }
}

impl std::error::Error for PublishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Taken | Self::Memory { .. } => None,
            Self::Thread(error) => Some(error),
        }
    }
}

/// Told what a publisher does, on its thread. What it records is shown from the next page on. A panic of it ends nothing: it
/// is counted ([`Pages::panics`]) and told by health.
pub trait RenderObserver: Send + Sync {
    /// A render, with the writing of all pages that it led to, took `time`.
    fn rendered(&self, time: Duration);

    /// A page was published; the one before it was read `replaced_after` before this one.
    fn published(&self, page: &Page, replaced_after: Duration);

    /// The gzip form of a page, `bytes` long, was made in `time`.
    fn compressed(&self, page: &Page, bytes: usize, time: Duration);
}

/// Makes pages of a registry. Runs in the caller's thread; a [`Ticker`](super::Ticker) runs it in its own.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::{ManualClock, Registry, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let calls = registry.counter("calls_total", "Calls.").register()?;
/// let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new())?;
/// calls.inc();
/// publisher.tick();
/// let page = String::from_utf8(publisher.pages().current().to_vec())?;
/// assert!(page.contains("calls_total 1\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Publisher {
    registry: Registry,
    reader: Reader,
    renderers: [FormatRenderer; Format::ALL.len()],
    compressor: Compressor,
    /// None once a thread of its own makes views.
    pub(super) views: Option<ViewMaker>,
    pub(super) rounds: Rounds,
    observer: Option<Arc<dyn RenderObserver>>,
    follower: Option<Box<dyn Follow>>,
    pub(super) pages: Arc<Pages>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) interval: Duration,
}

/// What makes the pages of one format.
struct FormatRenderer {
    format: Format,
    encoder: Encoder,
    recycler: Recycler<Page>,
    demand: Demand,
    /// The last render that was published; 0 for none that is still there.
    published: u64,
}

/// One render, as every renderer needs it.
struct Render<'a> {
    reading: &'a Reading<'a>,
    at: Duration,
    reporter: Reporter<'a>,
}

/// Tells the observer, if there is one.
struct Reporter<'a> {
    pages: &'a Pages,
    observer: Option<&'a dyn RenderObserver>,
    /// How long compressing has taken so far.
    compressing: Cell<Duration>,
}

impl<'a> Reporter<'a> {
    fn new(pages: &'a Pages, observer: Option<&'a dyn RenderObserver>) -> Self {
        Self { pages, observer, compressing: Cell::default() }
    }

    /// Tells it, and survives its panic.
    fn tell(&self, act: impl FnOnce(&dyn RenderObserver)) {
        let Some(observer) = self.observer else { return };
        if let Err(panic) = foreign::call(|| act(observer)) {
            self.pages.note_panic(PanicSite::RenderObserver, panic);
        }
    }

    /// Makes the gzip form of a page that lacks it.
    fn compress(&self, compressor: &mut Compressor, page: &Page) {
        if !page.has_gzip() || page.gzip().is_some() {
            return;
        }
        let clock = self.pages.clock();
        let before = clock.now();
        let gzip = match compressor.compress(page.segments(), page.len()) {
            Ok(Some(gzip)) => gzip,
            Ok(None) => return,
            Err(error) => return self.pages.shortages.note(Shortage::Gzip, error),
        };
        self.pages.shortages.note_success(Shortage::Gzip);
        let bytes = gzip.len();
        page.keep_gzip(gzip);
        let time = clock.now().saturating_sub(before);
        self.compressing.set(self.compressing.get().saturating_add(time));
        self.tell(|observer| observer.compressed(page, bytes, time));
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("interval", &self.interval).finish_non_exhaustive()
    }
}

impl Publisher {
    /// A publisher that renders once per `interval`, or with an interval of 0 whenever a page is requested.
    ///
    /// # Errors
    /// [`PublishError::Taken`] if the registry has one, [`PublishError::Memory`].
    pub fn new(registry: &Registry, interval: Duration, clock: impl Clock + 'static) -> Result<Self, PublishError> {
        let mut reader = registry.reader().ok_or(PublishError::Taken)?;
        reader.prepare().map_err(|OutOfMemory { bytes }| PublishError::Memory { bytes: bytes as u64 })?;
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let newest = Format::ALL.map(|format| Published::new(Arc::new(Page::absent(format))));
        let renderers = Format::ALL.map(|format| FormatRenderer::new(format, &newest[format as usize]));
        let pages = Arc::new(Pages::new(newest, registry.sections().clone(), clock.clone(), interval));
        let mut publisher = Self {
            registry: registry.clone(),
            reader,
            renderers,
            compressor: Compressor::new(),
            views: Some(ViewMaker::new(registry)),
            rounds: Rounds::new(clock.clone(), interval),
            observer: None,
            follower: None,
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
        self.renderers[format as usize].demand.is_kept = true;
    }

    /// Has a collector run before each render, on a thread of its own: see [`Collect`].
    pub fn collect(&mut self, collect: Box<dyn Collect>) {
        let state = self.pages.collectors().add(collect.name());
        self.rounds.add(collect, state);
    }

    /// Tells `observer` what is done from now on.
    pub fn observer(&mut self, observer: Arc<dyn RenderObserver>) {
        self.observer = Some(observer);
    }

    /// Has `documents` written in the thread that makes views.
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    pub(crate) fn documents(&mut self, documents: Arc<dyn Documents>) {
        self.pages.set_documents(documents);
    }

    /// Has `follower` look at readings from now on.
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    pub(crate) fn follow(&mut self, follower: Box<dyn Follow>) {
        self.follower = Some(follower);
    }

    /// Says how views are made.
    pub fn views(&mut self, options: ViewOptions) {
        if let Some(views) = &mut self.views {
            views.options(options);
        }
    }

    /// What servers hand out.
    pub fn pages(&self) -> Arc<Pages> {
        self.pages.clone()
    }

    /// Renders once: publishes a page of each format in use, if anything changed. Answers all requests that came before
    /// it. Waits up to a second for [collectors](Collect).
    ///
    /// What there is no memory for is left out, counted ([`Pages::shortages`]) and tried again at the next.
    pub fn tick(&mut self) {
        self.render(PATIENCE_BY_HAND);
    }

    /// The same, waiting for collectors as long as there is `patience`. False if there was no memory for it.
    pub(super) fn render(&mut self, patience: Duration) -> bool {
        self.pages.wait_for_room(|| self.look_for_room());
        let batch = self.pages.take_batch();
        self.rounds.run(patience);
        let now = self.clock.now();
        let Self { reader, renderers, compressor, pages, observer, follower, clock, interval, .. } = self;
        let reading = match reader.try_read() {
            Ok(reading) => reading,
            Err(error) => {
                pages.shortages.note(Shortage::Reading, error);
                pages.answer(batch.number);
                return false;
            }
        };
        pages.shortages.note_success(Shortage::Reading);
        if let Some(follower) = follower.as_mut().filter(|follower| now + EARLY >= follower.next_turn()) {
            show(&mut **follower, &reading, now, pages);
        }
        let mut missing = None;
        let render = Render { reading: &reading, at: now, reporter: Reporter::new(pages, observer.as_deref()) };
        for renderer in renderers.iter_mut() {
            let (is_asked, is_gzip_asked) = pages.published(renderer.format).take_asked();
            renderer.demand.note(
                now,
                is_asked || batch.has(renderer.format),
                is_gzip_asked || batch.has_gzip(renderer.format),
            );
            let newest = &pages.published(renderer.format).newest;
            if renderer.demand.is_in_use(now) {
                let compresses = batch.has_gzip(renderer.format) || renderer.demand.is_gzip_due(now, *interval);
                missing = renderer.publish(newest, &render, compresses, compressor).err().or(missing);
            } else {
                renderer.release(newest, compressor);
            }
        }
        // What was compressed is told as such.
        let time = clock.now().saturating_sub(now).saturating_sub(render.reporter.compressing.get());
        render.reporter.tell(|observer| observer.rendered(time));
        // Pages that did not change may still lack the form that is wanted now.
        self.compress(batch, Some(now));
        match missing {
            None => {
                self.pages.shortages.note_success(Shortage::Page);
                self.pages.note_render(now, self.clock.now().saturating_sub(now), self.registry.memory());
            }
            // What there is shows what it showed, and grows old.
            Some(error) => self.pages.shortages.note(Shortage::Page, error),
        }
        self.pages.answer(batch.number);
        self.relieve(now);
        self.make_views();
        missing.is_none()
    }

    /// Does what is due between two renders: for collectors, and for a follower that no render serves.
    pub(super) fn keep_up(&mut self, next_render: Option<Duration>) {
        let now = self.clock.now();
        self.rounds.keep_up(now);
        if self.follower_turn(next_render).is_none_or(|turn| now < turn) {
            return;
        }
        // So that ages and levels are those of now.
        self.rounds.run_inline();
        let now = self.clock.now();
        let Self { reader, pages, follower, .. } = self;
        match reader.try_read() {
            Ok(reading) => {
                if let Some(follower) = follower {
                    show(&mut **follower, &reading, now, pages);
                }
            }
            Err(error) => pages.shortages.note(Shortage::Reading, error),
        }
    }

    /// When [`keep_up`](Self::keep_up) is due, if nothing is rendered before.
    pub(super) fn next_turn(&self, next_render: Option<Duration>) -> Option<Duration> {
        [self.rounds.next_deadline(), self.follower_turn(next_render)].into_iter().flatten().min()
    }

    /// When the follower wants a reading that no render brings.
    fn follower_turn(&self, next_render: Option<Duration>) -> Option<Duration> {
        let turn = self.follower.as_ref()?.next_turn();
        next_render.is_none_or(|render| render > turn + EARLY).then_some(turn)
    }

    /// Has the slowest readers give up what they hold, if it is too much.
    fn relieve(&self, now: Duration) {
        let held = |page: &Arc<Page>| HeldItem { id: ItemId::of(page), bytes: page.memory_bytes() };
        let pages = self.renderers.iter().flat_map(|renderer| renderer.recycler.held().map(held)).collect();
        let newest = Format::ALL.map(|format| self.pages.newest(format).memory_bytes()).into_iter().max();
        let views = self.pages.views.retire(self.pages.rendered_at());
        let spares_young = self.interval.is_zero();
        self.pages.deliveries().relieve(pages, &views, newest.unwrap_or(0), spares_young, now);
    }

    /// Sees what of that is gone by now.
    pub(super) fn look_for_room(&self) {
        // Before: who asks from now on wants another look.
        self.pages.lock().needs_room = false;
        self.relieve(self.clock.now());
    }

    /// Answers requests that need no render.
    pub(super) fn serve(&mut self) {
        let batch = self.pages.take_batch();
        self.compress(batch, None);
        self.pages.answer(batch.number);
        self.make_views();
    }

    /// Begins again after a panic that left nobody knows what half done: with a reading of everything, and new pages.
    pub(super) fn restart(&mut self) {
        // The old reader first, as there is one at a time.
        drop(std::mem::replace(&mut self.reader, self.registry.reader_once()));
        if let Some(reader) = self.registry.reader() {
            self.reader = reader;
        }
        self.compressor = Compressor::new();
        for renderer in &mut self.renderers {
            renderer.restart(&self.pages.published(renderer.format).newest);
        }
        self.pages.lock().reopen();
    }

    /// Pages of a format there are: the published one, those that slow readers hold, and a spare one.
    pub fn page_count(&self, format: Format) -> usize {
        self.renderers[format as usize].recycler.len()
    }

    /// Makes the gzip forms that are wanted, and after a render those that soon will be, of pages that lack them.
    fn compress(&mut self, batch: RequestBatch, render: Option<Duration>) {
        let reporter = Reporter::new(&self.pages, self.observer.as_deref());
        for renderer in &mut self.renderers {
            let is_due = render.is_some_and(|now| renderer.demand.is_gzip_due(now, self.interval));
            if is_due || batch.has_gzip(renderer.format) {
                reporter.compress(&mut self.compressor, &self.pages.newest(renderer.format));
            }
        }
    }

    /// Makes the views that are asked for, where no thread of its own does.
    fn make_views(&mut self) {
        if let Some(views) = &mut self.views {
            views.make_waiting(&self.pages);
        }
    }

    /// The same, keeping no memory for the next time, which is far off.
    pub(super) fn make_views_at_times(&mut self) {
        self.make_views();
        if let Some(views) = &mut self.views {
            views.release();
        }
    }
}

/// Shows a reading to a follower, and survives its panic.
fn show(follower: &mut dyn Follow, reading: &Reading<'_>, now: Duration, pages: &Pages) {
    let unix = pages.clock().unix();
    match foreign::call(|| follower.follow(reading, now, unix)) {
        Ok(Ok(())) => pages.shortages.note_success(Shortage::History),
        Ok(Err(error)) => pages.shortages.note(Shortage::History, error),
        Err(panic) => pages.note_panic(PanicSite::RenderObserver, panic),
    }
}

impl FormatRenderer {
    fn new(format: Format, newest: &Published<Page>) -> Self {
        let (recycler, demand) = (Recycler::new(newest), Demand::default());
        Self { format, encoder: Encoder::new(format), recycler, demand, published: 0 }
    }

    /// Publishes a page if anything changed or there was no memory for the last, and if it `compresses` together with its gzip form, so that nobody waits for
    /// that.
    fn publish(
        &mut self,
        newest: &Published<Page>,
        render: &Render<'_>,
        compresses: bool,
        compressor: &mut Compressor,
    ) -> Result<(), OutOfMemory> {
        let Render { reading, at, reporter } = render;
        let at = *at;
        if self.published != 0 && reading.last_change() <= self.published {
            return Ok(());
        }
        let Self { format, encoder, recycler, .. } = self;
        let before = if self.published == 0 { at } else { newest.load().read_at() };
        let published = recycler.publish(
            newest,
            || Page::absent(*format),
            |page| {
                if let Some(buffer) = page.update(reading, encoder, at)? {
                    compressor.give_back(buffer);
                }
                if compresses {
                    reporter.compress(compressor, page);
                }
                Ok(())
            },
        );
        if let Err(error) = published {
            // What it was at is not what it was before.
            self.encoder = Encoder::new(self.format);
            return Err(error);
        }
        self.published = reading.render();
        reporter.tell(|observer| observer.published(&newest.load(), at.saturating_sub(before)));
        Ok(())
    }

    /// Takes the pages of a format that nobody uses away.
    fn release(&mut self, newest: &Published<Page>, compressor: &mut Compressor) {
        if self.published != 0 {
            self.restart(newest);
            compressor.release();
        }
    }

    /// Forgets all pages; scrapes wait for the next.
    fn restart(&mut self, newest: &Published<Page>) {
        self.published = 0;
        self.recycler.restart(newest, Page::absent(self.format));
        self.encoder = Encoder::new(self.format);
    }
}

impl Drop for Publisher {
    /// Whatever ends it, and the thread it may run in, nobody waits for it any longer.
    fn drop(&mut self) {
        self.pages.stop();
    }
}
