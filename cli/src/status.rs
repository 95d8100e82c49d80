//! `status`: how a Gateway is, for people on a terminal and for scripts: what the live page says, from the same data.
//!
//! What is wrong, and since when, is decided by the exporter; here it is only printed.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::{Args, ValueEnum};
use openclaw_prometheus::exporter::span;
use serde_json::Value;

use super::CliError;
use super::probe::seconds;
use super::terminal::print;
use crate::fetch::{self, Access, Ask, Credentials, FetchError, Url};

/// Between two looks with --watch.
const PAUSE: Duration = Duration::from_secs(2);
/// Clears a terminal and goes to its first place (ECMA-48: CUP, ED).
const CLEAR: &str = "\x1b[H\x1b[J";

/// What `status` can be asked.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 all is well, 1 something is wrong or to be watched, 2 there is no answer.

A bearer token is taken from the environment variable
OPENCLAW_PROMETHEUS_BEARER_TOKEN or from --token-file; a password only from a file.")]
pub(super) struct Status {
    /// Where the exporter is: its address, its metrics or its live page.
    #[arg(default_value = "http://127.0.0.1:19464/")]
    url: String,
    /// Look again each two seconds, until SIGINT.
    #[arg(long)]
    watch: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences and figures.
    Text,
    /// The verdict and the figures of now as one JSON object, a line each with --watch.
    Json,
}

/// Why there is no status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatusError {
    #[error("status: {0}")]
    Fetch(#[from] FetchError),
    #[error(
        "status: {url} does not tell how a Gateway is; is that an exporter of this version, with its live page (ui)?"
    )]
    NotData { url: String },
}

/// Looks and prints; with `--watch` until somebody ends it. Returns how much is wrong.
pub(super) fn run(status: &Status) -> Result<u64, CliError> {
    if !status.watch {
        let data = ask(status, None).map_err(CliError::Status)?;
        print(&shown(&data, status.format))?;
        return Ok(findings(&data).len() as u64);
    }
    let mut seen = None;
    loop {
        let text = match ask(status, seen) {
            Ok(data) => {
                seen = data["seq"].as_u64();
                shown(&data, status.format)
            }
            // Who watches wants to see it come back.
            Err(error) if status.format == Format::Text => format!("{error}\n"),
            Err(error) => format!("{}\n", serde_json::json!({ "error": error.to_string() })),
        };
        let redraws = status.format == Format::Text && io::stdout().is_terminal();
        if !print(&if redraws { format!("{CLEAR}{text}") } else { text })? {
            return Ok(0);
        }
        std::thread::sleep(PAUSE);
    }
}

/// What the exporter's live page is told; of its history only what is new since it was `seen`.
fn ask(status: &Status, seen: Option<u64>) -> Result<Value, StatusError> {
    let credentials = Credentials::find(&status.access)?;
    let url = data_of(&status.url, seen)?;
    let ask = Ask {
        url: url.clone(),
        accept: "application/json".into(),
        credentials: credentials.as_ref(),
        access: &status.access,
        timeout: status.timeout,
        has_loose_heads: false,
    };
    let answer = fetch::fetch(ask)?;
    let not_data = || StatusError::NotData { url: url.to_string() };
    let data: Value = serde_json::from_slice(&answer.body).map_err(|_| not_data())?;
    if data["verdict"]["findings"].is_array() { Ok(data) } else { Err(not_data()) }
}

/// Where the data of an exporter are, whichever of its pages is named.
fn data_of(text: &str, seen: Option<u64>) -> Result<Url, FetchError> {
    let mut url = Url::read(text)?;
    let path = url.path.path().trim_end_matches('/');
    let path = match path {
        path if path.ends_with("/ui/data") => path.to_owned(),
        path if path.ends_with("/ui") => format!("{path}/data"),
        path => format!("{path}/ui/data"),
    };
    let path = seen.map_or(path.clone(), |seen| format!("{path}?since={seen}"));
    url.path = path.parse().map_err(|_| FetchError::Url { url: text.into(), why: "its path cannot be asked for" })?;
    Ok(url)
}

fn findings(data: &Value) -> &[Value] {
    data["verdict"]["findings"].as_array().map_or(&[], Vec::as_slice)
}

fn shown(data: &Value, format: Format) -> String {
    match format {
        Format::Text => text(data),
        Format::Json => {
            let keys = ["at", "name", "version", "instance", "demo", "verdict", "now", "untold"];
            let told: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), data[*key].clone())).collect();
            format!("{}\n", Value::Object(told))
        }
    }
}

/// The sentence, what else is wrong, and the vital signs, a line each.
fn text(data: &Value) -> String {
    let mut out = String::new();
    let at = data["at"].as_f64().unwrap_or(0.0);
    let mut line = |text: String| {
        out.push_str(&plain(&text));
        out.push('\n');
    };
    if data["demo"] == true {
        line("This is a demo: its figures are invented.".into());
    }
    let findings = findings(data);
    if findings.is_empty() {
        line(format!("{}.", data["verdict"]["sentence"].as_str().unwrap_or_default()));
    }
    for finding in findings {
        let word = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let mark = if finding["level"] == "wrong" { "WRONG" } else { "watch" };
        let since = finding["since"].as_f64().map_or(String::new(), |since| format!(", for {}", span(at - since)));
        line(format!("{mark}  {}{since}. {}", word("says"), word("note")).trim_end().to_owned());
    }
    let (now, day) = (&data["now"], &data["tables"]["24h"]);
    line(String::new());
    for (name, value) in vital_signs(now, &data["tables"]["15m"], day) {
        line(format!("{name:<16}{value}"));
    }
    out
}

