//! What `usage.cost` and `sessions.usage` answer.
//!
//! The Gateway keeps, for each transcript, what it has counted in it, and adds that up when it is asked. What it has not
//! counted yet is missing: at first everything, so that all figures are 0, and later what sessions have just written.
//! `Counting` tells an answer that is whole enough from one that is not.
//!
//! Both methods answer for the same 30 days. What both tell is read from `usage.cost`, which knows a transcript that has
//! grown as far as it was counted; `sessions.usage` leaves it out.

use serde::Deserialize;

use super::rows::{MOST_ROWS, Sums, put_each};
use super::{AnswerError, Figures, List, elements, object, series};
use crate::openclaw::catalogue::sets::OTHER;
use crate::openclaw::catalogue::usage::{DAY, cost, details};
use crate::openclaw::rpc::loose::{Loose, Rows};
use crate::{RegisterError, Registry, SnapshotFamily};

/// Models that have rows of their own, in a family with a row for each of four kinds of tokens: as many as leave room for
/// the others of five providers.
const MOST_MODELS: usize = MOST_ROWS / 4 - 5;

/// The same in a family with a row for each of two days.
const MOST_DAILY_MODELS: usize = MOST_ROWS / 2 - 5;

/// How long an answer is waited for that is whole, in seconds. A transcript that cannot be read is never counted.
const PATIENCE_SECONDS: f64 = 600.0;

/// What was used, by kind of tokens and by day.
#[derive(Debug)]
pub(super) struct UsageCost {
    families: cost::Families,
    counting: Counting,
}

impl UsageCost {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        // A transcript that has grown is known but for its end.
        Ok(Self { families: cost::Families::register(registry)?, counting: Counting::new(0.1, 1.0) })
    }
}

impl Figures for UsageCost {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        let answer: CostAnswer = object(answer)?;
        if answer.totals.get().is_none() && answer.daily.get().is_none() {
            return Err(AnswerError::Shape);
        }
        self.counting.admit(answer.cache_status.get(), now)?;
        let families = &self.families;
        let none = Totals::default();
        let totals = answer.totals.get().unwrap_or(&none);
        put_each(&families.tokens, totals.kinds());
        series::put(&families.total_tokens, totals.total_tokens.amount());
        series::put(&families.cost, totals.total_cost.amount());
        series::put(&families.missing, totals.missing_cost_entries.amount());
        // The Gateway answers with a row for each day, and today's is the last.
        let daily = answer.daily.0.unwrap_or_default();
        let today = daily.last().and_then(|row| day_number(row.get()?.date.text()));
        let daily: Vec<Day> = daily.into_iter().filter_map(|row| row.0).collect();
        let days = Days::new(today, &answer.updated_at);
        days.put(&families.daily_cost, &daily, |row| &row.date, |row| row.total_cost.amount());
        days.put(&families.daily_tokens, &daily, |row| &row.date, |row| row.total_tokens.amount());
        let files = answer.cache_status.get().map(CacheStatus::files);
        put_each(
            &families.transcripts,
            [("counted", files.map(|files| files.counted)), ("pending", files.map(|files| files.pending))],
        );
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

/// What was used, by what used it.
#[derive(Debug)]
pub(super) struct SessionsUsage {
    families: details::Families,
    counting: Counting,
}

impl SessionsUsage {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        // A transcript that has grown is missing with all it ever used.
        Ok(Self { families: details::Families::register(registry)?, counting: Counting::new(0.0, 0.0) })
    }

    fn put_overall(&self, answer: &DetailsAnswer, aggregates: &Aggregates) {
        let families = &self.families;
        series::put(&families.counted_at, answer.updated_at.seconds());
        series::put(&families.sessions, aggregates.session_count.amount());
        let (messages, tools) = (aggregates.messages.get(), aggregates.tools.get());
        put_each(
            &families.messages,
            [
                ("user", messages.and_then(|messages| messages.user.amount())),
                ("assistant", messages.and_then(|messages| messages.assistant.amount())),
            ],
        );
        series::put(&families.errors, messages.and_then(|messages| messages.errors.amount()));
        series::put(&families.tool_results, messages.and_then(|messages| messages.tool_results.amount()));
        series::put(&families.tools, tools.and_then(|tools| tools.unique_tools.amount()));
        let mut calls = Sums::default();
        for tool in tools.map_or(&[][..], |tools| &tools.tools.0) {
            calls.add_known([tool.name.text()], tool.count.amount());
        }
        calls.put(&families.tool_calls);
        let latency = aggregates.latency.get();
        series::put(&families.latency_samples, latency.and_then(|latency| latency.count.amount()));
        let stats = latency.map(Latency::stats);
        put_each(&families.latency, stats.into_iter().flatten());
        let missing = answer.totals.get().and_then(|totals| totals.missing_cost_entries.amount());
        // Of a part of the models the share would be too great.
        let requests =
            aggregates.by_model.get().and_then(|rows| rows.iter().map(|row| row.get()?.count.amount()).sum());
        series::put(&families.missing_ratio, share(missing, requests));
    }

