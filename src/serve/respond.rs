//! What to answer: one function without input or output, so that every server gives the same answers.

use std::borrow::Cow;
use std::net::IpAddr;

use super::auth::Denied;
use super::greeting;
use super::negotiate;
use super::outgoing::Shared;
use super::refusal::Refusal;
use super::reply::{Body, JSON, PLAIN, Reply, RequestTimer, STOPPED};
use super::site::{Route, Site};
use super::throttle::Verdict;
use crate::encode::View;
use crate::publish::{Asked, Coding, Content, Part, PartError, TakenPage, TakenView};

/// What of a request decides the answer.
///
/// ```
/// use openclaw_prometheus::serve::RequestHead;
///
/// let mut head = RequestHead::new("GET", "/metrics/detailed");
/// head.query = "family=tool";
/// head.accept_encoding = "gzip";
/// head.authorization = Some("Bearer from-a-secret-store");
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The path without the query.
    pub path: &'a str,
    /// The query without its question mark; empty for none.
    pub query: &'a str,
    /// Accept; several are joined by commas. Empty for none.
    pub accept: &'a str,
    /// Accept-Encoding, the same way.
    pub accept_encoding: &'a str,
    /// Authorization.
    pub authorization: Option<&'a str>,
    /// Host; several are joined by commas, and it is empty if HTTP/1.1 came without. None if there needs to be none: then
    /// it is not looked at.
    pub host: Option<&'a str>,
    /// The address that the connection arrived at. None for a Unix socket, and for a server that sees to it itself which
    /// hosts it answers.
    pub local: Option<IpAddr>,
    /// Who asks. None for a Unix socket, and where nobody is to be slowed down for the wrong tokens of an address.
    pub peer: Option<IpAddr>,
    /// Whether a body follows. None is taken.
    pub has_body: bool,
    /// What a server of ours found out about who asks.
    pub(super) visitor: Visitor,
    /// Whether a browser asks on behalf of some page.
    pub(super) is_from_page: bool,
}

/// What is known of who asks, before the answer is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(feature = "web-config"), allow(dead_code, reason = "nobody is asked for a password"))]
pub(super) enum Visitor {
    /// Nobody was asked for a password.
    #[default]
    Unasked,
    /// The password is right.
    LetIn,
    /// A password is asked for, and none was sent.
    NoPassword,
    /// Another one was sent.
    WrongPassword,
    /// So many passwords wait to be compared that this one is not looked at.
    Crowded,
    /// More requests come than are to be answered.
    TooOften,
    /// As many requests as may be are being answered.
    TooMany,
}

impl<'a> RequestHead<'a> {
    /// The head of a request without any of the headers.
    pub fn new(method: &'a str, path: &'a str) -> Self {
        Self {
            method,
            path,
            query: "",
            accept: "",
            accept_encoding: "",
            authorization: None,
            host: None,
            local: None,
            peer: None,
            has_body: false,
            visitor: Visitor::Unasked,
            is_from_page: false,
        }
    }
}

/// Answers a request.
///
/// Costs a comparison of the token and of the path, a pass over two headers, and a pointer load; a part of the page
/// (`collect[]`, `exclude[]`) also a look at the section of each of its pieces. Reads no metric, makes
/// no page, and waits for nothing: an answer whose bytes have to be made first says so ([`Reply::is_ready`]).
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::serve::{RequestHead, Site, respond};
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let site = Site::new(publisher.pages());
/// let reply = respond(&site, &RequestHead::new("GET", "/metrics"));
/// assert_eq!(reply.status(), 200);
/// assert_eq!(reply.headers().next().unwrap().1.to_string(), "text/plain; version=0.0.4; charset=utf-8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What it holds of a page counts as in flight: while answers that nobody can be made to give up hold too much, it is 503.
pub fn respond(site: &Site, head: &RequestHead<'_>) -> Reply {
    respond_to(site, head, Holder::Foreign)
}

/// Who holds an answer until it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A body of ours, which gives up when it is told to.
    Revocable,
    /// Code of somebody else.
    Foreign,
}

