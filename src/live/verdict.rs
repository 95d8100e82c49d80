//! What stands wrong, and since when: for the page, for `status` and for whoever reads the data.
//!
//! It is asked once a second, whether anybody watches or not, so that "since" is known when somebody does. What is wrong at that
//! moment [`findings`](super::findings) say.

use super::findings::{Finding, Level, findings};
use super::picture::Picture;
use crate::sync::try_push;

/// A finding, and when it was first seen, since 1970.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) finding: Finding,
    pub(super) since: f64,
}

impl Standing {
    /// Whether a finding is of the same thing, whatever it says by now.
    fn is_of(&self, finding: &Finding) -> bool {
        self.finding.kind == finding.kind && self.finding.subject == finding.subject
    }
}

/// What was wrong and is no more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    pub(super) says: String,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// What is wrong now, the worst first.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) standing: Vec<Standing>,
    pub(super) last: Option<Past>,
    unsure: Option<Unsure>,
    /// When it was judged last, since 1970.
    judged_at: f64,
}

/// What stood when looking ended and was not seen since it went on, for the Gateway has not been asked everything again.
#[derive(Debug)]
struct Unsure {
    standing: Vec<Standing>,
    /// When it was last seen.
    seen_at: f64,
    /// When it is taken for gone; none before the first look.
    until: Option<f64>,
}

/// The Gateway has been asked everything within so many seconds.
const SETTLED: f64 = 120.0;

impl Verdict {
    /// Looking goes on after it had ended.
    pub(super) fn resume(&mut self) {
        let mut standing = std::mem::take(&mut self.standing);
        for one in self.unsure.take().into_iter().flat_map(|unsure| unsure.standing) {
            let _ = try_push(&mut standing, one);
        }
        self.unsure = Some(Unsure { standing, seen_at: self.judged_at, until: None });
    }

    /// Looks at the picture anew.
    pub(super) fn judge(&mut self, picture: &Picture) {
        let before = std::mem::take(&mut self.standing);
        let unsure = self.unsure.take();
        for finding in findings(picture) {
            let mut known = before.iter().chain(unsure.iter().flat_map(|unsure| &unsure.standing));
            let since = known.find(|standing| standing.is_of(&finding)).map_or(picture.unix, |standing| standing.since);
            // What there is no memory for is found again a second later.
            let _ = try_push(&mut self.standing, Standing { finding, since });
        }
        self.standing.sort_unstable_by(|one, other| {
            let by_name = || one.finding.subject.cmp(&other.finding.subject);
            other.finding.level.cmp(&one.finding.level).then(one.since.total_cmp(&other.since)).then_with(by_name)
        });
        self.note_gone(before, picture.unix);
        self.judged_at = picture.unix;
        if let Some(mut unsure) = unsure {
            unsure.standing.retain(|one| !self.standing.iter().any(|standing| standing.is_of(&one.finding)));
            if picture.unix < *unsure.until.get_or_insert(picture.unix + SETTLED) {
                self.unsure = Some(unsure);
            } else {
                self.note_gone(unsure.standing, unsure.seen_at);
            }
        }
    }

    /// Of what stood and does not stand now, the last that was wrong was seen until `to`.
    fn note_gone(&mut self, before: Vec<Standing>, to: f64) {
        let Self { standing, last, .. } = self;
        let is_gone = |one: &Standing| !standing.iter().any(|standing| standing.is_of(&one.finding));
        let mut wrong = before.into_iter().filter(|one| one.finding.level == Level::Wrong && is_gone(one));
        if let Some(one) = wrong.next_back().filter(|_| last.as_ref().is_none_or(|last| last.to <= to)) {
            *last = Some(Past { says: one.finding.says, from: one.since, to });
        }
    }

    pub(super) fn level(&self) -> Level {
        self.standing.iter().map(|standing| standing.finding.level).max().unwrap_or(Level::Well)
    }

    /// What stands on top.
    pub(super) fn sentence(&self) -> &str {
        self.standing.first().map_or("All is well", |standing| &standing.finding.says)
    }
}