    fn put_groups(&self, aggregates: &Aggregates) {
        let families = &self.families;
        let [mut tokens, mut cost, mut requests, mut missing] = std::array::from_fn(|_| Sums::<2>::default());
        let mut kinds = Sums::<3>::default();
        let weight = |row: &Model| row.totals.get().and_then(|totals| totals.total_tokens.amount());
        for ([provider, model], row) in named(aggregates.models(), MOST_MODELS, weight, Model::names) {
            requests.add_known([provider, model], row.count.amount());
            let Some(totals) = row.totals.get() else { continue };
            tokens.add_known([provider, model], totals.total_tokens.amount());
            cost.add_known([provider, model], totals.total_cost.amount());
            missing.add_known([provider, model], totals.missing_cost_entries.amount());
            for (kind, amount) in totals.kinds() {
                kinds.add_known([provider, model, kind], amount);
            }
        }
        tokens.put(&families.model_total_tokens);
        cost.put(&families.model_cost);
        requests.put(&families.model_requests);
        missing.put(&families.model_missing);
        kinds.put(&families.model_tokens);
        put_groups(&aggregates.by_agent, |row| &row.agent_id, &families.agent_tokens, &families.agent_cost);
        put_groups(&aggregates.by_channel, |row| &row.channel, &families.channel_tokens, &families.channel_cost);
    }

    fn put_days(&self, days: Days, aggregates: &Aggregates) {
        let families = &self.families;
        let daily = &aggregates.daily.0;
        days.put(&families.daily_messages, daily, |row| &row.date, |row| row.messages.amount());
        days.put(&families.daily_tool_calls, daily, |row| &row.date, |row| row.tool_calls.amount());
        days.put(&families.daily_errors, daily, |row| &row.date, |row| row.errors.amount());
        let latencies = &aggregates.daily_latency.0;
        days.put(&families.daily_latency_samples, latencies, |row| &row.date, |row| row.count.amount());
        let mut stats = Sums::<3>::default();
        for (row, [day, date]) in days.of(latencies.iter(), |row| &row.date) {
            for (stat, seconds) in row.stats() {
                stats.add_known([day, date, stat], seconds);
            }
        }
        stats.put(&families.daily_latency);
        days.put(
            &families.daily_missing_ratio,
            &aggregates.cost_daily.0,
            |row| &row.date,
            |row| share(row.missing_cost_entries.amount(), aggregates.requests_on(row.date.text())),
        );
    }

    fn put_model_days(&self, days: Days, aggregates: &Aggregates) {
        let families = &self.families;
        let [mut tokens, mut cost, mut requests] = std::array::from_fn(|_| Sums::<4>::default());
        for wanted in DAY {
            let rows = days.of(aggregates.model_days(), |row| &row.date);
            let that_day = rows.filter(|(_, [day, _])| day == wanted).map(|(row, _)| row);
            for ([provider, model], row) in
                named(that_day, MOST_DAILY_MODELS, |row| row.tokens.amount(), ModelDay::names)
            {
                let labels = [wanted, row.date.text(), provider, model];
                tokens.add_known(labels, row.tokens.amount());
                cost.add_known(labels, row.cost.amount());
                requests.add_known(labels, row.count.amount());
            }
        }
        tokens.put(&families.model_daily_tokens);
        cost.put(&families.model_daily_cost);
        requests.put(&families.model_daily_requests);
    }
}

