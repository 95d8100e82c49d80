//! Answers: a status, headers and bytes that lie ready, for any server to send.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use super::landing::Landing;
use super::lifecycle::Outcome;
use super::outgoing::Shared;
use super::refusal::Refusal;
use super::throttle::Hold;
use crate::foreign;
use crate::publish::{
    Coding, Content, Document, Pages, PanicSite, Part, PendingPage, PendingView, Shortage, WaitedPage,
};

pub(crate) const PLAIN: &str = "text/plain; charset=utf-8";
pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// An answer. Every answer has a Content-Type: Prometheus 3 refuses one without.
///
/// The bytes may still be coming: [`ready`](Self::ready) or [`wait`](Self::wait) until they are there, then send
/// [`status`](Self::status), [`headers`](Self::headers) and the [`pieces`](Self::pieces) of the body.
///
/// ```
/// # use std::time::Duration;
/// # use openclaw_prometheus::serve::{RequestHead, Site, respond};
/// # use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
/// # let registry = Registry::builder().build()?;
/// # let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
/// # let site = Site::new(ticker.pages());
/// let reply = respond(&site, &RequestHead::new("GET", "/metrics/health")).wait();
/// let body: Vec<u8> = reply.pieces().flatten().copied().collect();
/// assert_eq!((reply.status(), body[0]), (200, b'{'));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "an answer is there to be sent"]
pub struct Reply {
    status: u16,
    content_type: &'static str,
    /// One more header that this answer has: Allow, WWW-Authenticate, Retry-After.
    extra: Option<(&'static str, &'static str)>,
    /// The Content-Security-Policy of a page for browsers.
    policy: Option<&'static str>,
    /// The headers of the request that it depends on.
    vary: Option<&'static str>,
    /// Whether the connection ends with it.
    is_last: bool,
    /// Whether the body is only announced: the answer to HEAD.
    is_head: bool,
    body: Body,
    /// Headers that the operator gave.
    site_headers: Arc<[(&'static str, Box<str>)]>,
    /// Why it is not to be sent at once.
    hold: Option<Hold>,
    pub(crate) timer: Option<RequestTimer>,
}

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Body {
    Text(Cow<'static, str>),
    Bytes(Arc<[u8]>),
    /// The page of the root.
    Landing(Landing),
    /// Bytes in gzip.
    Packed(Arc<Vec<u8>>),
    /// A page or view that others may be sent too.
    Shared(Shared),
    /// A page that is made for this request and others like it.
    PendingPage {
        pending: PendingPage,
        coding: Coding,
        /// What of it is sent, if not all is.
        part: Option<Part>,
    },
    /// A view that is.
    PendingView {
        pending: PendingView,
        coding: Coding,
        pages: Arc<Pages>,
    },
    /// What comes of a request to reload.
    PendingReload(Outcome),
}

impl Body {
    const NOTHING: Self = Self::Text(Cow::Borrowed(""));

    /// A view in this coding if it is there in it.
    pub(super) fn view(view: Arc<Document>, coding: Coding, pages: Arc<Pages>) -> Self {
        let read_at = view.read_at();
        Self::Shared(Shared::new(Content::View(view), coding, read_at, pages))
    }
}

/// The value of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderText<'a> {
    /// A text of ours.
    Fixed(&'static str),
    /// A text that the operator gave.
    Text(&'a str),
    /// A number of bytes.
    Bytes(u64),
}

impl fmt::Display for HeaderText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(text) => f.write_str(text),
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => bytes.fmt(f),
        }
    }
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &'static str, body: Body) -> Self {
        Self {
            status,
            content_type,
            extra: None,
            policy: None,
            vary: None,
            is_last: false,
            is_head: false,
            body,
            site_headers: Arc::default(),
            hold: None,
            timer: None,
        }
    }

