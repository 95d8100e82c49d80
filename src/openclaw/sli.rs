//! Service levels: success ratios and quantiles of the last minutes, and the counters that they come from.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::catalogue::sets::{PERCENTILE, SLI};
use super::catalogue::sli::Families;
use super::label::Label;
use crate::window::{Stats, Target, Windows};
use crate::{RegisterError, Registry};

/// Bytes that the windows may take.
const BYTES: usize = 8 << 20;
/// The quantiles of [`PERCENTILE`].
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];
/// The family that an error names.
const MAIN: &str = "openclaw_sli_duration_seconds";
/// What stands for targets that have no window of their own.
const OTHER: &str = "other";

/// What has a service level. In the order of [`SLI`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Run,
    ModelCall,
    FirstByte,
    Tool,
    Message,
    QueueWait,
    HttpRequest,
    Scrape,
}

impl Level {
    const ALL: [Self; SLI.len()] = [
        Self::Run,
        Self::ModelCall,
        Self::FirstByte,
        Self::Tool,
        Self::Message,
        Self::QueueWait,
        Self::HttpRequest,
        Self::Scrape,
    ];

    fn name(self) -> &'static str {
        SLI.get(self as usize).copied().unwrap_or(OTHER)
    }

    /// Whether the Gateway's events tell of it, not this exporter.
    fn is_of_events(self) -> bool {
        !matches!(self, Self::HttpRequest | Self::Scrape)
    }

    /// Whether there is a way for it to fail.
    fn has_ratio(self) -> bool {
        !matches!(self, Self::FirstByte | Self::QueueWait)
    }
}

/// The service levels of a Gateway: how well runs, model calls, tools, messages and scrapes went within the last
/// `workloadWindowMs`. Cheap to clone.
///
/// Recorded with the events and answers that they are of, for about twenty instructions more; [`refresh`](Self::refresh)
/// brings the families up to date.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::openclaw::{ModelCall, OpenClaw};
/// use openclaw_prometheus::{Registry, testing};
///
/// let registry = Registry::builder().build()?;
/// let openclaw = OpenClaw::new(&registry)?;
/// let levels = openclaw.service_levels();
/// levels.set_window(Duration::from_secs(300));
/// levels.refresh(Duration::from_secs(1));
/// openclaw.model_call_completed(&ModelCall { duration_ms: 1870.0.into(), ..ModelCall::default() });
/// openclaw.model_call_error(&ModelCall { duration_ms: 60_000.0.into(), ..ModelCall::default() });
/// levels.refresh(Duration::from_secs(2));
/// let of_model_calls = [("sli", "model_call")];
/// assert_eq!(testing::value(&registry, "openclaw_sli_success_ratio", &of_model_calls), Some(0.5));
/// levels.refresh(Duration::from_secs(400));
/// assert_eq!(testing::value(&registry, "openclaw_sli_success_ratio", &of_model_calls), None);
/// assert_eq!(testing::value(&registry, "openclaw_sli_events_total", &of_model_calls), Some(2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ServiceLevels(Arc<Shared>);

struct Shared {
    registry: Registry,
    windows: Windows,
    families: Families,
    /// Whether there are events; without them only this exporter's own levels are shown.
    has_events: bool,
    shown: Mutex<Option<ShownTargets>>,
}

/// The figures of targets that are shown. Each scrape changes those of the level of scrapes, and none of these.
#[derive(PartialEq)]
struct ShownTargets {
    figures: Vec<(Level, Target, Stats)>,
    /// How often their first family was replaced: nobody has taken it away since.
    version: u64,
}

impl fmt::Debug for ServiceLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceLevels").field(&self.0.windows).finish()
    }
}

impl ServiceLevels {
    /// Registers the families of an exporter that no event comes to: its own requests and scrapes alone have levels.
    ///
    /// # Errors
    /// A family is registered already, or there is no room or no memory for it.
    pub fn without_events(registry: &Registry) -> Result<Self, RegisterError> {
        Self::register(registry, false)
    }

    pub(super) fn with_events(registry: &Registry) -> Result<Self, RegisterError> {
        Self::register(registry, true)
    }

    fn register(registry: &Registry, has_events: bool) -> Result<Self, RegisterError> {
        let families = Families::register(registry)?;
        let is_split = Level::ALL.map(|level| has_events && level.is_of_events());
        let windows = Windows::new(&is_split, BYTES, QUANTILES)
            .map_err(|error| RegisterError::Memory { family: MAIN.into(), bytes: error.bytes as u64 })?;
        Ok(Self(Arc::new(Shared {
            registry: registry.clone(),
            windows,
            families,
            has_events,
            shown: Mutex::default(),
        })))
    }

    /// How long the window is from now on; shorter by an eighth at times, as it moves by eighths. Of another length it begins
    /// empty. Before the first call nothing is shown but totals.
    pub fn set_window(&self, length: Duration) {
        self.0.windows.set_length(length);
        self.0.families.window.replace([([], length.as_secs_f64())]);
    }

    /// Brings the families up to date: with what was recorded until `now`, by a clock that never goes back, and without
    /// what is older than the window. For a collector, each second or so; half a millisecond where everything changed, and a
    /// few microseconds where nothing did.
    pub fn refresh(&self, now: Duration) {
        self.0.windows.turn(now);
        if self.0.windows.take_changed() {
            self.show();
        }
    }

    /// When [`refresh`](Self::refresh) has to be called next, at the latest, so that nothing counts as newer than it is.
    pub fn next_refresh(&self) -> Option<Duration> {
        self.0.windows.next_turn()
    }

