//! What `usage.cost` and `sessions.usage` answer.
//!
//! The Gateway keeps, for each transcript, what it has counted in it, and adds that up when it is asked. What it has not
//! counted yet is missing: at first everything, so that all figures are 0, and later what sessions have just written.
//! `Counting` tells an answer that is whole enough from one that is not.
//!
//! Both methods answer for the same 30 days. What both tell is read from `usage.cost`, which knows a transcript that has
//! grown as far as it was counted; `sessions.usage` leaves it out.

mod answers;
mod counting;
mod days;
#[cfg(test)]
mod figures_tests;

use super::rows::{MOST_ROWS, Sums, put_each};
use super::{AnswerError, Figures, object, series};
use crate::openclaw::catalogue::sets::OTHER;
use crate::openclaw::catalogue::usage::{DAY, cost, details};
use crate::openclaw::rpc::loose::{Loose, Rows};
use answers::{Aggregates, CacheStatus, CostAnswer, Day, DetailsAnswer, Group, Latency, Model, ModelDay, Totals};
use counting::Counting;
use days::{Days, day_number};

use crate::{RegisterError, Registry, SnapshotFamily};

/// Models that have rows of their own, in a family with a row for each of four kinds of tokens: as many as leave room for
/// the others of five providers.
const MOST_MODELS: usize = MOST_ROWS / 4 - 5;

/// The same in a family with a row for each of two days.
const MOST_DAILY_MODELS: usize = MOST_ROWS / 2 - 5;

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