    pub(crate) fn text(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, PLAIN, Body::Text(text.into()))
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.extra = Some((name, value));
        self
    }

    /// A page for browsers, which may do what `policy` says.
    pub(super) fn html(body: Body, policy: &'static str) -> Self {
        Self { policy: Some(policy), ..Self::new(200, HTML, body) }
    }

    /// The same, for requests with the same of these headers.
    pub(super) fn varies_by(mut self, headers: &'static str) -> Self {
        self.vary = Some(headers);
        self
    }

    pub(crate) fn last(mut self) -> Self {
        self.is_last = true;
        self
    }

    pub(crate) fn head(mut self, is_head: bool) -> Self {
        self.is_head = is_head;
        self
    }

    /// Has it held back.
    pub(super) fn held(mut self, hold: Hold) -> Self {
        self.hold = Some(hold);
        self
    }

    pub(crate) fn with_headers(mut self, headers: &Arc<[(&'static str, Box<str>)]>) -> Self {
        if !headers.is_empty() {
            self.site_headers = headers.clone();
        }
        self
    }

    pub(crate) fn with_ticket(mut self, mut timer: RequestTimer) -> Self {
        timer.answer.status = self.status;
        // What is waited for on purpose is not how long answers take.
        timer.began += self.delay();
        self.timer = Some(timer);
        self
    }

    /// How long to hold it back before it is sent: the answer to a wrong token from an address that has sent several, zero
    /// for all others. Whoever drops it before makes room for another one that is held back.
    pub fn delay(&self) -> Duration {
        self.hold.as_ref().map_or(Duration::ZERO, |hold| hold.delay)
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers, without those that belong to the connection (Date, Connection).
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, HeaderText<'_>)> {
        use HeaderText::{Bytes, Fixed, Text};
        let coding = match &self.body {
            Body::Packed(_) => Some(("content-encoding", Fixed("gzip"))),
            Body::Shared(shared) if shared.coding() == Coding::Gzip => Some(("content-encoding", Fixed("gzip"))),
            _ => None,
        };
        let policy = self.policy.map(|policy| ("content-security-policy", Fixed(policy)));
        let ours = [
            Some(("content-type", Fixed(self.content_type))),
            Some(("content-length", Bytes(self.len()))),
            coding,
            self.vary.map(|headers| ("vary", Fixed(headers))),
            Some(("cache-control", Fixed("no-store"))),
            Some(("x-content-type-options", Fixed("nosniff"))),
            policy,
            self.extra.map(|(name, value)| (name, Fixed(value))),
        ];
        let theirs = &self.site_headers;
        let is_ours =
            |(name, _): &(&str, HeaderText<'_>)| !theirs.iter().any(|(other, _)| name.eq_ignore_ascii_case(other));
        ours.into_iter().flatten().filter(is_ours).chain(theirs.iter().map(|(name, value)| (*name, Text(value))))
    }

    /// Whether the connection is to be closed after this answer.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Whether the body is only announced, not sent: the answer to HEAD.
    pub fn is_head(&self) -> bool {
        self.is_head
    }

    /// Whether everything is there to be sent.
    pub fn is_ready(&self) -> bool {
        !matches!(self.body, Body::PendingPage { .. } | Body::PendingView { .. } | Body::PendingReload(_))
    }

    /// How much longer a page is waited for at most; none if none is.
    pub(super) fn patience(&self) -> Option<Duration> {
        match &self.body {
            Body::PendingPage { pending, .. } => Some(pending.left()),
            _ => None,
        }
    }

    /// The answer when everything is there to be sent: a page that is late is waited for no longer than
    /// [`Pages::patience`], which it finds when it is polled after that.
    pub async fn ready(mut self) -> Self {
        match std::mem::replace(&mut self.body, Body::NOTHING) {
            Body::PendingPage { mut pending, coding, part } => {
                let waited = poll_fn(|context| pending.poll_waited(context)).await;
                self.with_page(waited, part, coding, pending.pages())
            }
            Body::PendingView { pending, coding, pages } => self.with_view(pending.await, coding, pages),
            Body::PendingReload(outcome) => self.reloaded(outcome.await.ok()),
            body => Self { body, ..self },
        }
    }

    /// The same for a thread that may block: at most for the render that the publisher is at and the next, or for as long as
    /// [`Pages::patience`] says.
    pub fn wait(mut self) -> Self {
        match std::mem::replace(&mut self.body, Body::NOTHING) {
            Body::PendingPage { pending, coding, part } => {
                let pages = pending.pages().clone();
                self.with_page(pending.wait_fresh(), part, coding, &pages)
            }
            Body::PendingView { pending, coding, pages } => self.with_view(pending.wait(), coding, pages),
            Body::PendingReload(outcome) => self.reloaded(outcome.blocking_recv().ok()),
            body => Self { body, ..self },
        }
    }

    /// The answer with a page that came, or with the reason why none did.
    fn with_page(mut self, waited: WaitedPage, part: Option<Part>, coding: Coding, pages: &Arc<Pages>) -> Self {
        let WaitedPage { page, read_at, is_late } = waited;
        // What comes after the end is an old page, or none.
        if pages.is_stopped() {
            return self.instead(Self::text(503, STOPPED));
        }
        if page.is_absent() || is_late {
            return self.instead(Self::late(pages));
        }
        self.body = Body::Shared(Shared::new(Content::page(page, part), coding, read_at, pages.clone()));
        self
    }

    fn with_view(mut self, made: Option<Arc<Document>>, coding: Coding, pages: Arc<Pages>) -> Self {
        match made {
            Some(view) => self.body = Body::view(view, coding, pages),
            None if pages.is_stopped() => return self.instead(Self::text(503, STOPPED)),
            None if pages.shortage(Shortage::View).is_some() => {
                let text = "There is no memory for this view; ask again in a while.\n";
                return self.instead(Self::text(503, text).with("retry-after", "10"));
            }
            None => return self.instead(Self::text(500, "The view could not be made; the log says more.\n")),
        }
        self
    }

    /// How a reload went; none if nobody was left to say it.
    fn reloaded(self, outcome: Option<Result<(), String>>) -> Self {
        let reply = match outcome {
            Some(Ok(())) => Self::text(200, "Reloaded.\n"),
            Some(Err(reason)) => Self::text(500, format!("Nothing is changed: {reason}\n")),
            None => Self::text(503, "This is being stopped.\n"),
        };
        self.instead(reply)
    }

    /// What a scrape is told when the newest page is too old and no newer one comes.
    fn late(pages: &Pages) -> Self {
        let (age, interval) = (pages.age().as_secs_f64(), pages.interval().as_secs_f64());
        let text = format!(
            "The newest page is {age:.1} s old, and one is due every {interval:.1} s: rendering is late. Ask again in a second.\n"
        );
        Self::text(503, text).with("retry-after", "1")
    }

    /// Another answer to the same request.
    fn instead(mut self, reply: Self) -> Self {
        let reply = reply.head(self.is_head).with_headers(&self.site_headers);
        match self.timer.take() {
            Some(mut timer) => {
                timer.answer.format = "plain";
                reply.with_ticket(timer)
            }
            None => reply,
        }
    }

    /// The page or view that it sends, if it is one and is sent.
    pub(super) fn shared(&self) -> Option<&Shared> {
        match &self.body {
            Body::Shared(shared) if !self.is_head => Some(shared),
            _ => None,
        }
    }

    /// Lets the page or view go.
    pub(super) fn release(&mut self) {
        self.body = Body::NOTHING;
    }

    /// Which bytes its body has: answers of this process with the same number have the same, so that a host that copies them
    /// needs to do so once. None for what is made for one answer, and for an answer without a body.
    pub fn version(&self) -> Option<u64> {
        let shared = self.shared()?;
        Some(shared.content.version()? * 2 + u64::from(shared.coding() == Coding::Gzip))
    }

    /// Bytes of the body, also of one that is not sent. 0 while it is coming.
    pub fn len(&self) -> u64 {
        match &self.body {
            Body::Text(text) => text.len() as u64,
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Packed(bytes) => bytes.len() as u64,
            Body::Landing(landing) => landing.len() as u64,
            Body::Shared(shared) => shared.len() as u64,
            Body::PendingPage { .. } | Body::PendingView { .. } | Body::PendingReload(_) => 0,
        }
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pieces of the body in order; none for an answer to HEAD.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.piece_count()).map(|index| self.piece(index)).filter(|piece| !piece.is_empty())
    }

    /// Piece number `index` of the body; empty beyond the last, and for a piece without bytes.
    pub fn piece(&self, index: usize) -> &[u8] {
        if self.is_head {
            return &[];
        }
        match &self.body {
            Body::Shared(shared) => shared.piece(index),
            Body::Text(text) if index == 0 => text.as_bytes(),
            Body::Bytes(bytes) if index == 0 => bytes,
            Body::Packed(bytes) if index == 0 => bytes,
            Body::Landing(landing) => landing.piece(index),
            _ => &[],
        }
    }

    /// How many pieces there are.
    pub fn piece_count(&self) -> usize {
        match &self.body {
            _ if self.is_head => 0,
            Body::Shared(shared) => shared.piece_count(),
            Body::PendingPage { .. } | Body::PendingView { .. } | Body::PendingReload(_) => 0,
            Body::Landing(_) => Landing::PIECES,
            _ => 1,
        }
    }
}

/// What a scrape is told when nobody makes pages any more.
pub(crate) const STOPPED: &str = "The exporter is stopping: its render thread has ended.\n";

/// Told of requests and answers, on the serving thread. A panic of it ends nothing: it is counted
/// ([`Pages::panics`](crate::publish::Pages::panics)) and told by health.
pub trait RequestObserver: Send + Sync {
    /// A request came.
    fn began(&self);

    /// Its answer was sent, or given up.
    fn answered(&self, answer: &Answered);
}

/// An answer that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// What was asked for: `metrics`, `per-object`, `detailed`, `health`, `healthy`, `ready`, `landing` or `other`.
    pub route: &'static str,
    /// `GET`, `HEAD`, or `other`.
    pub method: &'static str,
    /// The status code.
    pub status: u16,
    /// What it was written in: `text`, `openmetrics`, `json`, `html` or `plain`.
    pub format: &'static str,
    /// Why it was refused, if it was.
    pub refusal: Option<Refusal>,
    /// From the request to the last byte handed to the system, without what it was held back.
    pub time: Duration,
}

