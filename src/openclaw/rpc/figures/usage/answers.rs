//! What is read of the answers.

use serde::Deserialize;

use super::super::{List, elements};
use super::days::day_number;
use crate::openclaw::rpc::loose::{Loose, Rows};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CostAnswer {
    pub(super) daily: List<Day>,
    pub(super) totals: Loose<Totals>,
    pub(super) updated_at: Loose<f64>,
    pub(super) cache_status: Loose<CacheStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DetailsAnswer {
    pub(super) updated_at: Loose<f64>,
    pub(super) end_date: Loose<String>,
    pub(super) totals: Loose<Totals>,
    pub(super) aggregates: Loose<Aggregates>,
    pub(super) cache_status: Loose<CacheStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Aggregates {
    pub(super) session_count: Loose<f64>,
    pub(super) messages: Loose<Messages>,
    pub(super) tools: Loose<Tools>,
    pub(super) by_model: List<Model>,
    pub(super) by_agent: Rows<Group>,
    pub(super) by_channel: Rows<Group>,
    pub(super) latency: Loose<Latency>,
    pub(super) daily: Rows<Day>,
    pub(super) daily_latency: Rows<Latency>,
    pub(super) cost_daily: Rows<Day>,
    pub(super) model_daily: List<ModelDay>,
}

impl Aggregates {
    /// How many requests there were on a day: not known if a row cannot be read, for it may be one of that day's.
    pub(super) fn requests_on(&self, date: &str) -> Option<f64> {
        let count = |row: &Loose<ModelDay>| {
            let row = row.get()?;
            let is_known = day_number(row.date.text()).is_some();
            if row.date.text() == date { row.count.amount() } else { is_known.then_some(0.0) }
        };
        self.model_daily.get()?.iter().map(count).sum()
    }

    pub(super) fn models(&self) -> impl Iterator<Item = &Model> {
        self.by_model.get().into_iter().flat_map(|rows| elements(rows))
    }

    pub(super) fn model_days(&self) -> impl Iterator<Item = &ModelDay> {
        self.model_daily.get().into_iter().flat_map(|rows| elements(rows))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Totals {
    pub(super) input: Loose<f64>,
    pub(super) output: Loose<f64>,
    pub(super) cache_read: Loose<f64>,
    pub(super) cache_write: Loose<f64>,
    pub(super) total_tokens: Loose<f64>,
    pub(super) total_cost: Loose<f64>,
    pub(super) missing_cost_entries: Loose<f64>,
}

impl Totals {
    pub(super) fn kinds(&self) -> [(&'static str, Option<f64>); 4] {
        let Self { input, output, cache_read, cache_write, .. } = self;
        [("input", input), ("output", output), ("cache_read", cache_read), ("cache_write", cache_write)]
            .map(|(kind, tokens)| (kind, tokens.amount()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Messages {
    pub(super) user: Loose<f64>,
    pub(super) assistant: Loose<f64>,
    pub(super) tool_results: Loose<f64>,
    pub(super) errors: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Tools {
    pub(super) unique_tools: Loose<f64>,
    pub(super) tools: Rows<Tool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Tool {
    pub(super) name: Loose<String>,
    pub(super) count: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Model {
    pub(super) provider: Loose<String>,
    pub(super) model: Loose<String>,
    pub(super) count: Loose<f64>,
    pub(super) totals: Loose<Totals>,
}

impl Model {
    pub(super) fn names(&self) -> [&Loose<String>; 2] {
        [&self.provider, &self.model]
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) agent_id: Loose<String>,
    pub(super) channel: Loose<String>,
    pub(super) totals: Loose<Totals>,
}

/// One day, in each of the lists that have days: a list has some of the fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Day {
    pub(super) date: Loose<String>,
    pub(super) total_tokens: Loose<f64>,
    pub(super) total_cost: Loose<f64>,
    pub(super) missing_cost_entries: Loose<f64>,
    pub(super) messages: Loose<f64>,
    pub(super) tool_calls: Loose<f64>,
    pub(super) errors: Loose<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ModelDay {
    pub(super) date: Loose<String>,
    pub(super) provider: Loose<String>,
    pub(super) model: Loose<String>,
    pub(super) tokens: Loose<f64>,
    pub(super) cost: Loose<f64>,
    pub(super) count: Loose<f64>,
}

impl ModelDay {
    pub(super) fn names(&self) -> [&Loose<String>; 2] {
        [&self.provider, &self.model]
    }
}

/// Of all days, or of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Latency {
    pub(super) date: Loose<String>,
    pub(super) count: Loose<f64>,
    pub(super) avg_ms: Loose<f64>,
    pub(super) min_ms: Loose<f64>,
    pub(super) max_ms: Loose<f64>,
    p95_ms: Loose<f64>,
}

impl Latency {
    pub(super) fn stats(&self) -> [(&'static str, Option<f64>); 4] {
        let Self { avg_ms, min_ms, max_ms, p95_ms, .. } = self;
        [("mean", avg_ms), ("min", min_ms), ("max", max_ms), ("p95", p95_ms)]
            .map(|(stat, milliseconds)| (stat, milliseconds.seconds()))
    }
}

/// How much of the transcripts is counted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CacheStatus {
    pub(super) status: Loose<String>,
    pub(super) cached_files: Loose<f64>,
    pub(super) stale_files: Loose<f64>,
}

/// Numbers of transcripts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files {
    pub(super) counted: f64,
    /// With something that is not counted.
    pub(super) pending: f64,
}

impl CacheStatus {
    /// A status that is not `fresh` and does not say how many are pending counts as one.
    pub(super) fn files(&self) -> Files {
        let if_unknown = if self.status.text() == "fresh" { 0.0 } else { 1.0 };
        Files {
            counted: self.cached_files.amount().unwrap_or_default(),
            pending: self.stale_files.amount().unwrap_or(if_unknown),
        }
    }
}
