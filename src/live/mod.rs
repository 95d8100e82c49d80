//! The live page: what an operator sees of a Gateway now and in the last day, and what is wrong.
//!
//! Once a second the render thread shows a reading to [`Live`], which keeps a [`picture`] of it, with the history of the last 15
//! minutes by second and of the last day by minute, and has the [`verdict`] brought up to date. Nothing is recorded for it. What
//! browsers and the `status` command read are documents, written by the thread that makes views, once for all who ask for the
//! same. The page itself is one file, compiled in.
//!
//! Everything is of fixed size: the columns of history, the rows of tables, the label values that have places of their own. It is
//! [`Kept`] when an exporter ends, for the one that goes on with its registry.

mod day;
mod document;
mod families;
mod findings;
mod followed;
mod growth;
mod history;
mod labels;
mod layout;
mod picture;
mod places;
mod quota;
mod verdict;
mod words;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::publish::{Asked, Documents, Follow, Pages};
use crate::read::Reading;
use crate::serve::{LivePage, Remarks, failure};
use crate::sync::OutOfMemory;
use document::Around;
use layout::{Figure, Tally};
use picture::Picture;
use verdict::Verdict;

pub use words::span;

/// Between two looks.
const STEP: Duration = Duration::from_secs(1);

/// What the live page shows, shared by the thread that brings it up to date and the one that writes documents. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Live(Arc<Shared>);

struct Shared {
    kept: Kept,
    /// When the last look was, in nanoseconds of the publisher's clock. Relaxed: whoever reads a document takes the lock.
    looked_at: AtomicU64,
    about: About,
    remarks: Remarks,
    /// Where it is published: that has this.
    pages: Weak<Pages>,
}

/// What the exporter is.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) instance: Box<str>,
    /// Whether the Gateway's events come to it.
    pub(crate) has_events: bool,
}

/// What is kept of readings: it outlives the exporter that shows it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kept(Arc<Mutex<State>>);

struct State {
    picture: Picture,
    verdict: Verdict,
    /// The second of the first look, since 1970: seconds are numbered from it, so that no exporter that runs after this one
    /// gives a number again.
    first: Option<u64>,
    /// The step of the first look of this exporter, and when that was by its publisher's clock.
    began: Option<(u64, Duration)>,
}

impl State {
    fn new() -> Self {
        Self { picture: Picture::new(followed::followed), verdict: Verdict::default(), first: None, began: None }
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State::new())))
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Kept {
    /// Gives its memory back; what is kept begins anew.
    pub(crate) fn forget(&self) {
        *self.lock() = State::new();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic left half done is done anew a second later.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("about", &self.0.about).finish_non_exhaustive()
    }
}

/// The page, compiled in.
///
/// # Errors
/// [`OutOfMemory`] to compress it.
pub(crate) fn page() -> Result<LivePage, OutOfMemory> {
    LivePage::new(include_str!("../../ui/page.html"), include_str!("../../ui/page.csp").trim_ascii_end())
}

impl Live {
    /// Of what is published in `pages`, with what health says beside it. It goes on from what is kept, in which nobody else may
    /// look any more; the time in between is not known.
    pub(crate) fn new(kept: Kept, about: About, remarks: Remarks, pages: &Arc<Pages>) -> Self {
        let mut state = kept.lock();
        if state.began.take().is_some() {
            state.picture.resume();
            state.verdict.resume();
        }
        drop(state);
        Self(Arc::new(Shared { kept, looked_at: AtomicU64::new(0), about, remarks, pages: Arc::downgrade(pages) }))
    }

    /// What is told beside the picture.
    fn around(&self, picture: &Picture) -> Around {
        let Shared { about, remarks, pages, .. } = &*self.0;
        let mut around = Around { warnings: remarks.warnings(), ..Around::default() };
        (around.name, around.version, around.instance) = (about.name, about.version, about.instance.clone());
        for collector in pages.upgrade().iter().flat_map(|pages| pages.collectors().all()) {
            let last = collector.last();
            around.warnings.extend(failure(&collector, &last));
            around.errors.extend(last.error.map(|error| (collector.name().to_owned(), error)));
        }
        if !about.has_events {
            let why = "Only the plugin hears of it: this exporter asks the Gateway, and no event comes to it.";
            around.untold.extend(EVENT_BLOCKS.map(|block| (block, why)));
        }
        let is_asked = picture.figure(Figure::Answers).is_some();
        for (block, collector, why) in RPC_BLOCKS {
            if !is_asked {
                around.untold.push((block, "The Gateway is not asked over RPC."));
            } else if pages.upgrade().is_some_and(|pages| pages.sections().hidden_names().any(|name| name == collector))
            {
                around.untold.push((block, why));
            }
        }
        if is_asked && about.has_events && picture.since(Tally::Events).is_none() {
            around.untold.push(("answering", "No event has come yet."));
        }
        around
    }
}

/// What only events tell; and what only answers do, with the collector that has them asked for.
const EVENT_BLOCKS: [&str; 6] = ["answering", "cost", "failures", "speed", "waiting", "runs"];
const RPC_BLOCKS: [(&str, &str, &str); 3] = [
    ("channels", "channels", "The collector channels is disabled."),
    ("cron", "cron", "The collector cron is disabled."),
    ("quota", "quotas", "The collector quotas is disabled."),
];

impl Follow for Live {
    fn next_turn(&self) -> Duration {
        let state = self.0.kept.lock();
        state
            .began
            .map_or(Duration::ZERO, |(step, began)| began + STEP * (state.picture.step.saturating_sub(step) as u32 + 1))
    }

    fn follow(&mut self, reading: &Reading<'_>, now: Duration, unix: Duration) -> Result<(), OutOfMemory> {
        let mut state = self.0.kept.lock();
        let state = &mut *state;
        state.first.get_or_insert(unix.as_secs());
        let (step, began) = *state.began.get_or_insert_with(|| (state.picture.step_at(unix.as_secs_f64()), now));
        // To the nearest: a render that comes a moment early is that of its second.
        let step = step + (now.saturating_sub(began) + STEP / 2).as_secs();
        let outcome = state.picture.look(reading, step, unix.as_secs_f64());
        state.verdict.judge(&state.picture);
        self.0.looked_at.store(now.as_nanos() as u64, Ordering::Relaxed);
        outcome
    }
}

impl Documents for Live {
    fn changed_at(&self) -> Duration {
        let looked_at = Duration::from_nanos(self.0.looked_at.load(Ordering::Relaxed));
        // Where pages are young, a document of the last look is soon too old to be sent: then it is written once more.
        let young = |pages: Arc<Pages>| pages.clock().now().saturating_sub(pages.age_limit() / 2);
        self.0.pages.upgrade().map_or(looked_at, |pages| looked_at.max(young(pages)))
    }

    fn needs_reading(&self, asked: &Asked) -> bool {
        asked.document == "families"
    }

    fn write(&self, asked: &Asked, reading: Option<&Reading<'_>>) -> Result<Vec<Vec<u8>>, OutOfMemory> {
        // A look waits meanwhile: a moment for what is new, a few milliseconds for everything.
        let state = self.0.kept.lock();
        let State { picture, verdict, .. } = &*state;
        let first = state.first.unwrap_or(0);
        match (reading, &asked.part) {
            (Some(reading), part) => families::families(picture, reading, picture.unix, part.as_deref()),
            (None, since) => {
                let since = since.as_ref().and_then(|since| since.parse().ok());
                document::data(picture, verdict, &self.around(picture), first, since)
            }
        }
    }
}
