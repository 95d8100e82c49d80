//! `/`: a small page for whoever opens the port in a browser. Made once; it loads nothing and runs nothing.

use std::fmt::Write;
use std::sync::Arc;

use super::about::About;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#dfe4ea;--paper:#fff;--link:#b4331f}\
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf0;--soft:#9aa5b4;--line:#2c3440;--paper:#12161c;--link:#ff8a73}}\
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}\
main{max-width:44rem;margin:0 auto;padding:3.5rem 1.5rem}\
h1{font-size:1.6rem;margin:0}\
h1 small{font-weight:400;font-size:1rem;color:var(--soft);margin-left:.4rem}\
p{color:var(--soft);margin:.4rem 0 2rem}\
dl{margin:0;border-top:1px solid var(--line)}\
div{display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;padding:.7rem 0;border-bottom:1px solid var(--line)}\
dt{flex:0 0 15rem}dd{margin:0;flex:1 1 16rem;color:var(--soft)}\
a{color:var(--link);text-decoration:none;font-family:ui-monospace,monospace;font-size:.95rem}\
a:hover,a:focus{text-decoration:underline}";

/// The page of a site whose exposition is at `metrics_path`.
pub(super) fn html(about: &About, metrics_path: &str) -> Arc<[u8]> {
    let base = metrics_path.trim_end_matches('/');
    let links = [
        (metrics_path.to_owned(), "the metrics: text, OpenMetrics, gzip, as the client asks"),
        (format!("{base}/per-object"), "the same values as JSON, grouped by what they are about"),
        (format!("{base}/detailed?family="), "families whose name contains a text: series, refusals, labels, samples"),
        (format!("{base}/health"), "whether all is well, how old the page is, how much room is used"),
        ("/-/healthy".into(), "200 while pages are rendered"),
        ("/-/ready".into(), "200 when scrapes can be answered"),
    ];
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{name}</title>\
         <style>{STYLE}</style></head><body><main><h1>{name}<small>{version}</small></h1><p>{description}</p><dl>",
        name = escaped(&about.name),
        version = escaped(&about.version),
        description = escaped(&about.description),
    );
    for (path, what) in links {
        let path = escaped(&path);
        let _ = write!(html, "<div><dt><a href=\"{path}\">{path}</a></dt><dd>{what}</dd></div>");
    }
    html.push_str("</dl></main></body></html>\n");
    html.into_bytes().into()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
