//! What is wrong at this moment: the one place that decides it.
//!
//! Each rule looks at the last few minutes and says what it sees as a sentence; what it cannot know it does not say. Thresholds
//! stand in the rules, and are those of the alerts.

use std::fmt::Write;

use super::history::{max, sum};
use super::layout::{Count, Figure, Gauge, Group, Table, Tally, Word};
use super::picture::{Picture, Range};
use super::places::Row;
use super::quota::{Outlook, outlook};
use super::words::{amount, percent, span};
use crate::sync::try_push;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Well,
    Watch,
    Wrong,
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Watch => "watch",
            Self::Wrong => "wrong",
        }
    }
}

/// Something that is wrong, or may become so.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) kind: &'static str,
    pub(super) level: Level,
    /// What it is about: a provider, a tool, a lane. Empty if there is only one.
    pub(super) subject: String,
    /// A clause without its time.
    pub(super) says: String,
    /// One sentence more; empty for none.
    pub(super) note: String,
    /// Where the page shows it.
    pub(super) block: &'static str,
}

/// The last minutes that rules about shares look at, in seconds.
const RECENT: usize = 300;
/// Fewer failures than this are chance.
const FEW: f64 = 3.0;
/// With fewer messages a channel has no usual gap between them.
const MANY: f64 = 10.0;
const DAY: f64 = 86_400.0;

/// All that is wrong.
pub(super) fn findings(picture: &Picture) -> Vec<Finding> {
    let mut found = Findings { picture, findings: Vec::new() };
    found.all();
    found.findings
}

struct Findings<'p> {
    picture: &'p Picture,
    findings: Vec<Finding>,
}

