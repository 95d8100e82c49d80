//! What the live page shows is what the metrics show.

use openclaw_prometheus::encode;
use openclaw_prometheus::openclaw::Line;

use super::{Case, column, page_sum, rows, sum};

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
