//! `/`: a small page for whoever opens the port in a browser. It loads nothing and runs nothing. Most of it is made once; what it
//! says of now, for each who asks: see [`greeting`](super::greeting).

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
ul{margin:0 0 2rem;padding-left:1.2rem}\
dl{margin:0 0 2rem;border-top:1px solid var(--line)}\
div{display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;padding:.7rem 0;border-bottom:1px solid var(--line)}\
dt{flex:0 0 15rem}dd{margin:0;flex:1 1 16rem;color:var(--soft)}\
a{color:var(--link);text-decoration:none;font-family:ui-monospace,monospace;font-size:.95rem}\
a:hover,a:focus{text-decoration:underline}";

/// Bytes that the links take as a rule.
const LINKS_BYTES: usize = 1536;
/// What of the page stays as it is. Made once.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Up to the style.
    head: String,
    title: String,
    links: String,
}

/// The page as it is now, in pieces.
#[derive(Debug)]
pub(super) struct Landing {
    frame: Arc<Frame>,
    now: String,
}

impl Frame {
    /// Of a site whose exposition is at `metrics_path` below `prefix`. Without one links lead on from where the page is: the site
    /// may be an instance of another.
    pub(super) fn new(about: &About, prefix: &str, metrics_path: &str, has_live: bool) -> Self {
        let base = metrics_path.trim_end_matches('/');
        let mut links = vec![
            (metrics_path.to_owned(), "the metrics: text, OpenMetrics, gzip, as the client asks"),
            (format!("{base}/per-object"), "the same values as JSON, grouped by what they are about"),
            (
                format!("{base}/detailed?family="),
                "families whose name contains a text: series, refusals, labels, samples",
            ),
            (format!("{base}/health"), "whether all is well, how old the page is, how much room is used"),
            ("/-/healthy".into(), "200 while pages are rendered"),
            ("/-/ready".into(), "200 when scrapes can be answered"),
        ];
        if has_live {
            links.insert(0, ("/ui".into(), "the live page: what the Gateway does now, and what is wrong"));
        }
        let head = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{name}</title><style>",
            name = escaped(&about.name),
        );
        let title = format!(
            "</style></head><body><main><h1>{name}<small>{version}</small></h1><p>{description}</p>",
            name = escaped(&about.name),
            version = escaped(&about.version),
            description = escaped(&about.description),
        );
        let mut links_text = String::with_capacity(LINKS_BYTES);
        links_text.push_str("<dl>");
        let prefix = escaped(prefix);
        let root = root(&prefix);
        for (path, what) in links {
            let path = escaped(&path);
            // Writing to a string cannot fail.
            let _ =
                write!(links_text, "<div><dt><a href=\"{root}{path}\">{prefix}{path}</a></dt><dd>{what}</dd></div>");
        }
        links_text.push_str("</dl></main></body></html>\n");
        Self { head, title, links: links_text }
    }
}

impl Landing {
    /// The page with what is to be said now.
    pub(super) fn new(frame: Arc<Frame>, now: String) -> Self {
        Self { frame, now }
    }

    pub(super) const PIECES: usize = 5;

    pub(super) fn piece(&self, index: usize) -> &[u8] {
        let Frame { head, title, links } = &*self.frame;
        let pieces = [head, STYLE, title, &self.now, links];
        pieces.get(index).map_or(&[], |piece| piece.as_bytes())
    }

    pub(super) fn len(&self) -> usize {
        (0..Self::PIECES).map(|index| self.piece(index).len()).sum()
    }
}

/// What links begin with.
pub(super) fn root(prefix: &str) -> &str {
    if prefix.is_empty() { "." } else { prefix }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