impl Figures for SessionsUsage {
    fn take(&mut self, answer: &str, now: f64) -> Result<(), AnswerError> {
        let answer: DetailsAnswer = object(answer)?;
        let aggregates = answer.aggregates.get().ok_or(AnswerError::Shape)?;
        self.counting.admit(answer.cache_status.get(), now)?;
        self.put_overall(&answer, aggregates);
        self.put_groups(aggregates);
        let days = Days::new(day_number(answer.end_date.text()), &answer.updated_at);
        self.put_days(days, aggregates);
        self.put_model_days(days, aggregates);
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

/// Tells answers in which enough is counted from those in which too much is missing.
#[derive(Debug)]
struct Counting {
    /// How many transcripts may be pending for each that is counted, until all were counted once.
    at_first: f64,
    /// The same from then on.
    later: f64,
    /// Whether all were counted once.
    was_whole: bool,
    /// Since when something is pending.
    pending_since: Option<f64>,
}

impl Counting {
    fn new(at_first: f64, later: f64) -> Self {
        Self { at_first, later, was_whole: false, pending_since: None }
    }

    /// Whether an answer can be shown. An answer without a status has all there is.
    fn admit(&mut self, status: Option<&CacheStatus>, now: f64) -> Result<(), AnswerError> {
        let files = status.map_or(Files { counted: 0.0, pending: 0.0 }, CacheStatus::files);
        if files.pending == 0.0 {
            (self.was_whole, self.pending_since) = (true, None);
            return Ok(());
        }
        // More are pending than are counted: some are not counted at all, as after a change of prices.
        let is_begun = files.counted >= files.pending;
        self.was_whole &= is_begun;
        let waited = now - *self.pending_since.get_or_insert(now);
        let allowed = if self.was_whole { self.later } else { self.at_first };
        let is_enough = files.pending <= allowed * files.counted || waited >= PATIENCE_SECONDS;
        if is_begun && is_enough { Ok(()) } else { Err(AnswerError::NotCounted) }
    }
}

/// The days that are shown: today as the Gateway has it, and the day before.
#[derive(Debug, Clone, Copy)]
struct Days {
    /// Its [`day_number`].
    today: Option<i64>,
}

impl Days {
    /// `today` if that is a day on which, somewhere on earth, the answer can have been made.
    fn new(today: Option<i64>, made_at_ms: &Loose<f64>) -> Self {
        let made_on = made_at_ms.seconds().map(|seconds| (seconds / 86_400.0).floor() as i64);
        Self { today: today.filter(|today| made_on.is_none_or(|made_on| (today - made_on).abs() <= 1)) }
    }

    /// The rows of both days, each with the labels for its day.
    fn of<'a, R: 'a>(
        self,
        rows: impl Iterator<Item = &'a R>,
        date: fn(&R) -> &Loose<String>,
    ) -> impl Iterator<Item = (&'a R, [&'a str; 2])> {
        rows.filter_map(move |row| {
            let date = date(row).text();
            let age = usize::try_from(self.today? - day_number(date)?).ok()?;
            Some((row, [*DAY.get(age)?, date]))
        })
    }

    /// Replaces a family that has a row for each day.
    fn put<R>(
        self,
        family: &SnapshotFamily<2>,
        rows: &[R],
        date: fn(&R) -> &Loose<String>,
        value: impl Fn(&R) -> Option<f64>,
    ) {
        let mut sums = Sums::default();
        for (row, labels) in self.of(rows.iter(), date) {
            sums.add_known(labels, value(row));
        }
        sums.put(family);
    }
}

/// Days from 1970-01-01 to a date of the form `2026-11-22`.
fn day_number(date: &str) -> Option<i64> {
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // A year begins with March, so that a leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// Rows with provider and model; all but the `most` of the greatest weight are `other` of their provider, so that the sum
/// over a provider's models is the provider's.
fn named<'a, R: 'a>(
    rows: impl Iterator<Item = &'a R>,
    most: usize,
    weight: impl Fn(&R) -> Option<f64>,
    names: fn(&R) -> [&Loose<String>; 2],
) -> impl Iterator<Item = ([&'a str; 2], &'a R)> {
    let mut rows: Vec<&R> = rows.collect();
    let weight = |row: &R| weight(row).unwrap_or_default();
    rows.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    rows.into_iter().enumerate().map(move |(place, row)| {
        let [provider, model] = names(row);
        ([provider.text(), if place < most { model.text() } else { OTHER }], row)
    })
}

fn put_groups(
    rows: &Rows<Group>,
    name: fn(&Group) -> &Loose<String>,
    tokens_family: &SnapshotFamily<1>,
    cost_family: &SnapshotFamily<1>,
) {
    let (mut tokens, mut cost) = (Sums::default(), Sums::default());
    for row in &rows.0 {
        let Some(totals) = row.totals.get() else { continue };
        tokens.add_known([name(row).text()], totals.total_tokens.amount());
        cost.add_known([name(row).text()], totals.total_cost.amount());
    }
    tokens.put(tokens_family);
    cost.put(cost_family);
}

/// `part` of `all`, if there is something to have a part of. A request without provider and model is in no model's count.
fn share(part: Option<f64>, all: Option<f64>) -> Option<f64> {
    let all = all.filter(|all| *all > 0.0)?;
    Some((part? / all).min(1.0))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CostAnswer {
    daily: List<Day>,
    totals: Loose<Totals>,
    updated_at: Loose<f64>,
    cache_status: Loose<CacheStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DetailsAnswer {
    updated_at: Loose<f64>,
    end_date: Loose<String>,
    totals: Loose<Totals>,
    aggregates: Loose<Aggregates>,
    cache_status: Loose<CacheStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Aggregates {
    session_count: Loose<f64>,
    messages: Loose<Messages>,
    tools: Loose<Tools>,
    by_model: List<Model>,
    by_agent: Rows<Group>,
    by_channel: Rows<Group>,
    latency: Loose<Latency>,
    daily: Rows<Day>,
    daily_latency: Rows<Latency>,
    cost_daily: Rows<Day>,
    model_daily: List<ModelDay>,
}

impl Aggregates {
    /// How many requests there were on a day: not known if a row cannot be read, for it may be one of that day's.
    fn requests_on(&self, date: &str) -> Option<f64> {
        let count = |row: &Loose<ModelDay>| {
            let row = row.get()?;
            let is_known = day_number(row.date.text()).is_some();
            if row.date.text() == date { row.count.amount() } else { is_known.then_some(0.0) }
        };
        self.model_daily.get()?.iter().map(count).sum()
    }

    fn models(&self) -> impl Iterator<Item = &Model> {
        self.by_model.get().into_iter().flat_map(|rows| elements(rows))
    }

    fn model_days(&self) -> impl Iterator<Item = &ModelDay> {
        self.model_daily.get().into_iter().flat_map(|rows| elements(rows))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Totals {
    input: Loose<f64>,
    output: Loose<f64>,
    cache_read: Loose<f64>,
    cache_write: Loose<f64>,
    total_tokens: Loose<f64>,
    total_cost: Loose<f64>,
    missing_cost_entries: Loose<f64>,
}

impl Totals {
    fn kinds(&self) -> [(&'static str, Option<f64>); 4] {
        let Self { input, output, cache_read, cache_write, .. } = self;
        [("input", input), ("output", output), ("cache_read", cache_read), ("cache_write", cache_write)]
            .map(|(kind, tokens)| (kind, tokens.amount()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Messages {
    user: Loose<f64>,
    assistant: Loose<f64>,
    tool_results: Loose<f64>,
    errors: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Tools {
    unique_tools: Loose<f64>,
    tools: Rows<Tool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Tool {
    name: Loose<String>,
    count: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Model {
    provider: Loose<String>,
    model: Loose<String>,
    count: Loose<f64>,
    totals: Loose<Totals>,
}

impl Model {
    fn names(&self) -> [&Loose<String>; 2] {
        [&self.provider, &self.model]
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Group {
    agent_id: Loose<String>,
    channel: Loose<String>,
    totals: Loose<Totals>,
}

/// One day, in each of the lists that have days: a list has some of the fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Day {
    date: Loose<String>,
    total_tokens: Loose<f64>,
    total_cost: Loose<f64>,
    missing_cost_entries: Loose<f64>,
    messages: Loose<f64>,
    tool_calls: Loose<f64>,
    errors: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ModelDay {
    date: Loose<String>,
    provider: Loose<String>,
    model: Loose<String>,
    tokens: Loose<f64>,
    cost: Loose<f64>,
    count: Loose<f64>,
}

impl ModelDay {
    fn names(&self) -> [&Loose<String>; 2] {
        [&self.provider, &self.model]
    }
}

/// Of all days, or of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Latency {
    date: Loose<String>,
    count: Loose<f64>,
    avg_ms: Loose<f64>,
    min_ms: Loose<f64>,
    max_ms: Loose<f64>,
    p95_ms: Loose<f64>,
}

impl Latency {
    fn stats(&self) -> [(&'static str, Option<f64>); 4] {
        let Self { avg_ms, min_ms, max_ms, p95_ms, .. } = self;
        [("mean", avg_ms), ("min", min_ms), ("max", max_ms), ("p95", p95_ms)]
            .map(|(stat, milliseconds)| (stat, milliseconds.seconds()))
    }
}

/// How much of the transcripts is counted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CacheStatus {
    status: Loose<String>,
    cached_files: Loose<f64>,
    stale_files: Loose<f64>,
}

/// Numbers of transcripts.
#[derive(Debug, Clone, Copy)]
struct Files {
    counted: f64,
    /// With something that is not counted.
    pending: f64,
}

impl CacheStatus {
    /// A status that is not `fresh` and does not say how many are pending counts as one.
    fn files(&self) -> Files {
        let if_unknown = if self.status.text() == "fresh" { 0.0 } else { 1.0 };
        Files {
            counted: self.cached_files.amount().unwrap_or_default(),
            pending: self.stale_files.amount().unwrap_or(if_unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::super::recorded_tests::{Rows, all};
    use super::*;
    use crate::{encode, testing};

    const COST: &str = include_str!("../../../../tests/data/rpc/usage.cost.json");
    const DETAILS: &str = include_str!("../../../../tests/data/rpc/sessions.usage.json");
    const NOW: f64 = 1_795_357_850.0;

    /// All that both answers feed, in a registry of its own.
    struct Case {
        registry: Registry,
        cost: UsageCost,
        details: SessionsUsage,
    }

    impl Case {
        fn new() -> Self {
            let registry = Registry::builder().series(2000).build().unwrap();
            let (cost, details) = (UsageCost::register(&registry), SessionsUsage::register(&registry));
            Self { cost: cost.unwrap(), details: details.unwrap(), registry }
        }

        /// With both recorded answers taken.
        fn taken() -> Self {
            let mut case = Self::new();
            assert_eq!((case.cost.take(COST, NOW), case.details.take(DETAILS, NOW)), (Ok(()), Ok(())));
            case
        }

        fn value(&self, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
            testing::value(&self.registry, family, labels)
        }

        /// The samples of all families of usage, by name and labels.
        fn samples(&self) -> BTreeMap<String, f64> {
            let text = encode::text(&self.registry);
            let samples = text.lines().filter(|line| line.starts_with("openclaw_usage_"));
            samples
                .map(|line| line.rsplit_once(' ').unwrap())
                .map(|(key, value)| (key.into(), value.parse().unwrap()))
                .collect()
        }

        /// The sum over the samples whose name and labels begin so.
        fn sum(&self, prefix: &str) -> f64 {
            self.samples().iter().filter(|(key, _)| key.starts_with(prefix)).map(|(_, value)| value).sum()
        }
    }

    /// The answer with other values in some places.
    fn with(answer: &str, changes: &[(&str, Value)]) -> String {
        let mut answer: Value = serde_json::from_str(answer).unwrap();
        for (pointer, value) in changes {
            *answer.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
        }
        answer.to_string()
    }

    /// What the families should show, by their names without `openclaw_usage_`.
    #[derive(Default)]
    struct Expected(BTreeMap<String, Rows>);

    impl Expected {
        fn put(&mut self, family: &str, labels: &str, value: &Value) {
            let value = value.as_f64().unwrap_or_else(|| panic!("{family} {labels}"));
            let rows = self.0.entry(format!("openclaw_usage_{family}")).or_default();
            assert_eq!(rows.insert(labels.to_owned(), value), None, "{family} {labels}");
        }

        fn put_kinds(&mut self, family: &str, labels: &str, totals: &Value) {
            for (kind, field) in
                [("input", "input"), ("output", "output"), ("cache_read", "cacheRead"), ("cache_write", "cacheWrite")]
            {
                self.put(family, &format!("{labels}kind={kind}"), &totals[field]);
            }
        }

        fn put_stats(&mut self, family: &str, labels: &str, latency: &Value) {
            for (stat, field) in [("mean", "avgMs"), ("min", "minMs"), ("max", "maxMs"), ("p95", "p95Ms")] {
                let seconds = latency[field].as_f64().unwrap() / 1000.0;
                self.put(family, &format!("{labels}stat={stat}"), &json!(seconds));
            }
        }
    }

    const DAYS: [(&str, &str); 2] =
        [("2026-11-22", "day=today,date=2026-11-22"), ("2026-11-21", "day=yesterday,date=2026-11-21")];

    /// The rows of a list of both days, each with the labels for its day.
    fn of_days(list: &Value) -> Vec<(&'static str, &Value)> {
        let rows = list.as_array().unwrap().iter();
        let labels = |row: &Value| DAYS.iter().find(|(date, _)| row["date"] == *date).map(|(_, labels)| *labels);
        rows.filter_map(|row| Some((labels(row)?, row))).collect()
    }

    #[test]
    fn the_families_of_cost_show_what_the_answer_says() {
        let answer: Value = serde_json::from_str(COST).unwrap();
        let (totals, mut expected) = (&answer["totals"], Expected::default());
        expected.put_kinds("tokens", "", totals);
        expected.put("total_tokens", "", &totals["totalTokens"]);
        expected.put("cost_usd", "", &totals["totalCost"]);
        expected.put("missing_cost_entries", "", &totals["missingCostEntries"]);
        for (labels, row) in of_days(&answer["daily"]) {
            expected.put("daily_cost_usd", labels, &row["totalCost"]);
            expected.put("daily_total_tokens", labels, &row["totalTokens"]);
        }
        expected.put("transcripts", "state=counted", &answer["cacheStatus"]["cachedFiles"]);
        expected.put("transcripts", "state=pending", &answer["cacheStatus"]["pendingFiles"]);
        let mut case = Case::new();
        assert_eq!(case.cost.take(COST, NOW), Ok(()));
        assert_eq!(all(&case.registry), expected.0);
    }

    #[test]
    fn the_families_of_details_show_what_the_answer_says() {
        let answer: Value = serde_json::from_str(DETAILS).unwrap();
        let (aggregates, mut expected) = (&answer["aggregates"], Expected::default());
        expected.put("counted_timestamp_seconds", "", &json!(answer["updatedAt"].as_f64().unwrap() / 1000.0));
        expected.put("sessions", "", &aggregates["sessionCount"]);
        let messages = &aggregates["messages"];
        expected.put("messages", "role=user", &messages["user"]);
        expected.put("messages", "role=assistant", &messages["assistant"]);
        assert_eq!(
            messages["total"],
            json!(messages["user"].as_u64().unwrap() + messages["assistant"].as_u64().unwrap())
        );
        expected.put("errors", "", &messages["errors"]);
        expected.put("tool_results", "", &messages["toolResults"]);
        expected.put("tools", "", &aggregates["tools"]["uniqueTools"]);
        for tool in aggregates["tools"]["tools"].as_array().unwrap() {
            expected.put("tool_calls", &format!("tool={}", tool["name"].as_str().unwrap()), &tool["count"]);
        }
        expected.put("latency_samples", "", &aggregates["latency"]["count"]);
        expected.put_stats("latency_seconds", "", &aggregates["latency"]);
        let model = |row: &Value| {
            format!("provider={},model={}", row["provider"].as_str().unwrap(), row["model"].as_str().unwrap())
        };
        for row in aggregates["byModel"].as_array().unwrap() {
            let (labels, totals) = (model(row), &row["totals"]);
            expected.put_kinds("model_tokens", &format!("{labels},"), totals);
            expected.put("model_total_tokens", &labels, &totals["totalTokens"]);
            expected.put("model_cost_usd", &labels, &totals["totalCost"]);
            expected.put("model_missing_cost_entries", &labels, &totals["missingCostEntries"]);
            expected.put("model_requests", &labels, &row["count"]);
        }
        for (list, name, label) in [("byAgent", "agentId", "agent_id"), ("byChannel", "channel", "channel")] {
            for row in aggregates[list].as_array().unwrap() {
                let labels = format!("{label}={}", row[name].as_str().unwrap());
                let group = if list == "byAgent" { "agent" } else { "channel" };
                expected.put(&format!("{group}_total_tokens"), &labels, &row["totals"]["totalTokens"]);
                expected.put(&format!("{group}_cost_usd"), &labels, &row["totals"]["totalCost"]);
            }
        }
        for (labels, row) in of_days(&aggregates["daily"]) {
            expected.put("daily_messages", labels, &row["messages"]);
            expected.put("daily_tool_calls", labels, &row["toolCalls"]);
            expected.put("daily_errors", labels, &row["errors"]);
        }
        for (labels, row) in of_days(&aggregates["dailyLatency"]) {
            expected.put("daily_latency_samples", labels, &row["count"]);
            expected.put_stats("daily_latency_seconds", &format!("{labels},"), row);
        }
        for (labels, row) in of_days(&aggregates["modelDaily"]) {
            let labels = format!("{labels},{}", model(row));
            expected.put("model_daily_total_tokens", &labels, &row["tokens"]);
            expected.put("model_daily_cost_usd", &labels, &row["cost"]);
            expected.put("model_daily_requests", &labels, &row["count"]);
        }
        // 7 of the 28 requests have no price; of those of 22 November 1 of 13, of those of 21 November 6 of 11.
        expected.put("missing_cost_ratio", "", &json!(7.0 / 28.0));
        expected.put("daily_missing_cost_ratio", DAYS[0].1, &json!(1.0 / 13.0));
        expected.put("daily_missing_cost_ratio", DAYS[1].1, &json!(6.0 / 11.0));
        let mut case = Case::new();
        assert_eq!(case.details.take(DETAILS, NOW), Ok(()));
        let shown = all(&case.registry);
        assert_eq!(shown, expected.0);
        assert!(shown.values().all(|rows| rows.values().any(|value| *value > 0.0)), "{shown:#?}");
    }

    fn status(status: &str, counted: u32, pending: u32) -> Value {
        json!({"status": status, "cachedFiles": counted, "pendingFiles": pending, "staleFiles": pending})
    }

    #[test]
    fn zeros_of_a_gateway_that_has_not_counted_yet_are_not_shown() {
        let zeros = r#"{"updatedAt":1795357844791,"days":1,
            "daily":[{"date":"2026-11-22","totalTokens":0,"totalCost":0}],
            "totals":{"input":0,"totalTokens":0,"totalCost":0,"missingCostEntries":0},
            "aggregates":{"sessionCount":0,"messages":{"user":0,"assistant":0},"byModel":[]},"endDate":"2026-11-22",
            "cacheStatus":{"status":"refreshing","cachedFiles":0,"pendingFiles":61,"staleFiles":61}}"#;
        let mut case = Case::new();
        assert_eq!(case.cost.take(zeros, NOW), Err(AnswerError::NotCounted));
        assert_eq!(case.details.take(zeros, NOW), Err(AnswerError::NotCounted));
        assert_eq!(case.samples(), BTreeMap::new());
        let mut case = Case::taken();
        let before = case.samples();
        for later in [0.0, 2.0 * PATIENCE_SECONDS] {
            assert_eq!(case.cost.take(zeros, NOW + later), Err(AnswerError::NotCounted));
            assert_eq!(case.details.take(zeros, NOW + later), Err(AnswerError::NotCounted));
        }
        assert_eq!(case.samples(), before);
        // The same zeros are true when all is counted.
        let counted = with(zeros, &[("/cacheStatus", status("fresh", 61, 0))]);
        assert_eq!((case.cost.take(&counted, NOW), case.details.take(&counted, NOW)), (Ok(()), Ok(())));
        assert_eq!(case.value("openclaw_usage_cost_usd", &[]), Some(0.0));
    }

    #[test]
    fn a_status_that_does_not_say_how_much_is_pending_is_believed_when_it_is_fresh() {
        for (status, outcome) in [
            (json!({"status": "fresh"}), Ok(())),
            (json!({"status": "refreshing"}), Err(AnswerError::NotCounted)),
            (json!({"status": "refreshing", "cachedFiles": 7, "staleFiles": 0}), Ok(())),
            (json!(null), Ok(())),
        ] {
            let mut case = Case::new();
            assert_eq!(case.cost.take(&with(COST, &[("/cacheStatus", status.clone())]), NOW), outcome, "{status}");
            assert_eq!(
                case.details.take(&with(DETAILS, &[("/cacheStatus", status.clone())]), NOW),
                outcome,
                "{status}"
            );
        }
    }

    #[test]
    fn what_may_be_pending_of_the_cost_depends_on_whether_all_was_counted_once() {
        let mut case = Case::new();
        let mut take = |counted, pending, at| {
            let status = status(if pending == 0 { "fresh" } else { "refreshing" }, counted, pending);
            case.cost.take(&with(COST, &[("/cacheStatus", status)]), at).is_ok()
        };
        assert!(!take(9, 1, NOW) && take(10, 1, NOW), "at first one in ten");
        assert!(!take(9, 1, NOW + PATIENCE_SECONDS - 1.0) && take(9, 1, NOW + PATIENCE_SECONDS), "or after a while");
        assert!(take(10, 0, NOW) && take(1, 1, NOW), "once all was counted what has grown is known but for its end");
        assert!(!take(4, 6, NOW) && !take(9, 1, NOW), "but not when all is counted anew");
    }

    #[test]
    fn details_are_whole_or_not_shown() {
        let mut case = Case::taken();
        let pending = with(DETAILS, &[("/cacheStatus", status("refreshing", 41, 1))]);
        assert_eq!(case.details.take(&pending, NOW), Err(AnswerError::NotCounted));
        assert_eq!(case.details.take(&pending, NOW + PATIENCE_SECONDS - 1.0), Err(AnswerError::NotCounted));
        // One that is never counted does not hide the others for ever.
        assert_eq!(case.details.take(&pending, NOW + PATIENCE_SECONDS), Ok(()));
    }

    #[test]
    fn an_answer_of_another_shape_leaves_the_families_as_they_were() {
        let mut case = Case::taken();
        let before = case.samples();
        assert!(before.len() > 80, "{before:#?}");
        for answer in
            ["", "{", "null", "7", "[]", "[[],{}]", "{}", r#"{"totals":7,"daily":{},"aggregates":7}"#, &COST[1..]]
        {
            assert_eq!(case.cost.take(answer, NOW), Err(AnswerError::Shape), "{answer}");
            assert_eq!(case.details.take(answer, NOW), Err(AnswerError::Shape), "{answer}");
        }
        assert_eq!(case.samples(), before);
        case.cost.clear();
        case.details.clear();
        assert_eq!(case.samples(), BTreeMap::new());
    }

    /// Every place in a value that holds something.
    fn places(value: &Value, pointer: &str, all: &mut Vec<String>) {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        for (name, value) in inner {
            let pointer = format!("{pointer}/{name}");
            places(value, &pointer, all);
            all.push(pointer);
        }
    }

    #[test]
    fn a_field_that_is_gone_or_has_changed_takes_away_what_it_told_and_nothing_becomes_zero() {
        let is_name = |pointer: &str| {
            ["/name", "/provider", "/model", "/agentId", "/channel"].iter().any(|name| pointer.ends_with(name))
        };
        let before = Case::taken().samples();
        for (answer, is_cost) in [(COST, true), (DETAILS, false)] {
            let mut all = Vec::new();
            places(&serde_json::from_str(answer).unwrap(), "", &mut all);
            let mut lost = 0;
            for pointer in all.iter().filter(|pointer| !is_name(pointer)) {
                for value in [json!(null), json!("changed"), json!([[]]), json!(-1)] {
                    let mut case = Case::new();
                    let answer = with(answer, &[(pointer, value.clone())]);
                    let outcome = if is_cost { case.cost.take(&answer, NOW) } else { case.details.take(&answer, NOW) };
                    let after = case.samples();
                    let changed = after.iter().find(|(key, value)| before.get(*key) != Some(value));
                    // How many transcripts are pending decides whether anything is shown.
                    assert!(
                        changed.is_none() || pointer.starts_with("/cacheStatus"),
                        "{pointer} {value} {outcome:?}: {changed:?}"
                    );
                    lost += before.len() - after.len();
                }
            }
            assert!(lost > 0);
        }
    }

    #[test]
    fn a_name_that_is_gone_or_may_not_be_shown_is_unknown_and_its_figures_are_kept() {
        for name in [json!(null), json!("agent:main:telegram:direct:4930123456"), json!("someone@example.org")] {
            let mut case = Case::taken();
            let before: Vec<f64> = SUMMED.iter().map(|family| case.sum(family)).collect();
            let changed = with(
                DETAILS,
                &[
                    ("/aggregates/byModel/0/model", name.clone()),
                    ("/aggregates/byModel/1/provider", name.clone()),
                    ("/aggregates/byAgent/0/agentId", name.clone()),
                    ("/aggregates/byChannel/0/channel", name.clone()),
                    ("/aggregates/tools/tools/0/name", name.clone()),
                ],
            );
            assert_eq!(case.details.take(&changed, NOW), Ok(()));
            assert_eq!(SUMMED.iter().map(|family| case.sum(family)).collect::<Vec<_>>(), before);
            assert_eq!(case.value("openclaw_usage_tool_calls", &[("tool", "unknown")]), Some(6.0));
            let page = encode::text(&case.registry);
            assert!(!page.contains("4930123456") && !page.contains("example.org"), "{page}");
        }
    }

    const SUMMED: [&str; 5] = [
        "openclaw_usage_model_total_tokens{",
        "openclaw_usage_model_requests{",
        "openclaw_usage_agent_total_tokens{",
        "openclaw_usage_channel_total_tokens{",
        "openclaw_usage_tool_calls{",
    ];

    #[test]
    fn figures_of_the_same_fact_agree() {
        let case = Case::taken();
        let total = case.value("openclaw_usage_total_tokens", &[]).unwrap();
        assert_eq!(case.sum("openclaw_usage_model_total_tokens{"), total);
        assert_eq!(case.sum("openclaw_usage_agent_total_tokens{"), total);
        for kind in ["input", "output", "cache_read", "cache_write"] {
            let of_kind: f64 = case
                .samples()
                .iter()
                .filter(|(key, _)| {
                    key.starts_with("openclaw_usage_model_tokens{") && key.contains(&format!("kind=\"{kind}\""))
                })
                .map(|(_, value)| value)
                .sum();
            assert_eq!(case.value("openclaw_usage_tokens", &[("kind", kind)]), Some(of_kind), "{kind}");
        }
        let cost = case.value("openclaw_usage_cost_usd", &[]).unwrap();
        assert!((case.sum("openclaw_usage_model_cost_usd{") - cost).abs() < 1e-9);
        assert!((case.sum("openclaw_usage_agent_cost_usd{") - cost).abs() < 1e-9);
        let missing = case.value("openclaw_usage_missing_cost_entries", &[]).unwrap();
        assert_eq!(case.sum("openclaw_usage_model_missing_cost_entries{"), missing);
        let requests = case.sum("openclaw_usage_model_requests{");
        assert_eq!(case.value("openclaw_usage_missing_cost_ratio", &[]), Some(missing / requests));
        for day in DAY {
            let of_day = |family: &str| case.sum(&format!("openclaw_usage_{family}{{day=\"{day}\""));
            assert!(of_day("daily_total_tokens") > 0.0);
            assert_eq!(of_day("model_daily_total_tokens"), of_day("daily_total_tokens"));
            assert!((of_day("model_daily_cost_usd") - of_day("daily_cost_usd")).abs() < 1e-9);
        }
    }

    #[test]
    fn models_that_used_few_are_added_up_by_provider() {
        let model = |number: u32| {
            let provider = if number.is_multiple_of(3) { "a" } else { "b" };
            let totals = json!({"input": number, "output": 1, "cacheRead": 2, "cacheWrite": 3, "totalTokens": number + 6,
                "totalCost": f64::from(number) / 4.0, "missingCostEntries": 1});
            let day = json!({"date": "2026-11-22", "provider": provider, "model": format!("m{number}"), "tokens": number,
                "cost": 0.5, "count": 1});
            (json!({"provider": provider, "model": format!("m{number}"), "count": 1, "totals": totals}), day)
        };
        let (models, days): (Vec<_>, Vec<_>) = (0..300).map(model).unzip();
        let mut case = Case::new();
        let answer = with(DETAILS, &[("/aggregates/byModel", json!(models)), ("/aggregates/modelDaily", json!(days))]);
        assert_eq!(case.details.take(&answer, NOW), Ok(()));
        for family in
            ["model_tokens", "model_total_tokens", "model_cost_usd", "model_daily_requests", "model_daily_total_tokens"]
        {
            let prefix = format!("openclaw_usage_{family}{{");
            let rows = case.samples().keys().filter(|key| key.starts_with(&prefix)).count();
            assert!((20..=MOST_ROWS).contains(&rows), "{family}: {rows}");
        }
        let of_provider = |provider: &str| -> f64 {
            (0..300).filter(|n| (n % 3 == 0) == (provider == "a")).map(|n| f64::from(n) + 6.0).sum()
        };
        for provider in ["a", "b"] {
            let sum = case.sum(&format!("openclaw_usage_model_total_tokens{{provider=\"{provider}\""));
            assert_eq!(sum, of_provider(provider));
        }
        assert_eq!(case.value("openclaw_usage_model_requests", &[("provider", "b"), ("model", "m299")]), Some(1.0));
        assert_eq!(case.sum("openclaw_usage_model_daily_requests{"), 300.0);
    }

    #[test]
    fn a_day_is_shown_as_the_gateway_names_it() {
        for (date, number) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2000-03-01", Some(11_017)),
            ("2024-12-31", Some(20_088)),
            ("2026-11-22", Some(20_779)),
            ("2026-13-01", None),
            ("2026-11-00", None),
            ("26-11-22", None),
            ("2026-11-22T00:00", None),
            ("+026-11-22", None),
            ("", None),
        ] {
            assert_eq!(day_number(date), number, "{date}");
        }
        let mut case = Case::taken();
        let today = case.value("openclaw_usage_daily_cost_usd", &[("day", "today"), ("date", "2026-11-22")]);
        assert_eq!(
            today,
            serde_json::from_str::<Value>(COST).unwrap().pointer("/daily/29/totalCost").unwrap().as_f64()
        );
        // In the first hours of a day in New Zealand it is the day before in UTC.
        for (updated_at, is_shown) in
            [(1_795_219_200_000_u64, true), (1_795_132_800_000, false), (1_795_478_400_000, false)]
        {
            let moved = with(COST, &[("/updatedAt", json!(updated_at))]);
            assert_eq!(case.cost.take(&moved, NOW), Ok(()));
            let shown = case.value("openclaw_usage_daily_cost_usd", &[("day", "today"), ("date", "2026-11-22")]);
            assert_eq!(shown, today.filter(|_| is_shown), "{updated_at}");
        }
        // A month has ended.
        let end = with(
            DETAILS,
            &[
                ("/endDate", json!("2026-12-01")),
                ("/updatedAt", json!(1_796_083_200_000_u64)),
                ("/aggregates/daily/2/date", json!("2026-11-30")),
            ],
        );
        assert_eq!(case.details.take(&end, NOW), Ok(()));
        assert_eq!(
            case.value("openclaw_usage_daily_errors", &[("day", "yesterday"), ("date", "2026-11-30")]),
            Some(2.0)
        );
        assert_eq!(case.sum("openclaw_usage_daily_errors{day=\"today\""), 0.0);
    }
}