/// Reports an answer when it is dropped: sent, or given up with its connection.
pub(crate) struct RequestTimer {
    pub(crate) answer: Answered,
    began: Duration,
    pages: Arc<Pages>,
    observer: Arc<dyn RequestObserver>,
}

impl RequestTimer {
    pub(crate) fn new(
        observer: &Arc<dyn RequestObserver>,
        pages: &Arc<Pages>,
        route: &'static str,
        method: &'static str,
    ) -> Self {
        if let Err(panic) = foreign::call(|| observer.began()) {
            pages.note_panic(PanicSite::RequestObserver, panic);
        }
        let answer = Answered { route, method, status: 0, format: "plain", refusal: None, time: Duration::ZERO };
        Self { answer, began: pages.clock().now(), pages: pages.clone(), observer: observer.clone() }
    }
}

impl fmt::Debug for RequestTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestTimer").field(&self.answer).finish()
    }
}

impl Drop for RequestTimer {
    fn drop(&mut self) {
        // A second panic while one unwinds would end the host; and an answer that was sent is not undone by one.
        let told = foreign::call(|| {
            self.answer.time = self.pages.clock().now().saturating_sub(self.began);
            self.observer.answered(&self.answer);
        });
        if let Err(panic) = told {
            self.pages.note_panic(PanicSite::RequestObserver, panic);
        }
    }
}