fn vital_signs(now: &Value, quarter: &Value, day: &Value) -> Vec<(&'static str, String)> {
    let total = |table: &Value, key: &str| -> Option<f64> {
        let rows = table.as_array()?;
        (!rows.is_empty()).then(|| rows.iter().filter_map(|row| row[key].as_f64()).sum())
    };
    let seconds = |value: &Value| value.as_f64().map_or("–".to_owned(), span);
    let usd = |value: Option<f64>| value.map_or("–".to_owned(), |usd| format!("${usd:.2}"));
    let count = |value: Option<f64>| value.map_or("–".to_owned(), |count| format!("{count:.0}"));
    let failed = |table: &Value, all: &str| match (total(table, all), total(table, "failed")) {
        (Some(all), Some(failed)) if all > 0.0 => format!("{failed:.0} of {all:.0} ({:.1} %)", 100.0 * failed / all),
        (Some(_), _) => "none yet".into(),
        _ => "–".into(),
    };
    let gateway = &now["gateway"];
    let answers = match gateway["answers"].as_bool() {
        Some(true) => "answers",
        Some(false) => "does not answer",
        None => "is not asked",
    };
    let version = gateway["version"].as_str().map_or(String::new(), |version| format!("{version}, "));
    let up = gateway["up"].as_f64().map_or(String::new(), |up| format!(", up for {}", span(up)));
    let budget = now["budget"].as_f64().map_or(String::new(), |budget| format!(" of ${budget:.2}"));
    let lane = &now["oldest"]["lane"];
    let waiting = lane["name"].as_str().map_or("–".into(), |name| match lane["seconds"].as_f64() {
        Some(seconds) if seconds > 0.0 => format!("{} in {name}", span(seconds)),
        _ => "nothing".to_owned(),
    });
    let quota = day["providers"].as_array().into_iter().flatten().flat_map(|provider| {
        let name = provider["provider"].as_str().unwrap_or_default();
        let windows = provider["quotas"].as_array().into_iter().flatten();
        windows.filter_map(move |quota| Some((quota["left"].as_f64()?, name, quota["window"].as_str()?)))
    });
    let quota = quota.min_by(|one, other| one.0.total_cmp(&other.0));
    let exporter = &now["exporter"];
    vec![
        ("Gateway", format!("{version}{answers}{up}")),
        ("Cost today", format!("{}{budget}", usd(now["today"]["usd"].as_f64()))),
        (
            "Calls failed",
            format!("{} in 15 min, {} in 24 h", failed(&quarter["models"], "calls"), failed(&day["models"], "calls")),
        ),
        ("Tools failed", format!("{} in 15 min", failed(&quarter["tools"], "ended"))),
        (
            "Runs",
            format!("p50 {}, p95 {}", seconds(&now["seconds"]["run"]["p50"]), seconds(&now["seconds"]["run"]["p95"])),
        ),
        ("First byte", format!("p95 {}", seconds(&now["seconds"]["first_byte"]["p95"]))),
        ("Messages", format!("{} in 24 h", count(total(&day["channels"], "received")))),
        ("Oldest waits", waiting),
        (
            "Quota left",
            quota.map_or("–".into(), |(left, name, window)| format!("{:.0} % of {name} ({window})", 100.0 * left)),
        ),
        (
            "Exporter",
            format!("{} of {} series", count(exporter["series"].as_f64()), count(exporter["series_limit"].as_f64())),
        ),
    ]
}

/// Without what would move a terminal's cursor: a name is not ours.
fn plain(text: &str) -> String {
    let moves = |char: char| {
        char.is_control() || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|char| if moves(char) { '\u{fffd}' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_page_of_an_exporter_names_its_data() {
        for (given, asked) in [
            ("http://localhost:1/", "http://localhost:1/ui/data"),
            ("http://localhost:1", "http://localhost:1/metrics/ui/data"),
            ("http://localhost:1/metrics", "http://localhost:1/metrics/ui/data"),
            ("http://localhost:1/a/ui", "http://localhost:1/a/ui/data"),
            ("http://localhost:1/ui/data", "http://localhost:1/ui/data"),
            ("http://localhost:1/i/north/metrics/", "http://localhost:1/i/north/metrics/ui/data"),
            ("unix:/run/a.sock", "unix:/run/a.sock:/metrics/ui/data"),
        ] {
            assert_eq!(data_of(given, None).unwrap().to_string(), asked, "{given}");
        }
        let newer = data_of("http://localhost:1/ui", Some(7)).unwrap();
        assert_eq!(newer.to_string(), "http://localhost:1/ui/data?since=7");
    }

    #[test]
    fn a_name_moves_no_cursor() {
        assert_eq!(plain("a\x1b[2Jb\u{202e}c\0"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
    }
}
