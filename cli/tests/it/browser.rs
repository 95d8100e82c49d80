//! A browser has the last word on what is for people: the landing page, and the metrics as plain text.
//!
//! Ignored by default because it needs Debian's package `chromium`; `tests/all` installs it and runs it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the browser makes of an address: its document once everything is loaded and run.
fn document(address: &str) -> String {
    // Two browsers with one profile are in each other's way.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("chromium-{}-{number}", std::process::id()));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=2000"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(address)
        .output()
        .expect("chromium is installed");
    let _ = std::fs::remove_dir_all(profile);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs chromium; tests/all installs it"]
fn chromium_shows_the_landing_page_and_the_metrics() {
    let (_server, address) = crate::program::serve(&["--demo"]);
    let site = format!("http://{address}");
    let landing = document(&format!("{site}/"));
    assert!(landing.contains(&format!("<h1>openclaw-prometheus<small>{}</small></h1>", env!("CARGO_PKG_VERSION"))));
    for path in ["/ui", "/metrics", "/metrics/per-object", "/metrics/detailed?family=", "/metrics/health", "/-/ready"] {
        assert!(landing.contains(&format!("<a href=\".{path}\">")), "{path}\n{landing}");
    }
    // As text, to be read, not offered as a file to be saved.
    let metrics = document(&format!("{site}/metrics"));
    assert!(metrics.contains("<pre") && metrics.contains("# TYPE openclaw_exporter_build_info gauge"), "{metrics}");
    let health = document(&format!("{site}/metrics/health"));
    assert!(health.contains("\"healthy\":true"), "{health}");
}

#[test]
#[ignore = "needs chromium; tests/all installs it"]
fn chromium_shows_the_live_page_of_the_demo() {
    let (_server, address) = crate::program::serve(&["--demo"]);
    let data = || {
        let answer = support::answers::Answer::over(address, &[b"GET /ui/data"]);
        serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON")
    };
    // The first look has seen something of the recording.
    support::deadline::until("calls", || {
        data()["tables"]["15m"]["models"].as_array().is_some_and(|models| !models.is_empty())
    });
    // Its own path, and that beside the metrics: what it asks for is beside it.
    for path in ["/ui", "/metrics/ui"] {
        let page = document(&format!("http://{address}{path}"));
        let told = data();
        let models = told["tables"]["15m"]["models"].as_array().unwrap();
        for model in models {
            let name = model["model"].as_str().unwrap();
            assert!(page.contains(name), "{path} shows {name}: {page}");
        }
        let tools = told["tables"]["15m"]["tools"].as_array().unwrap();
        assert!(tools.iter().any(|tool| page.contains(tool["tool"].as_str().unwrap())), "{path} shows tools");
        assert!(page.contains("<h1"), "{path} has its sentence");
    }
}