/// The same, knowing who holds it.
pub(super) fn respond_to(site: &Site, head: &RequestHead<'_>, holder: Holder) -> Reply {
    let path = site.within(head.path);
    if let Some((site, path)) = path.and_then(|path| site.instances.find(path)) {
        return respond_to(site, &RequestHead { path, ..*head }, holder);
    }
    let route = path.and_then(|path| site.route(path));
    let method = match head.method {
        "GET" => "GET",
        "HEAD" => "HEAD",
        _ => "other",
    };
    let timer = site
        .observer
        .as_ref()
        .map(|observer| RequestTimer::new(&observer.0, &site.pages, route.map_or("other", Route::name), method));
    let is_head = head.method == "HEAD";
    let refused = refuse_crowd(route, head.visitor)
        .or_else(|| refuse_host(site, head))
        .or_else(|| refuse_stranger(site, route, head))
        .or_else(|| refuse_guest(site, route?, head));
    let (refusal, reply) = refused.map_or((None, None), |(refusal, reply)| (Some(refusal), Some(reply)));
    let (reply, format) = match (reply, route) {
        (Some(reply), _) => (reply, "plain"),
        (None, None) if head.method == "OPTIONS" && head.path == "*" => (options(), "plain"),
        (None, None) => (not_found(site), "plain"),
        (None, Some(Route::Reload)) => (reload(site, head), "plain"),
        (None, Some(route)) => match refuse(head) {
            Some(reply) => (reply, "plain"),
            None => answer(site, route, head, holder),
        },
    };
    // What follows as a body would be read as the next request.
    let reply = if head.has_body { reply.last() } else { reply };
    let reply = reply.head(is_head).with_headers(&site.further_headers());
    match timer {
        Some(mut timer) => {
            (timer.answer.format, timer.answer.refusal) = (format, refusal);
            reply.with_ticket(timer)
        }
        None => reply,
    }
}

/// Whether a supervisor asks, which ends what does not answer: it is answered however many there are, and has no password.
fn asks_whether_we_are_there(route: Option<Route>) -> bool {
    matches!(route, Some(Route::Healthy | Route::Ready))
}

/// Why a request gets no answer for how many there are.
fn refuse_crowd(route: Option<Route>, visitor: Visitor) -> Option<(Refusal, Reply)> {
    if asks_whether_we_are_there(route) {
        return None;
    }
    let refused = |refusal, status, text| Some((refusal, Reply::text(status, text).with("retry-after", "1")));
    match visitor {
        Visitor::TooOften => refused(Refusal::TooOften, 429, "Too many requests; come again in a while.\n"),
        Visitor::TooMany => {
            refused(Refusal::TooMany, 503, "Too many requests are being answered; come again in a while.\n")
        }
        _ => None,
    }
}

/// Why a request gets no answer for the password that it has, whatever it asks for but whether we are there.
fn refuse_stranger(site: &Site, route: Option<Route>, head: &RequestHead<'_>) -> Option<(Refusal, Reply)> {
    if asks_whether_we_are_there(route) {
        return None;
    }
    match head.visitor {
        Visitor::NoPassword => {
            let guard = site.guard();
            match guard.is_on().then(|| guard.check(head.authorization)) {
                // Who has the token instead is as good.
                Some(Ok(())) => None,
                Some(Err(Denied::WrongToken)) => {
                    Some(refuse_wrong(site, head, "The token is not the right one.\n", BASIC))
                }
                _ => {
                    let text = "Send a name and its password (HTTP basic authentication).\n";
                    Some((Refusal::NoToken, Reply::text(401, text).with("www-authenticate", BASIC)))
                }
            }
        }
        Visitor::WrongPassword => Some(refuse_wrong(site, head, "The name or the password is not right.\n", BASIC)),
        Visitor::Crowded => Some((Refusal::WrongTokenSlowed, too_many_wrong())),
        _ => None,
    }
}

const BASIC: &str = "Basic realm=\"metrics\", charset=\"UTF-8\"";

/// The answer to what does not let in, slowed for an address that sends many.
fn refuse_wrong(site: &Site, head: &RequestHead<'_>, text: &'static str, challenge: &'static str) -> (Refusal, Reply) {
    let reply = || Reply::text(401, text).with("www-authenticate", challenge);
    match site.throttle.wrong_token(head.peer, site.pages.clock().now()) {
        Verdict::AtOnce => (Refusal::WrongToken, reply()),
        Verdict::Held(hold) => (Refusal::WrongTokenSlowed, reply().held(hold)),
        Verdict::TooMany => (Refusal::WrongTokenSlowed, too_many_wrong()),
    }
}

fn too_many_wrong() -> Reply {
    Reply::text(429, "Too many wrong tokens or passwords; come again in a while.\n").last().with("retry-after", "10")
}

/// Why a request gets no answer for the host that it names, whatever it asks for.
fn refuse_host(site: &Site, head: &RequestHead<'_>) -> Option<(Refusal, Reply)> {
    // A web page has no token; whoever has one may call us what he likes.
    let local = head.local.filter(|_| !site.guard().is_on());
    let refusal = site.allowed_hosts.check(head.host, local).err()?;
    let reply = match refusal {
        Refusal::OtherHost => Reply::text(403, OTHER_HOST),
        // What it means to others may be another request than it is here, and so may what follows.
        _ => Reply::text(400, "Send one header Host, with a host and its port.\n").last(),
    };
    Some((refusal, reply))
}

/// What whoever calls us by another name is told.
const OTHER_HOST: &str = "This host is not answered here: ask for localhost or the address, name the host in allowedHosts, \
                          or set a token.\n";

