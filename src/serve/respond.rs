//! What to answer: one function without input or output, so that every server gives the same answers.

use std::sync::Arc;

use crate::publish::{Fresh, Page, Pages};

/// Where the exposition is.
const PATH: &str = "/metrics";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What of a request decides the answer.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The path without the query.
    pub path: &'a str,
}

impl<'a> RequestHead<'a> {
    /// The head of a request.
    pub fn new(method: &'a str, path: &'a str) -> Self {
        Self { method, path }
    }
}

/// An answer. Every answer has a Content-Type: Prometheus 3 refuses one without.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The Content-Type.
    pub content_type: &'static str,
    /// The Allow header, for 405.
    pub allow: Option<&'static str>,
    /// The body.
    pub body: Body,
    /// Whether the body is only announced: the answer to HEAD.
    pub is_head: bool,
}

/// The body of an answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Body {
    /// A short text.
    Text(&'static str),
    /// A finished page.
    Page(Arc<Page>),
    /// A page that is made for this request and others like it.
    Fresh(Fresh),
}

/// Answers a request from `pages`.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::serve::{RequestHead, respond};
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let reply = respond(&publisher.pages(), &RequestHead::new("GET", "/metrics"));
/// assert_eq!((reply.status, reply.content_type), (200, "text/plain; version=0.0.4; charset=utf-8"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn respond(pages: &Arc<Pages>, head: &RequestHead<'_>) -> Reply {
    let is_head = head.method == "HEAD";
    let text = |status, text, allow| Reply { status, content_type: PLAIN, allow, body: Body::Text(text), is_head };
    if head.path != PATH {
        return text(404, "Not found. The metrics are at /metrics.\n", None);
    }
    if head.method != "GET" && !is_head {
        return text(405, "Only GET and HEAD are answered.\n", Some("GET, HEAD"));
    }
    let page = pages.current();
    let content_type = page.content_type();
    let body = if pages.is_on_demand() { Body::Fresh(pages.fresh()) } else { Body::Page(page) };
    Reply { status: 200, content_type, allow: None, body, is_head }
}
