//! The demo: a Gateway that lives through the same minute and a half again and again, and grows older.
//!
//! A round is `data/demo.jsonl`, which `data/make_demo.py` makes of a recording and describes: events, reports of the plugin,
//! and what the Gateway is answered. Runs, calls and sessions have names of their own in each round, totals and uptimes
//! go on, and times are those of now: nothing tells the rounds apart but their number. Events, reports and answers are handed
//! to the exporter as those of a real Gateway are. What may go wrong in it: see [`fault`](super::fault).

mod fill;
mod playing;
mod script;
mod trouble;

use std::sync::Arc;

use openclaw_prometheus::collector::build_info;
use openclaw_prometheus::exporter::VERSION;
use openclaw_prometheus::serve::{About, Site};
use openclaw_prometheus::{RegisterError, Registry};

use super::pace::Time;
pub(super) use playing::{Beginning, Playing};
use script::Script;

/// What the program says of itself.
pub(super) const SAYS: &str = "a demo: what is shown is a built-in recording in a loop, not a Gateway of yours";

/// What is played, by however many.
#[derive(Debug, Clone)]
pub(super) struct Demo(Arc<Script>);

impl Demo {
    pub(super) fn new() -> Self {
        Self(Arc::new(Script::new()))
    }

    /// Has one more Gateway begin to play it.
    pub(super) fn begin(&self, beginning: Beginning<'_>, time: &impl Time) -> Playing {
        Playing::begin(&self.0, beginning, time)
    }
}

/// Has metrics and root page say that it is a demo.
pub(super) fn declare(registry: &Registry, site: Site) -> Result<Site, RegisterError> {
    let help = "That what is shown is a built-in recording in a loop, and no Gateway; only there with --demo.";
    build_info(registry, "openclaw_demo", help, [])?;
    site.remarks().tell("demo", SAYS);
    let description = "A demo: all metrics are of a built-in recording in a loop, not of a Gateway of yours.";
    Ok(site.about(About::new("openclaw-prometheus", VERSION, description)))
}

#[cfg(test)]
mod history;
#[cfg(test)]
mod played;
#[cfg(test)]
mod tests;