impl Findings<'_> {
    fn all(&mut self) {
        self.gateway();
        self.event_loop();
        self.memory();
        self.messages();
        self.providers();
        self.tools();
        self.speed();
        self.sessions();
        self.waiting();
        self.cost();
        self.quotas();
        self.auth();
        self.channels();
        self.cron();
        self.exporter();
    }

    fn add(&mut self, kind: &'static str, block: &'static str, level: Level, subject: &str, says: String, note: &str) {
        let finding = Finding { kind, level, subject: subject.into(), says, note: note.into(), block };
        let _ = try_push(&mut self.findings, finding);
    }

    /// What grew in the last few minutes.
    fn recent(&self, group: Group, of: &str) -> f64 {
        let picture = self.picture;
        let column = picture.places.column(group, of);
        column.and_then(|column| sum(picture.places.history.fine(column, RECENT))).unwrap_or(0.0)
    }

    fn gateway(&mut self) {
        let picture = self.picture;
        let answers = picture.figure(Figure::Answers);
        let silent = picture.since(Tally::Events);
        let age = picture.unix - picture.started;
        if answers == Some(0.0) {
            let note = "What is asked over RPC is not brought up to date: channels, cron jobs, quotas, sessions.";
            self.add("gateway-gone", "gateway", Level::Wrong, "", "The Gateway does not answer".into(), note);
        } else if answers.is_none() && silent.is_none() && picture.figure(Figure::Ready) != Some(1.0) {
            let level = if age > 60.0 { Level::Wrong } else { Level::Watch };
            let note = "No event came, and no question was answered.";
            self.add("nothing-heard", "gateway", level, "", "Nothing is heard of the Gateway yet".into(), note);
        }
        if let Some(seconds) = silent.filter(|seconds| *seconds >= 90) {
            let level = if seconds >= 300 { Level::Wrong } else { Level::Watch };
            let says = format!("The Gateway has told nothing for {}", span(seconds as f64));
            self.add("silent", "gateway", level, "", says, "A Gateway that lives tells of its memory each 30 s.");
        }
    }

    fn event_loop(&mut self) {
        let picture = self.picture;
        let is_used_to = picture.tally(Tally::LoopSamples, 3) >= 20.0;
        if let Some(seconds) = picture.since(Tally::LoopSamples).filter(|seconds| *seconds >= 4 && is_used_to) {
            let says = format!("The event loop stands still, for {} now", span(seconds as f64));
            let note = "Nothing runs in the Gateway until it goes on; its figures are those of before.";
            self.add("loop-still", "gateway", Level::Wrong, "", says, note);
        }
        let longest = picture.places.column(Group::LoopSeconds, "max");
        let longest = longest.and_then(|column| max(picture.places.history.fine(column, RECENT)));
        if let Some(seconds) = longest.filter(|seconds| *seconds >= 1.0) {
            let level = if seconds >= 5.0 { Level::Wrong } else { Level::Watch };
            let says = format!("The event loop stood still for {}", span(seconds));
            self.add("loop-blocked", "gateway", level, "", says, "While it stands still nobody is answered.");
        }
    }

    fn memory(&mut self) {
        let picture = self.picture;
        let (critical, warnings) =
            (picture.tally(Tally::PressureCritical, 15), picture.tally(Tally::PressureWarning, 15));
        if critical + warnings == 0.0 {
            return;
        }
        let level = if critical > 0.0 { Level::Wrong } else { Level::Watch };
        let rss = picture.places.column(Group::MemoryBytes, "rss");
        let rss = rss.and_then(|column| picture.places.history.fine(column, RECENT).rfind(|value| !value.is_nan()));
        let mut says = String::from("Memory runs short");
        if let Some(rss) = rss {
            let _ = write!(says, ": {:.0}\u{202f}MiB", f64::from(rss) / f64::from(1 << 20));
        }
        self.add("memory", "gateway", level, "", says, "The Gateway warns of it itself.");
    }

    fn messages(&mut self) {
        let (failed, answered) = (self.recent(Group::Messages, "failed"), self.recent(Group::Messages, "answered"));
        if failed >= FEW && failed >= 0.1 * (failed + answered) {
            let says = format!("Messages are not answered: {} of {} failed", amount(failed), amount(failed + answered));
            self.add(
                "messages-failing",
                "answering",
                Level::Wrong,
                "",
                says,
                "See which channel, and whether model calls fail too.",
            );
        }
        let (failed, sent) = (self.recent(Group::Deliveries, "failed"), self.recent(Group::Deliveries, "sent"));
        if failed >= FEW && failed >= 0.1 * (failed + sent) {
            let says =
                format!("Answers do not arrive: {} of {} deliveries failed", amount(failed), amount(failed + sent));
            self.add("deliveries-failing", "channels", Level::Wrong, "", says, "See which channel.");
        }
    }

    fn providers(&mut self) {
        let providers: Vec<_> =
            self.picture.places.group(Group::Calls).map(|(_, provider)| provider.to_owned()).collect();
        for provider in providers {
            let calls = self.recent(Group::Calls, &provider);
            let failed = self.recent(Group::FailedCalls, &provider);
            let share = failed / calls.max(1.0);
            if failed < FEW || share < 0.05 {
                continue;
            }
            let level = if share >= 0.2 { Level::Wrong } else { Level::Watch };
            let says = format!("{provider} fails: {} of calls", percent(share));
            let note = format!("{} of {} calls in 5 min.", amount(failed), amount(calls));
            self.add("provider-failing", "failures", level, &provider, says, &note);
        }
    }

    fn tools(&mut self) {
        let picture = self.picture;
        for row in picture.rows(Table::Tools) {
            let count = |count| picture.count_since(Table::Tools, row, count, RECENT as u64).unwrap_or(0.0);
            let (ended, failed, loops) = (count(Count::Ended), count(Count::Failed), count(Count::Loops));
            let share = failed / ended.max(1.0);
            if failed >= FEW && share >= 0.3 {
                let level = if share >= 0.6 { Level::Wrong } else { Level::Watch };
                let says = format!("The tool {} fails: {} of runs", row.name(), percent(share));
                let note = format!("{} of {} runs in 5 min.", amount(failed), amount(ended));
                self.add("tool-failing", "failures", level, row.name(), says, &note);
            }
            if loops > 0.0 {
                let says = format!("An agent calls {} over and over", row.name());
                self.add(
                    "tool-loop",
                    "waiting",
                    Level::Watch,
                    row.name(),
                    says,
                    "The Gateway found a loop of tool calls.",
                );
            }
        }
    }

    fn speed(&mut self) {
        let picture = self.picture;
        if let (Some(p95), Some(usual)) = (picture.figure(Figure::RunP95), usual(picture)) {
            let times = p95 / usual;
            if times >= 2.0 && p95 >= 2.0 {
                let level = if times >= 4.0 { Level::Wrong } else { Level::Watch };
                let says = format!("Runs are slow: p95 {}, {times:.1} times the usual", span(p95));
                self.add("slow", "speed", level, "", says, "See which provider, and whether its first byte is late.");
            }
        }
        for row in picture.rows(Table::Providers) {
            if let Some(seconds) = row.gauge(Gauge::FirstByteP95).filter(|seconds| *seconds >= 20.0) {
                let level = if seconds >= 60.0 { Level::Wrong } else { Level::Watch };
                let says = format!("{} is slow: p95 to the first byte {}", row.name(), span(seconds));
                let note =
                    "Runs with its models wait as long. See whether it says so itself, or let another one answer.";
                self.add("provider-slow", "speed", level, row.name(), says, note);
            }
        }
    }

    fn sessions(&mut self) {
        for (of, kind, level) in
            [("stuck", "session-stuck", Level::Wrong), ("stalled", "session-stalled", Level::Wrong)]
        {
            let found = self.recent(Group::Trouble, of);
            if found > 0.0 {
                let says = format!("A session is {of}");
                let note = format!("Found {} in 5 min; it is counted each time the Gateway looks.", times(found));
                self.add(kind, "waiting", level, "", says, &note);
            }
        }
    }

    fn waiting(&mut self) {
        let picture = self.picture;
        for row in picture.rows(Table::Lanes) {
            if let Some(seconds) = row.gauge(Gauge::Oldest).filter(|seconds| *seconds >= 60.0) {
                let level = if seconds >= 300.0 { Level::Wrong } else { Level::Watch };
                let says = format!("The queue {} waits: {} by now", row.name(), span(seconds));
                self.add(
                    "queue-stuck",
                    "waiting",
                    level,
                    row.name(),
                    says,
                    "Nothing is taken out of it, or too little at once.",
                );
            }
        }
        for (figure, what, limit) in [
            (Figure::OldestRun, "A run", 1800.0),
            (Figure::OldestCall, "A model call", 600.0),
            (Figure::OldestTool, "A tool", 1800.0),
        ] {
            if let Some(seconds) = picture.figure(figure).filter(|seconds| *seconds >= limit) {
                let says = format!("{what} has not ended for {}", span(seconds));
                self.add(
                    "long-in-flight",
                    "waiting",
                    Level::Watch,
                    what,
                    says,
                    "The Gateway's log says what it last did.",
                );
            }
        }
    }

    fn cost(&mut self) {
        let picture = self.picture;
        if let (Some(today), Some(budget)) = (today(picture), picture.figure(Figure::Budget).filter(|usd| *usd > 0.0)) {
            let share = today / budget;
            if share >= 0.8 {
                let level = if share >= 1.0 { Level::Wrong } else { Level::Watch };
                let says = format!("Today's budget is used: ${today:.2} of ${budget:.2}");
                self.add(
                    "over-budget",
                    "cost",
                    level,
                    "",
                    says,
                    "See which model and agent. Nothing is stopped by it.",
                );
            }
        }
        // By blocks of five minutes, of the last two hours; what is spent in bursts has no usual.
        let cost: Vec<_> = picture.places.group(Group::Cost).map(|(column, _)| column).collect();
        let minutes = |minute: usize| {
            let of_columns =
                cost.iter().filter_map(|column| picture.places.history.coarse(*column, 121).rev().nth(minute));
            sum(of_columns)
        };
        let blocks: Vec<f64> = (0..24)
            .map_while(|block| sum((0..5).filter_map(|at| minutes(block * 5 + at).map(|usd| usd as f32))))
            .collect();
        let Some((now, before)) = blocks.split_first().filter(|(_, before)| before.len() >= 2) else { return };
        let largest = before.iter().copied().fold(0.0, f64::max);
        if *now >= 0.10 && *now >= 3.0 * largest {
            let says = format!("Cost jumps: ${now:.2} in 5 min, at most ${largest:.2} before");
            self.add("cost-jump", "cost", Level::Watch, "", says, "See which model and agent.");
        }
    }

    fn quotas(&mut self) {
        for row in self.picture.rows(Table::Quotas) {
            let Some(left) = row.gauge(Gauge::Left) else { continue };
            let until = |at: f64| at - self.picture.unix;
            let outlook = outlook(self.picture, row);
            let [provider, window] = &row.key;
            let early = outlook.filter(|outlook| !outlook.lasts()).and_then(|outlook| outlook.empty);
            let (level, says) = if left <= 0.1 {
                let level = if left <= 0.02 { Level::Wrong } else { Level::Watch };
                (level, format!("{provider} has {} of its quota left ({window})", percent(left)))
            } else if let (Some(empty), Some(Outlook { resets, .. })) = (early, outlook)
                // A forecast that is missed by less is none.
                && until(empty) <= 0.9 * until(resets)
            {
                let says = format!("{provider} uses up its quota {} before its reset ({window})", span(resets - empty));
                (Level::Watch, says)
            } else {
                continue;
            };
            let mut note = String::new();
            if let Some(left) = row.gauge(Gauge::Resets).map(until).filter(|left| *left > 0.0) {
                let _ = write!(note, "It is reset in {}.", span(left));
            }
            match (early, outlook) {
                (Some(empty), _) => _ = write!(note, " At the present rate it is used up in {}.", span(until(empty))),
                (None, Some(_)) => note += " At the present rate it lasts until then.",
                (None, None) => {}
            }
            self.add("quota", "quota", level, &format!("{provider} {window}"), says, note.trim_start());
        }
    }

    fn auth(&mut self) {
        let picture = self.picture;
        for row in picture.rows(Table::Auth) {
            let provider = row.name();
            let is_used = picture.rows(Table::Providers).iter().any(|row| row.name() == provider);
            let left = row.gauge(Gauge::Expires).map(|at| at - picture.unix);
            match row.word(Word::Status) {
                Some("expired") => {
                    let says = format!("The key of {provider} has expired");
                    self.add("auth", "failures", Level::Wrong, provider, says, "Log in again, or put a new one there.");
                }
                Some("expiring") => {
                    let mut says = format!("The key of {provider} expires");
                    if let Some(left) = left.filter(|left| *left > 0.0) {
                        let _ = write!(says, " in {}", span(left));
                    }
                    self.add(
                        "auth",
                        "failures",
                        Level::Watch,
                        provider,
                        says,
                        "Log in again before, or put a new one there.",
                    );
                }
                Some("missing") if is_used => {
                    let says = format!("There is no key for {provider}");
                    self.add("auth", "failures", Level::Wrong, provider, says, "It was called, and is again.");
                }
                _ => {}
            }
        }
    }

    fn channels(&mut self) {
        let picture = self.picture;
        for row in picture.rows(Table::Channels) {
            let [channel, account] = &row.key;
            let name = if account.is_empty() { channel.to_string() } else { format!("{channel} ({account})") };
            let is_off = row.gauge(Gauge::Enabled) == Some(0.0);
            if is_off {
                continue;
            }
            let bad = match row.word(Word::Health) {
                Some("not-running") => Some("does not run"),
                Some("disconnected" | "terminal-disconnect" | "stale-socket") => Some("is not connected"),
                Some("ingress-unavailable" | "blocked" | "stuck") => Some("takes no messages"),
                _ => None,
            };
            let unlinked = (account.is_empty() && row.gauge(Gauge::Linked) == Some(0.0)).then_some("is not linked");
            if let Some(bad) = bad {
                let note = "Nothing comes in or goes out there.";
                self.add("channel-down", "channels", Level::Wrong, &name, format!("{name} {bad}"), note);
            } else if let Some(bad) = unlinked {
                let note = "Link it again, or take it out of the configuration.";
                self.add("channel-unlinked", "channels", Level::Watch, &name, format!("{name} {bad}"), note);
            } else if let Some(last) = row.gauge(Gauge::LastIn) {
                let silent = picture.unix - last;
                let is_lively = self.recent(Group::Messages, "answered") >= FEW;
                if usual_gap(picture, row, silent).is_some_and(|gap| silent >= silence(gap, is_lively)) {
                    let says = format!("{name} is silent: no message for {}", span(silent));
                    let note = "It had many before; see whether it is still connected.";
                    self.add("channel-silent", "channels", Level::Watch, &name, says, note);
                }
            }
        }
    }

    fn cron(&mut self) {
        for row in self.picture.rows(Table::Cron) {
            let job = row.name();
            let why = row.word(Word::Why).map_or(String::new(), |why| format!("The last time: {why}."));
            if row.word(Word::Stopped).is_some() {
                let says = format!("The job {job} was switched off for its failures");
                self.add("cron", "cron", Level::Wrong, job, says, &why);
            } else if let Some(failures) = row.gauge(Gauge::Failures).filter(|failures| *failures >= 1.0) {
                let level = if failures >= 3.0 { Level::Wrong } else { Level::Watch };
                let says = format!("The job {job} failed {} in a row", times(failures));
                self.add("cron", "cron", level, job, says, &why);
            } else if let Some(late) = row.gauge(Gauge::Overdue).filter(|late| *late >= 600.0) {
                let says = format!("The job {job} is late: {} over its time", span(late));
                self.add(
                    "cron",
                    "cron",
                    Level::Watch,
                    job,
                    says,
                    "See whether the scheduler runs, and what runs in its lane.",
                );
            }
        }
    }

    fn exporter(&mut self) {
        let picture = self.picture;
        if picture.figure(Figure::Listening) == Some(0.0) {
            let note = "Another process has it; Prometheus reads that one. It is taken back when it is free.";
            self.add("port-lost", "exporter", Level::Wrong, "", "The exporter's own port is lost".into(), note);
        }
        for row in picture.rows(Table::Collectors) {
            if row.gauge(Gauge::Hanging) == Some(1.0) {
                let says = format!("The collector {} hangs", row.name());
                self.add("collector", "exporter", Level::Watch, row.name(), says, "Its figures were taken away.");
            }
        }
        let refused = picture.tally(Tally::Refused, 15);
        if refused > 0.0 {
            let says = format!("The exporter refuses series: {} observations in 15 min", amount(refused));
            let note = "A family is full; below is the one that grows.";
            self.add("refused", "exporter", Level::Watch, "", says, note);
        }
        for (family, now, then) in picture.growth.grown() {
            if now >= 100 + then && now >= 2 * then {
                let says = format!("{family} leaks a label: {} new series within an hour", now - then);
                self.add(
                    "label-leak",
                    "families",
                    Level::Watch,
                    family,
                    says,
                    "See which label takes ever new values.",
                );
            }
        }
        if let (Some(used), Some(limit)) = (picture.figure(Figure::Series), picture.figure(Figure::SeriesLimit))
            && used >= 0.9 * limit
        {
            let says = format!("The exporter is nearly full: {} of {} series", amount(used), amount(limit));
            self.add("nearly-full", "exporter", Level::Watch, "", says, "Raise maxSeries, or see who leaks labels.");
        }
    }
}

