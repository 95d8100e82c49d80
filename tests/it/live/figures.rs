//! What the live page shows is what the metrics show.

use openclaw_prometheus::openclaw::rpc::Method;
use openclaw_prometheus::openclaw::{Line, ModelCall};
use openclaw_prometheus::{Clock, encode};

use super::{Case, call, column, page_sum, rows, sum};

const SAMPLE: &str = include_str!("../../../cli/data/sample.jsonl");

#[test]
fn what_the_page_shows_adds_up_to_what_the_metrics_show() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    for (number, line) in SAMPLE.lines().enumerate() {
        let line: Line<'_> = Line::parse(line).unwrap();
        openclaw.observe(&line.event, line.metadata);
        if number % 20 == 0 {
            case.pass(7);
        }
    }
    case.pass(1);
    let (data, page) = (case.data(""), encode::text(&case.exporter.registry));
    let day = |id: &str| -> f64 {
        let columns = data["columns"].as_array().unwrap();
        let of_id = columns.iter().filter(|column| column["id"] == id);
        of_id.map(|column| sum(&self::column(&data, "coarse", id, column["of"].as_str().unwrap()))).sum()
    };
    let total =
        |table: &str, key: &str| -> f64 { rows(&data, "24h", table).iter().filter_map(|row| row[key].as_f64()).sum() };
    let figures = [
        ("openclaw_run_completed_total", &[][..], day("runs")),
        ("openclaw_model_call_total", &[], day("calls")),
        ("openclaw_model_call_total", &["outcome=\"error\""], day("failed_calls")),
        ("openclaw_model_call_total", &[], total("models", "calls")),
        ("openclaw_model_call_total", &["outcome=\"error\""], total("providers", "failed")),
        ("openclaw_model_cost_usd_total", &[], day("cost")),
        ("openclaw_model_cost_usd_total", &[], total("models", "usd")),
        ("openclaw_model_tokens_total", &["token_type=\"input\""], sum(&column(&data, "coarse", "tokens", "input"))),
        ("openclaw_message_received_total", &[], sum(&column(&data, "coarse", "messages", "received"))),
        ("openclaw_message_received_total", &[], total("channels", "received")),
        ("openclaw_tool_execution_total", &[], sum(&column(&data, "coarse", "tools", "ended"))),
        ("openclaw_tool_execution_total", &["outcome=\"error\""], total("tools", "failed")),
        ("openclaw_agent_runs_total", &[], total("agents", "runs")),
        ("openclaw_gateway_rpc_requests_total", &[], sum(&column(&data, "coarse", "rpc", "requests"))),
        ("openclaw_gc_duration_seconds_sum", &[], sum(&column(&data, "coarse", "gc_seconds", ""))),
    ];
    for (family, labels, shown) in figures {
        let counted = page_sum(&page, family, labels);
        assert!(counted > 0.0, "the sample has no {family} {labels:?}");
        assert!((shown - counted).abs() <= 1e-3 * counted, "{family} {labels:?}: {shown} shown, {counted} counted");
    }
    // And what is now is what the page of metrics has.
    let p95 = page_sum(&page, "openclaw_sli_duration_seconds", &["sli=\"run\"", "percentile=\"95\""]);
    assert_eq!(data["now"]["seconds"]["run"]["p95"].as_f64(), Some(p95));
    let rss = page_sum(&page, "openclaw_memory_bytes", &["kind=\"rss\""]);
    let last = column(&data, "fine", "memory_bytes", "rss").last().copied().flatten();
    assert!((last.unwrap() / rss - 1.0).abs() < 1e-6);
}

