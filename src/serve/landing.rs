//! `/`: a small page for whoever opens the port in a browser: what is served, since when, who was last here, and what is wrong.
//! It loads nothing and runs nothing. Made for each who asks, from figures that lie ready.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use super::health::{Complaints, complaints};
use super::site::Site;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#dfe4ea;--paper:#fff;--link:#b4331f}\
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf0;--soft:#9aa5b4;--line:#2c3440;--paper:#12161c;--link:#ff8a73}}\
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}\
main{max-width:44rem;margin:0 auto;padding:3.5rem 1.5rem}\
h1{font-size:1.6rem;margin:0}\
h1 small{font-weight:400;font-size:1rem;color:var(--soft);margin-left:.4rem}\
p{color:var(--soft);margin:.4rem 0 2rem}\
ul{margin:0 0 2rem;padding-left:1.2rem}\
dl{margin:0 0 2rem;border-top:1px solid var(--line)}\
div{display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;padding:.7rem 0;border-bottom:1px solid var(--line)}\
dt{flex:0 0 15rem}dd{margin:0;flex:1 1 16rem;color:var(--soft)}\
a{color:var(--link);text-decoration:none;font-family:ui-monospace,monospace;font-size:.95rem}\
a:hover,a:focus{text-decoration:underline}";

/// Complaints that are shown at most, and characters of one: the page stays small.
const COMPLAINTS: usize = 6;
const COMPLAINT_CHARS: usize = 200;

/// The page of a site as it is now.
pub(super) fn html(site: &Site) -> Arc<[u8]> {
    let base = site.metrics_path().trim_end_matches('/');
    let mut links = vec![
        (site.metrics_path().to_owned(), "the metrics: text, OpenMetrics, gzip, as the client asks"),
        (format!("{base}/per-object"), "the same values as JSON, grouped by what they are about"),
        (format!("{base}/detailed?family="), "families whose name contains a text: series, refusals, labels, samples"),
        (format!("{base}/health"), "whether all is well, how old the page is, how much room is used"),
        ("/-/healthy".into(), "200 while pages are rendered"),
        ("/-/ready".into(), "200 when scrapes can be answered"),
    ];
    if site.live.is_some() {
        links.insert(0, ("/ui".into(), "the live page: what the Gateway does now, and what is wrong"));
    }
    let about = &site.about;
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{name}</title>\
         <style>{STYLE}</style></head><body><main><h1>{name}<small>{version}</small></h1><p>{description}</p>",
        name = escaped(&about.name),
        version = escaped(&about.version),
        description = escaped(&about.description),
    );
    complain(site, &mut html);
    html.push_str("<dl>");
    for (path, what) in links {
        let path = escaped(&path);
        let _ = write!(html, "<div><dt><a href=\"{path}\">{path}</a></dt><dd>{what}</dd></div>");
    }
    html.push_str("</dl><dl>");
    for (what, value) in facts(site) {
        let _ = write!(html, "<div><dt>{what}</dt><dd>{value}</dd></div>");
    }
    html.push_str("</dl></main></body></html>\n");
    html.into_bytes().into()
}

/// What is wrong: to whom a token is asked of, only that something is.
fn complain(site: &Site, html: &mut String) {
    let Complaints { reasons, warnings, .. } = complaints(site);
    let all: Vec<String> = reasons.into_iter().chain(warnings).collect();
    if all.is_empty() {
        return;
    }
    html.push_str("<ul>");
    if site.auth.is_on() {
        let _ = write!(html, "<li>{} to see in health</li>", counted(all.len(), "warning"));
    } else {
        for complaint in all.iter().take(COMPLAINTS) {
            let short: String = complaint.chars().take(COMPLAINT_CHARS).collect();
            let _ = write!(html, "<li>{}</li>", escaped(&short));
        }
        if all.len() > COMPLAINTS {
            let _ = write!(html, "<li>{} more, see health</li>", all.len() - COMPLAINTS);
        }
    }
    html.push_str("</ul>");
}

fn facts(site: &Site) -> [(&'static str, String); 4] {
    let clock = site.pages.clock();
    let unix = clock.unix();
    let ago = |at: Duration| format!("{} ago", rough(unix.saturating_sub(at)));
    let page = if site.pages.is_on_demand() {
        "made when it is asked for".to_owned()
    } else {
        format!("made {} ago, each {} s", rough(site.pages.age()), site.pages.interval().as_secs_f64())
    };
    [
        ("started", ago(site.started_at)),
        ("page", page),
        ("last scrape", site.scraped_at().map_or("none yet".into(), ago)),
        (
            "access",
            if site.auth.is_on() { "with a token".into() } else { "open to who reaches this address".to_owned() },
        ),
    ]
}

/// A length of time in its largest unit.
fn rough(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => counted(seconds as usize, "second"),
        seconds @ 120..7_200 => counted(seconds as usize / 60, "minute"),
        seconds @ 7_200..172_800 => counted(seconds as usize / 3_600, "hour"),
        seconds => counted(seconds as usize / 86_400, "day"),
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