/// Why a request to a route gets no answer for who asks. Before any work.
fn refuse_guest(site: &Site, route: Route, head: &RequestHead<'_>) -> Option<(Refusal, Reply)> {
    if !route.is_protected() || head.visitor == Visitor::LetIn {
        return None;
    }
    // A right token is never looked at further: whoever has it waits for nobody.
    let (refusal, reply) = match site.guard().check(head.authorization).err()? {
        Denied::NoToken => {
            let text = "Send the header Authorization: Bearer TOKEN.\n";
            (Refusal::NoToken, Reply::text(401, text).with("www-authenticate", "Bearer realm=\"metrics\""))
        }
        Denied::WrongToken => {
            let challenge = "Bearer realm=\"metrics\", error=\"invalid_token\"";
            refuse_wrong(site, head, "The token is not the right one.\n", challenge)
        }
        Denied::NotSetUp(sentence) => (Refusal::TokenNotSetUp, Reply::text(503, format!("{sentence}\n"))),
    };
    Some((refusal, reply))
}

/// Why a request to a route gets no answer for how it asks.
fn refuse(head: &RequestHead<'_>) -> Option<Reply> {
    if !["GET", "HEAD", "OPTIONS"].contains(&head.method) {
        return Some(Reply::text(405, "Only GET and HEAD are answered.\n").with("allow", METHODS));
    }
    if head.has_body {
        return Some(Reply::text(413, "A request has no body here.\n"));
    }
    (head.method == "OPTIONS").then(options)
}

/// Has the host reload, if it is to be asked at all.
fn reload(site: &Site, head: &RequestHead<'_>) -> Reply {
    if !["POST", "PUT"].contains(&head.method) {
        return Reply::text(405, "Only POST and PUT are answered here.\n").with("allow", "POST, PUT");
    }
    if head.has_body {
        return Reply::text(413, "A request has no body here.\n");
    }
    if head.is_from_page {
        return Reply::text(403, "No page may reload this.\n");
    }
    match site.lifecycle.ask() {
        Some(Ok(outcome)) => Reply::new(200, PLAIN, Body::PendingReload(outcome)),
        Some(Err(())) => Reply::text(503, "Others are reloading; try again.\n").with("retry-after", "1"),
        None => Reply::text(403, "Reloading over HTTP is off: send SIGHUP, or start with --web.enable-lifecycle.\n"),
    }
}

/// What may be asked of each route, and of the server.
const METHODS: &str = "GET, HEAD, OPTIONS";

fn options() -> Reply {
    Reply::text(200, "").with("allow", METHODS)
}

fn not_found(site: &Site) -> Reply {
    Reply::text(404, format!("Not found. The metrics are at {}{}.\n", site.external_prefix(), site.metrics_path()))
}

/// The answer, and what it is written in.
fn answer(site: &Site, route: Route, head: &RequestHead<'_>, holder: Holder) -> (Reply, &'static str) {
    match route {
        Route::Metrics => page(site, head, holder),
        Route::PerObject => view(site, head, View::PerObject),
        Route::Detailed => view(site, head, View::Detailed(query(head, "family").unwrap_or_default().into())),
        Route::Health => {
            let (is_healthy, document) = site.health();
            (Reply::new(if is_healthy { 200 } else { 503 }, JSON, Body::Bytes(document.into())), "json")
        }
        Route::Healthy => match site.stalled() {
            None => (Reply::text(200, "Healthy.\n"), "plain"),
            Some(reason) => (Reply::text(503, reason + "\n"), "plain"),
        },
        Route::Ready => match site.guard().problem().map(String::from).or_else(|| site.stalled()) {
            None if site.pages.is_on_demand() => {
                (Reply::text(200, "Ready. Pages are made when they are asked for.\n"), "plain")
            }
            None => {
                let age = site.pages.age().as_secs_f64();
                (Reply::text(200, format!("Ready. The newest page is {age:.1} s old.\n")), "plain")
            }
            Some(reason) => (Reply::text(503, reason + "\n"), "plain"),
        },
        Route::Landing => (Reply::html(Body::Landing(greeting::landing(site)), LANDING_POLICY), "html"),
        Route::Live => (live_page(site, head), "html"),
        Route::LiveData => {
            let since = query(head, "since");
            let seq = since.as_ref().map(|since| since.parse::<u64>());
            match seq {
                Some(Err(_)) => (Reply::text(400, "since is not a whole number.\n"), "plain"),
                seq => document(site, head, "data", seq.and_then(Result::ok).map(|seq| seq.to_string().into())),
            }
        }
        Route::Targets => match head.host.filter(|host| !host.is_empty()) {
            Some(host) => match site.instances.targets(host, site.external_prefix()) {
                Ok(list) => (Reply::new(200, JSON, Body::Bytes(list.into())), "json"),
                Err(_) => (Reply::text(503, "There is no memory for the list.\n"), "plain"),
            },
            None => (Reply::text(400, "Send the header Host: targets are told by it.\n"), "plain"),
        },
        // Answered before it is asked how.
        Route::Reload => (reload(site, head), "plain"),
        Route::LiveFamilies => document(site, head, "families", query(head, "family").map(Box::from)),
    }
}