/// The 95th percentile as Prometheus takes it from the buckets on a page, of all series with these labels.
fn histogram_quantile(page: &str, family: &str, labels: &[String]) -> f64 {
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    for line in page.lines().filter(|line| line.starts_with(&format!("{family}_bucket{{"))) {
        if !labels.iter().all(|label| line.contains(label.as_str())) {
            continue;
        }
        let bound = line.split("le=\"").nth(1).unwrap().split('"').next().unwrap();
        let bound: f64 = bound.parse().unwrap_or(f64::INFINITY);
        let count: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        match buckets.iter_mut().find(|(known, _)| *known == bound) {
            Some((_, sum)) => *sum += count,
            None => buckets.push((bound, count)),
        }
    }
    let rank = 0.95 * buckets.last().unwrap().1;
    let at = buckets.iter().position(|(_, below)| *below >= rank).unwrap();
    if buckets[at].0.is_infinite() {
        return buckets[at - 1].0;
    }
    let (lower, below) = if at == 0 { (0.0, 0.0) } else { buckets[at - 1] };
    lower + (buckets[at].0 - lower) * (rank - below) / (buckets[at].1 - below)
}

#[test]
fn p95_by_model_is_what_prometheus_takes_from_its_buckets() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    for number in 0..200_u32 {
        for (model, scale) in [("fast", 7.0), ("slow", 190.0), ("slowest", 60_000.0)] {
            let duration_ms = f64::from(number * number % 101) * scale;
            let call = ModelCall { duration_ms: duration_ms.into(), ..call("openai", model) };
            if number % 7 == 0 { openclaw.model_call_error(&call) } else { openclaw.model_call_completed(&call) }
        }
        if number % 25 == 0 {
            case.pass(3);
        }
    }
    case.pass(1);
    let page = encode::text(&case.exporter.registry);
    let data = case.data("");
    for model in ["fast", "slow", "slowest"] {
        let labels = [format!("model=\"{model}\"")];
        let counted = histogram_quantile(&page, "openclaw_model_call_duration_seconds", &labels);
        for range in ["15m", "24h"] {
            let row = rows(&data, range, "models").iter().find(|row| row["model"] == model).unwrap();
            let shown = row["p95"].as_f64().unwrap();
            assert!((shown / counted - 1.0).abs() < 1e-9, "{model} {range}: {shown} shown, {counted} counted");
        }
    }
    // What was called before this range has none in it.
    case.leap(1_000);
    let data = case.data("");
    assert!(rows(&data, "15m", "models").is_empty());
    assert!(rows(&data, "24h", "models")[0]["p95"].is_number());
}

#[test]
fn the_gateways_day_began_when_its_date_was_seen_to_change() {
    let mut case = Case::well();
    let answer = |date: &str, unix: f64| {
        format!(
            r#"{{"updatedAt":{},"days":30,"daily":[{{"date":"{date}","totalCost":2.5,"totalTokens":9}}],"totals":{{}}}}"#,
            unix * 1e3
        )
    };
    // 1970-01-12, 13:46:40 in UTC; where the Gateway is midnight comes at 14:00.
    let unix = |case: &Case| case.clock.unix().as_secs_f64();
    let midnight = 50_400.0 + 11.0 * 86_400.0;
    case.answered(Method::UsageCost, &answer("1970-01-12", unix(&case)));
    case.pass(1);
    let today = |case: &mut Case| case.data("")["now"]["today"].clone();
    assert_eq!((today(&mut case)["usd"].as_f64(), today(&mut case)["from"].as_f64()), (Some(2.5), None));
    while unix(&case) < midnight + 5.0 {
        case.pass(40);
        case.answered(Method::UsageCost, &answer("1970-01-12", unix(&case)));
    }
    case.pass(40);
    case.answered(Method::UsageCost, &answer("1970-01-13", unix(&case)));
    case.pass(1);
    assert_eq!(today(&mut case)["from"].as_f64(), Some(midnight));
    // A reload tells another date no earlier than the Gateway does.
    let mut case = case.reload("{}", 5);
    case.answered(Method::UsageCost, &answer("1970-01-13", unix(&case)));
    case.pass(1);
    assert_eq!(today(&mut case)["from"].as_f64(), Some(midnight));
}
