//! Who the token lets in, and what is open to all.

use std::sync::atomic::Ordering;
use std::time::Duration;

use openclaw_prometheus::serve::{Auth, Denied, Listener, RequestHead, Server, respond};
use support::answers::{ANY_PORT, Answer};

use super::{Guarded, OPEN, PROTECTED, TOKEN};

#[test]
fn the_token_opens_and_nothing_else_does() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    for right in ["Bearer ", "bearer ", "BEARER ", "Bearer    ", "  Bearer "] {
        assert_eq!(guarded.status(&format!("{right}{TOKEN}")), 200, "{right:?}");
        assert_eq!(guarded.status(&format!("{right}{TOKEN}  ")), 200, "{right:?} and spaces behind");
    }
    let wrong = [
        "Bearer s3cret~Token+/",
        "Bearer s3cret~Token+/==",
        "Bearer S3CRET~TOKEN+/=",
        "Bearer x3cret~Token+/=",
        "Bearer s3cret~Token+/= s3cret~Token+/=",
        "Bearer s3crét~Token+/=",
        "Bearer \u{1F511}",
        "Bearer s",
    ];
    for wrong in wrong {
        let answer = guarded.ask("GET", "/metrics", Some(wrong));
        let challenge = Some("Bearer realm=\"metrics\", error=\"invalid_token\"");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, challenge), "{wrong:?}");
        assert_eq!(answer.text(), "The token is not the right one.\n");
    }
    let none = [
        "",
        " ",
        "Bearer",
        "Bearer ",
        TOKEN,
        "Basic s3cret~Token+/=",
        "Token s3cret~Token+/=",
        "BearerX s3cret~Token+/=",
        "Bearer\ts3cret~Token+/=",
        "Bearer,s3cret~Token+/=",
    ];
    for none in none.map(Some).into_iter().chain([None]) {
        let answer = guarded.ask("GET", "/metrics", none);
        let challenge = Some("Bearer realm=\"metrics\"");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, challenge), "{none:?}");
        assert_eq!(answer.text(), "Send the header Authorization: Bearer TOKEN.\n");
    }
}

#[test]
fn every_protected_route_asks_before_any_work_and_for_every_method() {
    let guarded = Guarded::with_interval(Auth::token(TOKEN), Duration::ZERO);
    let wrong = [None, Some("Bearer wrong"), Some("Basic x")];
    let before = guarded.renders.0.load(Ordering::SeqCst);
    let mut replies = Vec::new();
    for path in PROTECTED {
        for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "BREW"] {
            for authorization in wrong {
                let mut head = RequestHead::new(method, path);
                (head.authorization, head.has_body, head.query) = (authorization, method == "POST", "family=");
                let reply = respond(&guarded.site, &head);
                assert!(reply.is_ready(), "nothing is waited for");
                // Kept, so that what were queued for it would stay queued.
                replies.push(reply);
                let answer = Answer::to(&guarded.site, &head);
                assert_eq!(answer.status, 401, "{method} {path}");
                assert!(answer.header("www-authenticate").is_some_and(|text| text.starts_with("Bearer ")));
                assert_eq!(answer.content_type(), "text/plain; charset=utf-8");
                let length: usize = answer.header("content-length").unwrap().parse().unwrap();
                assert!(length < 60, "of the 401, not of the metrics");
                assert_eq!(answer.body.len(), if method == "HEAD" { 0 } else { length });
            }
        }
    }
    // A page that is asked for rightly is the next render: the render thread was asked for nothing before.
    let right = format!("Bearer {TOKEN}");
    assert_eq!(guarded.renders.0.load(Ordering::SeqCst), before);
    assert_eq!(guarded.status(&right), 200);
    assert_eq!(guarded.renders.0.load(Ordering::SeqCst), before + 1, "one render for the one answer");
    for path in PROTECTED {
        assert_eq!(guarded.ask("GET", path, Some(&right)).status, 200, "{path}");
        assert_eq!(guarded.ask("POST", path, Some(&right)).status, 405, "{path}");
    }
}

