//! A browser has the last word on what is for people: the landing page, and the metrics as plain text.
//!
//! Ignored by default because it needs Debian's package `chromium`; `tests/all` installs it and runs it.

use std::path::PathBuf;
use std::process::Command;

/// What the browser makes of an address: its document once everything is loaded and run.
fn document(address: &str) -> String {
    let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("chromium-{}", std::process::id()));
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
    for path in ["/metrics", "/metrics/per-object", "/metrics/detailed?family=", "/metrics/health", "/-/ready"] {
        assert!(landing.contains(&format!("<a href=\"{path}\">")), "{path}\n{landing}");
    }
    // As text, to be read, not offered as a file to be saved.
    let metrics = document(&format!("{site}/metrics"));
    assert!(metrics.contains("<pre") && metrics.contains("# TYPE openclaw_exporter_build_info gauge"), "{metrics}");
    let health = document(&format!("{site}/metrics/health"));
    assert!(health.contains("\"healthy\":true"), "{health}");
}
