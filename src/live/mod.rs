//! The live page: what an operator sees of a Gateway now and in the last day, and what is wrong.
//!
//! Once a second the render thread shows a reading to [`Live`], which keeps a [`picture`] of it, with the history of the last 15
//! minutes by second and of the last day by minute, and has the [`verdict`] brought up to date. Nothing is recorded for it. What
//! browsers and the `status` command read are documents, written by the thread that makes views, once for all who ask for the
//! same. The page itself is one file, compiled in.
//!
//! Everything is of fixed size: the columns of history, the rows of tables, the label values that have places of their own.

mod document;
mod followed;
mod growth;
mod history;
mod labels;
mod parts;
mod picture;
mod verdict;
mod words;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::publish::{Asked, Documents, Follow, Pages};
use crate::read::Reading;
use crate::serve::{LivePage, Remarks};
use crate::sync::OutOfMemory;
use document::Around;
use parts::{Figure, Tally};
use picture::Picture;
use verdict::Verdict;

/// Between two looks.
const STEP: Duration = Duration::from_secs(1);

/// What the live page shows, shared by the thread that brings it up to date and the one that writes documents. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Live(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
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

struct State {
    picture: Picture,
    verdict: Verdict,
    /// The second of the first look, since 1970: seconds are numbered from it, so that no exporter that runs after this one
    /// gives a number again. And when that look was, by the publisher's clock.
    first: Option<(u64, Duration)>,
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
    /// Of what is published in `pages`, with what health says beside it.
    pub(crate) fn new(about: About, remarks: Remarks, pages: &Arc<Pages>) -> Self {
        let state = State { picture: Picture::new(followed::followed), verdict: Verdict::default(), first: None };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            looked_at: AtomicU64::new(0),
            about,
            remarks,
            pages: Arc::downgrade(pages),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic left half done is done anew a second later.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is told beside the picture.
    fn around(&self, picture: &Picture) -> Around {
        let Shared { about, remarks, pages, .. } = &*self.0;
        let mut around = Around { warnings: remarks.warnings(), ..Around::default() };
        (around.name, around.version, around.instance) = (about.name, about.version, about.instance.clone());
        for collector in pages.upgrade().iter().flat_map(|pages| pages.collectors().all()) {
            if let Some(error) = collector.last().error {
                around.warnings.push(format!("collector {}: {error}", collector.name()));
                around.errors.push((collector.name().to_owned(), error));
            }
        }
        if !about.has_events {
            let why = "Only the plugin hears of it: this exporter asks the Gateway, and no event comes to it.";
            around.untold.extend(EVENT_BLOCKS.map(|block| (block, why)));
        }
        if picture.figure(Figure::Answers).is_none() {
            let why = "The Gateway is not asked over RPC.";
            around.untold.extend(RPC_BLOCKS.map(|block| (block, why)));
        } else if about.has_events && picture.since(Tally::Events).is_none() {
            around.untold.push(("answering", "No event has come yet."));
        }
        around
    }
}

/// What only events tell, and what only answers do.
const EVENT_BLOCKS: [&str; 6] = ["answering", "cost", "failures", "speed", "waiting", "runs"];
const RPC_BLOCKS: [&str; 3] = ["channels", "cron", "quota"];

impl Follow for Live {
    fn next_turn(&self) -> Duration {
        let state = self.lock();
        state.first.map_or(Duration::ZERO, |(_, began)| began + STEP * (state.picture.step as u32 + 1))
    }

    fn follow(&mut self, reading: &Reading<'_>, now: Duration, unix: Duration) -> Result<(), OutOfMemory> {
        let mut state = self.lock();
        let state = &mut *state;
        let (_, began) = *state.first.get_or_insert((unix.as_secs(), now));
        // To the nearest: a render that comes a moment early is that of its second.
        let step = (now.saturating_sub(began) + STEP / 2).as_secs();
        let outcome = state.picture.look(reading, step, unix.as_secs_f64());
        state.verdict.judge(&state.picture);
        self.0.looked_at.store(now.as_nanos() as u64, Ordering::Relaxed);
        outcome
    }
}

impl Documents for Live {
    fn changed_at(&self) -> Duration {
        Duration::from_nanos(self.0.looked_at.load(Ordering::Relaxed))
    }

    fn needs_reading(&self, asked: &Asked) -> bool {
        asked.document == "families"
    }

    fn write(&self, asked: &Asked, reading: Option<&Reading<'_>>) -> Result<Vec<Vec<u8>>, OutOfMemory> {
        // A look waits meanwhile: a moment for what is new, a few milliseconds for everything.
        let state = self.lock();
        let State { picture, verdict, .. } = &*state;
        let first = state.first.map_or(0, |(first, _)| first);
        match (reading, &asked.part) {
            (Some(reading), part) => document::families(picture, reading, picture.unix, part.as_deref()),
            (None, since) => {
                let since = since.as_ref().and_then(|since| since.parse().ok());
                document::data(picture, verdict, &self.around(picture), first, since)
            }
        }
    }
}
