//! The documents, and who gets them.

use std::sync::Arc;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Sidecar;
use openclaw_prometheus::openclaw::ToolExecution;
use openclaw_prometheus::serve::{RequestHead, respond};
use openclaw_prometheus::{ManualClock, encode};
use serde_json::Value;

use super::{Case, SECOND, fetch};

#[test]
fn hostile_names_are_text_in_every_document() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    for name in ["</script><script>alert(1)</script>", "\u{202e}gnp.exe", "a\0b", "\"}],\"x\":["] {
        openclaw.tool_execution_error(&ToolExecution { tool: name.into(), ..ToolExecution::default() });
    }
    case.pass(2);
    for path in ["/ui/data", "/ui/families", "/ui/families?family=openclaw_tool_execution_total"] {
        let body = case.get(path);
        assert!(!body.contains(&b'<'), "{path}");
        serde_json::from_slice::<Value>(&body).unwrap();
    }
}

#[test]
fn families_are_listed_with_what_they_have_and_who_grew() {
    let mut case = Case::new();
    let openclaw = case.openclaw();
    case.pass(1);
    for _ in 0..7 {
        case.leap(300);
    }
    // Whose numbers the families have is another reader's then.
    let mut case = case.reload("{}", 900);
    for _ in 0..3 {
        case.leap(300);
    }
    let names: Vec<String> = (0..200).map(|number| format!("tool_{number}")).collect();
    for name in &names {
        openclaw.tool_execution_completed(&ToolExecution { tool: name.as_str().into(), ..ToolExecution::default() });
    }
    case.pass(1);
    let list: Value = serde_json::from_slice(&case.get("/ui/families")).unwrap();
    let families = list["families"].as_array().unwrap();
    let page = encode::text(&case.exporter.registry);
    assert_eq!(families.len(), page.lines().filter(|line| line.starts_with("# TYPE ")).count());
    let of = |name: &str| families.iter().find(|family| family["name"] == name).unwrap();
    let tools = of("openclaw_tool_execution_total");
    assert_eq!((tools["series"].as_u64(), tools["value"].as_f64()), (Some(200), Some(200.0)));
    assert_eq!(tools["hour_ago"].as_u64(), Some(0));
    assert!(case.findings().contains(&("label-leak".into(), "watch".into())));
    let whole: Value = serde_json::from_slice(&case.get("/ui/families?family=openclaw_tool_execution_total")).unwrap();
    let whole = &whole["families"][0];
    assert_eq!(whole["label_values"]["tool"].as_u64(), Some(200));
    assert_eq!(whole["top"].as_array().unwrap().len(), 50);
    let nothing: Value = serde_json::from_slice(&case.get("/ui/families?family=nothing")).unwrap();
    assert_eq!(nothing["families"].as_array().unwrap().len(), 0);
}

#[test]
fn the_page_is_open_and_its_data_need_the_token() {
    let config = r#"{ scrapeAuth: { enabled: true, bearerToken: "0123456789abcdef0123456789abcdef" } }"#;
    let case = Case::with(config);
    let status = |path: &str| respond(&case.exporter.site, &RequestHead::new("GET", path)).status();
    for path in ["/ui", "/metrics/ui"] {
        assert_eq!(status(path), 200);
        let reply = respond(&case.exporter.site, &RequestHead::new("GET", path));
        let policy = reply.headers().find(|(name, _)| *name == "content-security-policy").unwrap().1.to_string();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
    for path in ["/ui/data", "/ui/families", "/metrics/ui/data", "/metrics/ui/families"] {
        assert_eq!(status(path), 401, "{path}");
    }
}

#[test]
fn without_it_there_is_no_page_no_data_and_no_link() {
    let case = Case::with("{ ui: false }");
    let reply = |path: &str| respond(&case.exporter.site, &RequestHead::new("GET", path));
    for path in ["/ui", "/ui/data", "/ui/families", "/metrics/ui", "/metrics/ui/data"] {
        assert_eq!(reply(path).status(), 404, "{path}");
    }
    let landing: Vec<u8> = reply("/").pieces().flatten().copied().collect();
    assert!(!String::from_utf8(landing).unwrap().contains("/ui"));
}

#[test]
fn a_sidecar_says_what_it_cannot_tell() {
    let clock = Arc::new(ManualClock::at(SECOND * 1_000_000));
    let mut sidecar = Sidecar::new(&Config::default(), clock).unwrap();
    sidecar.publisher.tick();
    let body = fetch(&sidecar.site, &mut sidecar.publisher, "/ui/data", "");
    let data: Value = serde_json::from_slice(&body).unwrap();
    let untold: Vec<&str> =
        data["untold"].as_array().unwrap().iter().map(|untold| untold["block"].as_str().unwrap()).collect();
    assert!(["answering", "failures", "channels", "quota"].iter().all(|block| untold.contains(block)), "{untold:?}");
}
