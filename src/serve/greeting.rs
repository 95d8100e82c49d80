//! What the root page says of now: what is wrong, since when pages are served, how old they are, when they were last scraped.
//!
//! Made on the serving thread from figures that lie ready, as `/health` is.

use std::fmt::Write;
use std::time::Duration;

use super::health::{Complaints, complaints};
use super::landing::{Landing, escaped, root};
use super::site::Site;

/// Complaints that are shown at most, and characters of one: the page stays small.
const COMPLAINTS: usize = 4;
const COMPLAINT_CHARS: usize = 160;

/// The root page of a site as it is now.
pub(super) fn landing(site: &Site) -> Landing {
    let mut now = String::new();
    complain(site, &mut now);
    now.push_str("<dl>");
    for (what, value) in facts(site) {
        // Writing to a string cannot fail.
        let _ = write!(now, "<div><dt>{what}</dt><dd>{value}</dd></div>");
    }
    if !site.instances.is_empty() {
        let (count, links) = site.instances.links(root(site.external_prefix()));
        let _ = write!(now, "<div><dt>{}</dt><dd>{links}</dd></div>", counted(count, "instance"));
    }
    now.push_str("</dl>");
    Landing::new(site.landing.clone(), now)
}

/// What is wrong: to whom a token is asked of, only that something is.
fn complain(site: &Site, html: &mut String) {
    let Complaints { reasons, warnings, .. } = complaints(site);
    let all: Vec<String> = reasons.into_iter().chain(warnings).collect();
    if all.is_empty() {
        return;
    }
    html.push_str("<ul>");
    if site.asks_who() {
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
            match site.access() {
                "open" => "open to who reaches this address".to_owned(),
                how => format!("with a {how}"),
            },
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