fn page(site: &Site, head: &RequestHead<'_>, holder: Holder) -> (Reply, &'static str) {
    let chosen = negotiate::format(head.accept, site.offered);
    if site.pages.is_stopped() {
        // What nobody brings up to date is not shown as if it were.
        return (Reply::text(503, STOPPED), "plain");
    }
    let part = match part(site, head) {
        Ok(part) => part,
        Err(error) => return (Reply::text(400, format!("{error}.\n")), "plain"),
    };
    // A part is packed for nobody.
    let coding = if part.is_some() { Coding::Identity } else { coding(site, head) };
    // Before the page: it shows what was read then, or later.
    let read_at = site.pages.rendered_at();
    let taken = match holder {
        Holder::Revocable => site.pages.take_revocable(chosen.format, coding),
        Holder::Foreign => site.pages.take(chosen.format, coding),
    };
    let body = match taken {
        TakenPage::Ready(page) => {
            Body::Shared(Shared::new(Content::page(page, part), coding, read_at, site.pages.clone()))
        }
        TakenPage::Pending(pending) => Body::PendingPage { pending, coding, part },
        TakenPage::OverBudget => return (too_much_in_flight(), "plain"),
    };
    site.note_scrape();
    (Reply::new(200, chosen.content_type, body).varies_by("Accept, Accept-Encoding"), chosen.format.name())
}

/// What of the page is asked for, if not all of it: what node_exporter calls `collect[]` and `exclude[]`.
fn part(site: &Site, head: &RequestHead<'_>) -> Result<Option<Part>, PartError> {
    if head.query.is_empty() {
        return Ok(None);
    }
    let values = |name: &'static str| {
        let query = form_urlencoded::parse(head.query.as_bytes());
        query.filter(move |(known, _)| known == name).map(|(_, value)| value)
    };
    Part::named(site.pages.sections(), values("collect[]"), values("exclude[]"))
}

/// What a query has under a name.
fn query<'h>(head: &RequestHead<'h>, name: &str) -> Option<Cow<'h, str>> {
    let mut query = form_urlencoded::parse(head.query.as_bytes());
    query.find(|(known, _)| known == name).map(|(_, value)| value)
}

/// What a browser may do with `/`.
const LANDING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

fn live_page(site: &Site, head: &RequestHead<'_>) -> Reply {
    let Some(live) = &site.live else { return not_found(site) };
    let body = match (coding(site, head), &live.gzip) {
        (Coding::Gzip, Some(gzip)) => Body::Packed(gzip.clone()),
        _ => Body::Text(live.html.into()),
    };
    Reply::html(body, live.policy).varies_by("Accept-Encoding")
}

fn view(site: &Site, head: &RequestHead<'_>, view: View) -> (Reply, &'static str) {
    taken(site, head, |coding| site.pages.view(view, coding))
}

/// One that the live page reads.
fn document(
    site: &Site,
    head: &RequestHead<'_>,
    document: &'static str,
    part: Option<Box<str>>,
) -> (Reply, &'static str) {
    taken(site, head, |coding| site.pages.document(Asked { document, part }, coding))
}

fn taken(site: &Site, head: &RequestHead<'_>, take: impl FnOnce(Coding) -> TakenView) -> (Reply, &'static str) {
    let coding = coding(site, head);
    let pages = &site.pages;
    let body = match take(coding) {
        TakenView::Ready(view) => Body::view(view, coding, pages.clone()),
        TakenView::Pending(pending) => Body::PendingView { pending, coding, pages: pages.clone() },
        TakenView::Refused if pages.is_stopped() => return (Reply::text(503, STOPPED), "plain"),
        TakenView::Refused if pages.deliveries().is_full() => return (too_much_in_flight(), "plain"),
        TakenView::Refused => {
            let reply = Reply::text(503, "Too many different views are being made; ask again in a second.\n");
            return (reply.with("retry-after", "1"), "plain");
        }
    };
    (Reply::new(200, JSON, body).varies_by("Accept-Encoding"), "json")
}

/// How the bytes are wanted.
fn coding(site: &Site, head: &RequestHead<'_>) -> Coding {
    if site.has_gzip { negotiate::coding(head.accept_encoding) } else { Coding::Identity }
}

fn too_much_in_flight() -> Reply {
    let reply = Reply::text(503, "Too much is on its way to slow readers; ask again in a second.\n");
    reply.with("retry-after", "1")
}
