//! Promise: a collector that is disabled is neither shown nor asked for, until the configuration says otherwise; every family
//! belongs to one.
#![cfg(all(feature = "serve", feature = "openclaw", feature = "config"))]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::{self, Exporter};
use openclaw_prometheus::openclaw::catalogue::{Section, Source, entries, section_of};
use openclaw_prometheus::openclaw::rpc::{Method, Rpc};
use openclaw_prometheus::{ManualClock, encode};
use support::answers::Answer;

fn config(text: &str) -> Config {
    Config::from_json5(text).unwrap()
}

/// Has everything asked that is due now; each is answered by what makes no figures.
fn asked(rpc: &Rpc, clock: &ManualClock) -> BTreeSet<&'static str> {
    let mut asked = BTreeSet::new();
    for _ in 0..50 {
        clock.advance(Duration::from_millis(100));
        if let Some(method) = rpc.next() {
            rpc.failed(method, "not here");
            asked.insert(method.name());
        }
    }
    asked
}

fn health(exporter: &Exporter) -> serde_json::Value {
    serde_json::from_slice(&exporter.site.health().1).unwrap()
}

#[test]
fn every_family_belongs_to_a_collector_and_every_collector_has_some() {
    let exporter = Exporter::new(&Config::default(), ManualClock::new()).unwrap();
    let mut by_section: BTreeMap<Section, Vec<&str>> = BTreeMap::new();
    for entry in entries() {
        assert_eq!(Section::ALL[section_of(entry.name)], entry.section, "{}", entry.name);
        by_section.entry(entry.section).or_default().push(entry.name);
    }
    assert_eq!(Section::ALL[section_of("somebodys_total")], Section::Other);
    let with_families: Vec<Section> = by_section.keys().copied().collect();
    assert_eq!(with_families, Section::ALL[..Section::ALL.len() - 1], "all but the one for what is in no catalogue");
    for (place, section) in Section::ALL.iter().enumerate() {
        assert_eq!((*section as usize, Section::NAMES[place]), (place, section.name()));
        assert_eq!(Section::named(section.name()), Some(*section));
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        assert!(section.name().bytes().all(is_plain), "a name needs no quotes anywhere: {}", section.name());
        assert!(section.about().ends_with('.') && section.chinese_about().ends_with('。'), "{section:?}");
    }
    assert_eq!(exporter.registry.sections().names(), Section::NAMES);
    // What it tells of itself goes with the two that --web.disable-exporter-metrics names.
    for entry in entries() {
        let is_own = [Source::Own, Source::Process].contains(&entry.source);
        assert_eq!(is_own, [Section::Exporter, Section::Process].contains(&entry.section), "{}", entry.name);
    }
}

#[test]
fn a_disabled_collector_is_not_shown_nor_is_its_method_asked_and_health_names_it() {
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let disabled = config("{ collectors: { disabled: ['usage', 'cron', 'models', 'exporter'] } }");
    let exporter = Exporter::new(&disabled, clock.clone()).unwrap();
    exporter.rpc.begin(Duration::from_secs(60));
    let all: BTreeSet<&str> = Method::ALL.iter().map(|method| method.name()).collect();
    let left_out = ["cron.status", "cron.list", "usage.cost", "sessions.usage", "models.list"];
    let expected: BTreeSet<&str> = all.iter().copied().filter(|name| !left_out.contains(name)).collect();
    assert_eq!(asked(&exporter.rpc, &clock), expected);
    let Exporter { mut publisher, site, registry, rpc, .. } = exporter;
    publisher.tick();
    let page = Answer::get(&site, "/metrics").text();
    for entry in entries() {
        let is_disabled = disabled.disabled_collectors().any(|name| name == entry.section.name());
        let is_there = page.contains(&format!("# TYPE {} ", entry.name));
        assert!(!(is_disabled && is_there), "{} is there", entry.name);
        let is_always = entry.after.is_none() && (entry.source != Source::Process || cfg!(target_os = "linux"));
        assert!(is_disabled || is_there || !is_always, "{} is missing", entry.name);
    }
    assert_eq!(encode::text(&registry).lines().count(), page.lines().count(), "the same without a server");
    let health: serde_json::Value = serde_json::from_slice(&site.health().1).unwrap();
    assert_eq!(health["disabled_collectors"], serde_json::json!(["models", "usage", "cron", "exporter"]));

    // While it serves.
    exporter::switch_collectors(&config("{ collectors: { disabled: ['health'] } }"), &site, &rpc);
    clock.advance(Duration::from_secs(3_600));
    let expected: BTreeSet<&str> = all.iter().copied().filter(|name| *name != "health").collect();
    assert_eq!(asked(&rpc, &clock), expected);
    publisher.tick();
    let page = Answer::get(&site, "/metrics").text();
    assert!(page.contains("\nopenclaw_metrics_series ") && page.contains("# TYPE openclaw_cron_jobs "), "{page}");
    assert!(!page.contains("openclaw_health_ok"));
}