/// What today has cost: as the Gateway's own store has it, or since the first look.
pub(super) fn today(picture: &Picture) -> Option<f64> {
    picture.figure(Figure::Today).or_else(|| {
        let columns = picture
            .places
            .group(Group::Cost)
            .filter_map(|(column, _)| sum(picture.places.history.coarse(column, usize::MAX)));
        columns.reduce(|sum, usd| sum + usd)
    })
}

/// What p95 of runs is otherwise: the median of the last day but for the last ten minutes; none before there were ten.
pub(super) fn usual(picture: &Picture) -> Option<f64> {
    let column = picture.places.column(Group::RunSeconds, "p95")?;
    let mut before = Vec::new();
    for value in picture.places.history.coarse(column, usize::MAX).rev().skip(10).filter(|value| !value.is_nan()) {
        try_push(&mut before, value).ok()?;
    }
    before.sort_unstable_by(f32::total_cmp);
    before.get(before.len() / 2).filter(|_| before.len() >= 10).map(|median| f64::from(*median))
}

/// The time between two messages of a channel, to it or from it, before it fell silent, within a day; none if they were too
/// few to tell.
fn usual_gap(picture: &Picture, row: &Row, silent: f64) -> Option<f64> {
    let of_channel = |other: &&Row| other.key[0] == row.key[0] && other.key[1].is_empty();
    let counted = picture.rows(Table::Channels).iter().find(of_channel)?;
    let count = |count| picture.count(Table::Channels, counted, count, Range::Day).unwrap_or(0.0);
    let messages = count(Count::Received).max(count(Count::Sent));
    let seen = (picture.unix - picture.started).min(DAY) - silent;
    (messages >= MANY && seen > 0.0).then(|| seen / messages)
}

/// How long a channel that has a message each `gap` seconds is silent before that is remarkable: thirty times that, which chance
/// does not do. Where nobody writes elsewhere either it may be night.
fn silence(gap: f64, is_lively: bool) -> f64 {
    const NIGHT: f64 = 12.0 * 3600.0;
    if is_lively { (30.0 * gap).clamp(600.0, NIGHT) } else { NIGHT }
}

fn times(count: f64) -> String {
    match count as u64 {
        1 => "once".into(),
        2 => "twice".into(),
        count => format!("{count} times"),
    }
}