#[test]
fn what_shows_no_metric_is_open_to_all() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    for path in OPEN {
        for authorization in [None, Some("Bearer wrong")] {
            assert_eq!(guarded.ask("GET", path, authorization).status, 200, "{path}");
            assert_eq!(guarded.ask("HEAD", path, authorization).status, 200, "{path}");
        }
    }
    assert_eq!(guarded.ask("GET", "/nothing", None).status, 404);
    // Without a guard everything is.
    let open = Guarded::new(Auth::everybody());
    assert!(!Auth::everybody().is_on() && Auth::token(TOKEN).is_on() && Auth::missing("x").is_on());
    for path in PROTECTED {
        assert_eq!(open.ask("GET", path, None).status, 200, "{path}");
        assert_eq!(open.ask("GET", path, Some("Bearer whatever")).status, 200, "{path}");
    }
}

#[test]
fn the_same_over_a_socket() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), guarded.site.clone()).unwrap();
    let ask = |method: &str, path: &str, lines: &[&[u8]]| {
        let first = format!("{method} {path}");
        Answer::over(server.address().tcp().unwrap(), &[&[first.as_bytes()], lines].concat())
    };
    for path in PROTECTED {
        for method in ["GET", "HEAD", "POST"] {
            let answer = ask(method, path, &[]);
            assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer realm=\"metrics\"")));
            assert_eq!(answer.body.is_empty(), method == "HEAD");
        }
        let right = format!("authorization: bearer  {TOKEN}");
        assert_eq!(ask("GET", path, &[right.as_bytes()]).status, 200);
        // The first counts: what a proxy adds behind opens nothing.
        assert_eq!(ask("GET", path, &[b"Authorization: Bearer no", right.as_bytes()]).status, 401);
        assert_eq!(ask("GET", path, &[b"Authorization: Bearer \xff\xfe"]).status, 401);
        assert_eq!(ask("GET", path, &[b"Authorization:"]).status, 401);
    }
    for path in OPEN {
        assert_eq!(ask("GET", path, &[]).status, 200);
    }
}

#[test]
fn without_a_token_to_compare_with_nobody_may() {
    let long = "x".repeat(4097);
    let cases = [
        (Auth::missing("Set scrapeAuth.bearerToken."), "Set scrapeAuth.bearerToken.\n"),
        (Auth::token(""), "the token is empty\n"),
        (Auth::token(" \n\t"), "the token is empty\n"),
        (Auth::token("two words"), "the token has spaces, line breaks or other characters that no header can carry\n"),
        (Auth::token("clé"), "the token has spaces, line breaks or other characters that no header can carry\n"),
        (Auth::token("a\nb"), "the token has spaces, line breaks or other characters that no header can carry\n"),
        (Auth::token(&long), "the token is longer than 4096 bytes\n"),
    ];
    for (auth, sentence) in cases {
        assert_eq!(auth.problem().as_deref(), Some(sentence.trim_end()));
        assert_eq!(auth.check(Some("Bearer ")), Err(Denied::NotSetUp(sentence.trim_end().into())));
        let guarded = Guarded::new(auth);
        for path in PROTECTED {
            for authorization in [None, Some("Bearer "), Some("Bearer x"), Some("Bearer two words")] {
                let answer = guarded.ask("GET", path, authorization);
                assert_eq!((answer.status, answer.text().as_str()), (503, sentence), "{path}");
                assert_eq!(answer.header("www-authenticate"), None, "no token would help");
                assert_eq!(guarded.ask("HEAD", path, authorization).status, 503);
            }
        }
        let ready = guarded.ask("GET", "/-/ready", None);
        assert_eq!((ready.status, ready.text().as_str()), (503, sentence));
        assert_eq!(guarded.ask("GET", "/-/healthy", None).status, 200, "nothing a restart would mend");
    }
    // White space at the ends is none of the token, and the longest is not too long.
    assert_eq!(Guarded::new(Auth::token(" abc\r\n")).status("Bearer abc"), 200);
    let longest = "x".repeat(4096);
    assert_eq!(Guarded::new(Auth::token(&longest)).status(&format!("Bearer {longest}")), 200);
}