#[test]
fn what_is_left_out_takes_its_figures_and_its_failure_with_it() {
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let mut exporter = Exporter::new(&Config::default(), clock.clone()).unwrap();
    exporter.rpc.begin(Duration::from_secs(60));
    while exporter.rpc.next() != Some(Method::Health) {
        Method::ALL.into_iter().for_each(|method| exporter.rpc.failed(method, "not here"));
        clock.advance(Duration::from_millis(100));
    }
    exporter.rpc.answered(Method::Health, r#"{"ok":true}"#, Duration::from_millis(3));
    asked(&exporter.rpc, &clock);
    exporter.publisher.tick();
    let value = |exporter: &Exporter, line: &str| {
        let page = Answer::get(&exporter.site, "/metrics").text();
        page.lines().find_map(|known| known.strip_prefix(line).map(str::to_owned))
    };
    assert_eq!(value(&exporter, "openclaw_health_ok "), Some("1".into()));
    assert!(value(&exporter, "openclaw_rpc_cost_seconds{method=\"health\"}").is_some());
    assert_eq!(value(&exporter, "openclaw_metrics_collector_success{collector=\"node.list\"} "), Some("0".into()));

    let disabled = config("{ collectors: { disabled: ['health', 'nodes'] } }");
    exporter::switch_collectors(&disabled, &exporter.site, &exporter.rpc);
    exporter.publisher.tick();
    assert_eq!(value(&exporter, "openclaw_rpc_cost_seconds{method=\"health\"}"), None);
    assert_eq!(value(&exporter, "openclaw_metrics_collector_success{collector=\"node.list\"} "), Some("1".into()));
    let warnings = health(&exporter)["warnings"].to_string();
    assert!(!warnings.contains("node.list") && warnings.contains("system.info"), "{warnings}");
    // What it once answered is not taken for what is so.
    exporter::switch_collectors(&Config::default(), &exporter.site, &exporter.rpc);
    exporter.publisher.tick();
    assert_eq!(value(&exporter, "openclaw_health_ok "), None);
}

#[test]
fn the_live_page_goes_on_with_what_pages_leave_out() {
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let mut disabled =
        Exporter::new(&config("{ collectors: { disabled: ['rpc', 'exporter'] } }"), clock.clone()).unwrap();
    disabled.rpc.reached(openclaw_prometheus::openclaw::rpc::Way::WebSocket, Ok(()));
    clock.advance(Duration::from_secs(1));
    disabled.publisher.tick();
    let site = &disabled.site;
    let publisher = std::sync::Mutex::new(&mut disabled.publisher);
    let document = |path: &str| {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| Answer::get(site, path).text());
            while !asked.is_finished() {
                publisher.lock().unwrap().tick();
            }
            asked.join().unwrap()
        })
    };
    let data = document("/ui/data");
    assert!(!data.contains("The Gateway is not asked over RPC."), "{data}");
    let families = document("/ui/families");
    assert!(families.contains("\"openclaw_up\"") && !families.contains("\"openclaw_rpc_up\""), "{families}");
}