    /// Bytes that the windows take, and what they may come to.
    pub fn memory(&self) -> [usize; 2] {
        self.0.windows.memory()
    }

    /// Counts a request to the exporter that was answered with this status within this time, and that it was a scrape.
    pub fn count_request(&self, is_scrape: bool, status: u16, time: Duration) {
        for level in [Some(Level::HttpRequest), is_scrape.then_some(Level::Scrape)].into_iter().flatten() {
            self.0.windows.add(level as usize, None, status < 500, Some(time.as_secs_f64()));
        }
    }

    /// Counts something that has ended.
    #[inline]
    pub(super) fn count(&self, level: Level, target: Label<'_>, is_good: bool, seconds: Option<f64>) {
        self.0.windows.add(level as usize, target.id_in(&self.0.registry), is_good, seconds);
    }

    fn show(&self) {
        let Shared { windows, families, has_events, .. } = &*self.0;
        let mut all = Vec::new();
        let mut targets = Vec::new();
        for (level, target, stats) in windows.stats() {
            let Some(level) = Level::ALL.get(level).copied().filter(|level| *has_events || !level.is_of_events())
            else {
                continue;
            };
            match target {
                Target::All => all.push((level, stats)),
                target => targets.push((level, target, stats)),
            }
        }
        let with_ratio = || all.iter().filter(|(level, _)| level.has_ratio());
        families.events.replace(all.iter().map(|(level, stats)| ([level.name()], stats.total.all as f64)));
        families.good.replace(with_ratio().map(|(level, stats)| ([level.name()], stats.total.good as f64)));
        families.ratio.replace(with_ratio().filter_map(|(level, stats)| Some(([level.name()], ratio(stats)?))));
        families.duration.replace(all.iter().flat_map(|(level, stats)| {
            durations(stats).map(|(percentile, seconds)| ([level.name(), percentile], seconds))
        }));
        self.show_targets(targets);
        let [used, limit] = windows.memory();
        families.bytes.replace([([], used as f64)]);
        families.limit.replace([([], limit as f64)]);
    }

    /// Shows the figures of targets, unless they are shown already.
    fn show_targets(&self, figures: Vec<(Level, Target, Stats)>) {
        let Shared { registry, families, shown, .. } = &*self.0;
        let version = || families.target_events.rows().version();
        // A panic leaves what was there before, which is not what is shown: then the version is another one.
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let new = ShownTargets { figures, version: version() };
        if shown.as_ref() == Some(&new) {
            return;
        }
        let figures = new.figures;
        let name = |target: &Target| match target {
            Target::One(id) => registry.text(*id).unwrap_or(OTHER),
            Target::All | Target::Others => OTHER,
        };
        let all = || figures.iter().map(|(level, target, stats)| (*level, name(target), stats));
        let with_ratio = || all().filter(|(level, ..)| level.has_ratio());
        let rejected = [
            families
                .target_events
                .replace(all().map(|(level, target, stats)| ([level.name(), target], stats.total.all as f64))),
            families
                .target_good
                .replace(with_ratio().map(|(level, target, stats)| ([level.name(), target], stats.total.good as f64))),
            families.target_ratio.replace(
                with_ratio().filter_map(|(level, target, stats)| Some(([level.name(), target], ratio(stats)?))),
            ),
            families.target_duration.replace(all().flat_map(|(level, target, stats)| {
                durations(stats).map(move |(percentile, seconds)| ([level.name(), target, percentile], seconds))
            })),
        ];
        // What was rejected is not shown, and is tried again.
        *shown = (rejected == [0; 4]).then(|| ShownTargets { version: version(), figures });
    }
}

/// The share of those of the window that went well; none of none.
fn ratio(stats: &Stats) -> Option<f64> {
    (stats.window.all > 0).then(|| stats.window.good as f64 / stats.window.all as f64)
}

fn durations(stats: &Stats) -> impl Iterator<Item = (&'static str, f64)> {
    let values = stats.quantiles.map(|seconds| PERCENTILE.iter().copied().zip(seconds));
    values.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openclaw::{ModelCall, OpenClaw};
    use crate::testing;

    #[test]
    fn targets_are_shown_anew_when_theirs_change_or_were_taken_away_and_not_with_each_scrape() {
        let registry = Registry::builder().build().unwrap();
        let openclaw = OpenClaw::new(&registry).unwrap();
        let levels = openclaw.service_levels();
        levels.set_window(Duration::from_secs(300));
        let family = &levels.0.families.target_events;
        let of_unknown = [("sli", "model_call"), ("target", "unknown")];
        let mut seconds = 0;
        let mut scrape = || {
            levels.count_request(true, 200, Duration::from_millis(1));
            seconds += 1;
            levels.refresh(Duration::from_secs(seconds));
            (testing::value(&registry, "openclaw_sli_target_events_total", &of_unknown), family.rows().version())
        };
        let (none, _) = scrape();
        openclaw.model_call_completed(&ModelCall::default());
        let (first, version) = scrape();
        assert_eq!((none, first), (None, Some(1.0)));
        assert_eq!(scrape(), (first, version), "nothing of a target has changed");
        openclaw.model_call_completed(&ModelCall::default());
        assert_eq!(scrape(), (Some(2.0), version + 1));
        // As when the call of a collector is given up.
        family.replace([]);
        assert_eq!(scrape().0, Some(2.0));
        assert_eq!(testing::value(&registry, "openclaw_sli_events_total", &[("sli", "scrape")]), Some(5.0));
    }
}
