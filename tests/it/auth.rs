//! Promise: without the token nobody sees a metric, nor makes the exporter work; the token in the file is the one that
//! holds; and it is never shown.
#![cfg(feature = "serve")]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant, SystemTime};

use openclaw_prometheus::publish::{Page, Publisher, RenderObserver, Ticker};
use openclaw_prometheus::serve::{Auth, Denied, Listener, RequestHead, Server, Site, respond};
use openclaw_prometheus::{ManualClock, Registry, SystemClock};
use support::answers::{ANY_PORT, Answer};

const TOKEN: &str = "s3cret~Token+/=";
const PROTECTED: [&str; 4] = ["/metrics", "/metrics/per-object", "/metrics/detailed", "/metrics/health"];
const OPEN: [&str; 3] = ["/", "/-/healthy", "/-/ready"];

/// A site with this guard, and what makes its pages.
struct Guarded {
    site: Arc<Site>,
    renders: Arc<Renders>,
    _ticker: Ticker,
}

#[derive(Default)]
struct Renders(AtomicU64);

impl RenderObserver for Renders {
    fn rendered(&self, _: Duration) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn published(&self, _: &Page, _: Duration) {}

    fn compressed(&self, _: &Page, _: usize, _: Duration) {}
}

impl Guarded {
    fn new(auth: Auth) -> Self {
        Self::with_interval(auth, Duration::from_secs(1))
    }

    fn with_interval(auth: Auth, interval: Duration) -> Self {
        let registry = Registry::builder().series(64).build().unwrap();
        registry.counter("calls_total", "Calls.").register().unwrap().inc();
        let mut publisher = Publisher::new(&registry, interval, ManualClock::new()).unwrap();
        let renders = Arc::new(Renders::default());
        publisher.observer(renders.clone());
        let ticker = publisher.start().unwrap();
        Self { site: Arc::new(Site::new(ticker.pages()).auth(auth)), renders, _ticker: ticker }
    }

    fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Answer {
        let mut head = RequestHead::new(method, path);
        head.authorization = authorization;
        Answer::to(&self.site, &head)
    }

    fn status(&self, authorization: &str) -> u16 {
        self.ask("GET", "/metrics", Some(authorization)).status
    }
}

/// A folder of its own for each test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("auth-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

// --- one token

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

// --- a token in a file

/// Says, for each file, whether the token opens, or which sentence the answer has.
#[test]
fn a_file_is_a_token_or_a_sentence_about_it() {
    let folder = Folder::new("files");
    let path = folder.file("token");
    let guarded = Guarded::new(Auth::token_file(&path));
    let right = format!("Bearer {TOKEN}");
    let text = |text: &str| text.as_bytes().to_vec();
    let long = [vec![b'x'; 4096], text("\r\n")].concat();
    assert!(fs::write(&path, &long).is_ok());
    assert_eq!(guarded.status(&format!("Bearer {}", "x".repeat(4096))), 200, "the longest token");
    let around = [("", ""), ("", "\n"), ("", "\r\n"), ("\t ", " \r\n\r\n"), ("\u{feff}", ""), ("\u{feff}", "\r\n")];
    for right_file in around.map(|(before, behind)| text(&format!("{before}{TOKEN}{behind}"))) {
        fs::write(&path, &right_file).unwrap();
        assert_eq!(guarded.status(&right), 200, "{:?}", String::from_utf8_lossy(&right_file));
        assert_eq!(guarded.status("Bearer x"), 401);
        assert!(guarded.site.health().0);
    }
    let no_header = "the token has spaces, line breaks or other characters that no header can carry";
    let utf_16 = "the token is written in UTF-16; write it in UTF-8";
    let wide: Vec<u8> = TOKEN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(Vec<u8>, &str); 11] = [
        (text(""), "the token is empty"),
        (text("\r\n \t"), "the token is empty"),
        (text(&format!("{TOKEN} {TOKEN}")), no_header),
        (text(&format!("{TOKEN}\n{TOKEN}\n")), no_header),
        (text(&format!("{TOKEN}\u{feff}")), no_header),
        ([&[0xff, 0xfe], &wide[..]].concat(), utf_16),
        (wide, utf_16),
        (vec![0; 20], no_header),
        (vec![b'x'; 4097], "the token is longer than 4096 bytes"),
        (vec![b'x'; 1 << 20], "the token is longer than 4096 bytes"),
        // Cut off, it would be a token.
        ([vec![b' '; 200], vec![b'x'; 4000]].concat(), "the token is longer than 4096 bytes"),
    ];
    for (bytes, problem) in cases {
        fs::write(&path, &bytes).unwrap();
        let sentence = format!("scrapeAuth.bearerTokenFile: {problem}\n");
        for authorization in [right.as_str(), "Bearer ", "Bearer x"] {
            let answer = guarded.ask("GET", "/metrics", Some(authorization));
            assert_eq!((answer.status, answer.text()), (503, sentence.clone()));
        }
        assert_eq!(guarded.ask("GET", "/-/ready", None).text(), sentence);
        assert!(!guarded.site.health().0);
    }
    fs::write(&path, TOKEN).unwrap();
    assert_eq!(guarded.status(&right), 200, "and it holds again");
}

#[test]
fn what_is_no_file_opens_nothing_and_holds_nobody_up() {
    let folder = Folder::new("kinds");
    let (path, pipe) = (folder.file("token"), folder.file("pipe"));
    let guarded = Guarded::new(Auth::token_file(&path));
    let assert_refused = |what: &str| {
        let answer = guarded.ask("GET", "/metrics", Some(&format!("Bearer {TOKEN}")));
        let sentence = format!("scrapeAuth.bearerTokenFile: {what}\n");
        assert_eq!((answer.status, answer.text()), (503, sentence));
    };
    assert_refused("does not exist; write the token into it");
    fs::create_dir(&path).unwrap();
    assert_refused("is not a file");
    fs::remove_dir(&path).unwrap();
    // To open a pipe without a writer would wait for one.
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink(&pipe, &path).unwrap();
    assert_refused("is not a file");
    fs::remove_file(&path).unwrap();
    symlink(folder.file("nowhere"), &path).unwrap();
    assert_refused("does not exist; write the token into it");
    fs::remove_file(&path).unwrap();
    fs::write(&path, TOKEN).unwrap();
    assert_eq!(guarded.status(&format!("Bearer {TOKEN}")), 200);
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    // Root reads it all the same.
    if File::open(&path).is_err() {
        assert_refused("may not be read by this process; change its owner or mode");
    } else {
        assert_eq!(guarded.status(&format!("Bearer {TOKEN}")), 200);
    }
    fs::remove_file(&path).unwrap();
    assert_refused("does not exist; write the token into it");
}

/// From now on only `new` opens.
#[track_caller]
fn assert_changed(guarded: &Guarded, old: &str, new: &str) {
    assert_eq!(guarded.status(&format!("Bearer {new}")), 200, "{new}");
    assert_eq!(guarded.status(&format!("Bearer {old}")), 401, "{old}");
}

#[test]
fn another_token_holds_at_once_however_it_came() {
    let folder = Folder::new("changed");
    let (path, other) = (folder.file("token"), folder.file("other"));
    fs::write(&path, "token-0000").unwrap();
    let guarded = Guarded::new(Auth::token_file(&path));
    let token = |number: u32| format!("token-{number:04}");
    // Written over, as long as the one before and in the same moment.
    for number in 1..=200 {
        fs::write(&path, token(number)).unwrap();
        assert_changed(&guarded, &token(number - 1), &token(number));
    }
    // Replaced by a rename.
    for number in 201..=400 {
        fs::write(&other, token(number)).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_changed(&guarded, &token(number - 1), &token(number));
    }
    // Written over, and the time set back to that of the one before, which was long ago.
    let long_ago = SystemTime::now() - Duration::from_secs(1_000_000);
    for number in 401..=500 {
        fs::write(&path, token(number)).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        assert_changed(&guarded, &token(number - 1), &token(number));
    }
    // Removed, and written anew.
    for number in 501..=600 {
        fs::remove_file(&path).unwrap();
        assert_eq!(guarded.status(&format!("Bearer {}", token(number - 1))), 503);
        fs::write(&path, token(number)).unwrap();
        assert_changed(&guarded, &token(number - 1), &token(number));
    }
}

/// Kubernetes puts the files of a secret into a folder with a date, `..data` points to that folder, and a rename swaps
/// `..data`.
#[test]
fn a_secret_that_kubernetes_swaps_holds_at_once() {
    let folder = Folder::new("kubernetes");
    let put = |round: u32| {
        let dated = format!("..2026_01_{round:04}");
        fs::create_dir(folder.file(&dated)).unwrap();
        fs::write(folder.file(&dated).join("token"), format!("token-{round:04}")).unwrap();
        symlink(&dated, folder.file("..data_tmp")).unwrap();
        fs::rename(folder.file("..data_tmp"), folder.file("..data")).unwrap();
        if let Some(before) = round.checked_sub(1) {
            fs::remove_dir_all(folder.file(&format!("..2026_01_{before:04}"))).unwrap();
        }
    };
    put(0);
    symlink("..data/token", folder.file("token")).unwrap();
    let guarded = Guarded::new(Auth::token_file(folder.file("token")));
    assert_eq!(guarded.status("Bearer token-0000"), 200);
    for round in 1..=200 {
        put(round);
        assert_changed(&guarded, &format!("token-{:04}", round - 1), &format!("token-{round:04}"));
    }
}

#[test]
fn while_a_file_is_written_over_and_over_no_wrong_and_no_half_token_passes() {
    let folder = Folder::new("torn");
    let path = folder.file("token");
    // Of two lengths, one the other's beginning.
    let (short, long) = ("a".repeat(1000), "a".repeat(2000));
    fs::write(&path, &short).unwrap();
    let auth = Auth::token_file(&path);
    let header = |token: &str| format!("Bearer {token}");
    let (right, never) = ([header(&short), header(&long)], [header(""), header(&long[..1500]), header(&short[..999])]);
    let is_over = AtomicBool::new(false);
    let mut passed = [0, 0];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                // Each truncates the file, then writes it in one go.
                fs::write(&path, &long).unwrap();
                fs::write(&path, &short).unwrap();
            }
        });
        for check in 0..10_000 {
            passed[check % 2] += u32::from(auth.check(Some(&right[check % 2])).is_ok());
            assert!(auth.check(Some(&never[check % 3])).is_err());
        }
        is_over.store(true, Ordering::Relaxed);
    });
    // Whatever was seen of the writing, it is over now.
    assert_eq!(auth.check(Some(&right[0])), Ok(()), "{passed:?} passed meanwhile");
    assert_eq!(auth.check(Some(&right[1])), Err(Denied::WrongToken));
}

// --- what is never shown

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// What the logger asks whether it can be used, whenever it is to log.
static ASKED: Mutex<Option<Arc<Auth>>> = Mutex::new(None);

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LINES.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
        let asked = ASKED.lock().unwrap().clone();
        if let Some(auth) = asked {
            drop(auth.problem());
        }
    }

    fn flush(&self) {}
}

/// From now on every line of this process' log is kept.
fn keep_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

#[test]
fn the_token_is_in_no_log_line_error_page_or_debug_text() {
    keep_log();
    let folder = Folder::new("shown");
    let path = folder.file("token");
    let tokens = ["VISIBLE-first", "VISIBLE-second", "VISIBLE with spaces"];
    fs::write(&path, tokens[0]).unwrap();
    let mut said = Vec::new();
    for auth in [Auth::token(tokens[0]), Auth::token_file(&path), Auth::token(tokens[2])] {
        let guarded = Guarded::new(auth);
        for token in tokens {
            fs::write(&path, token).unwrap();
            for path in PROTECTED.into_iter().chain(OPEN).chain(["/nothing", "/metrics/VISIBLE"]) {
                for method in ["GET", "HEAD", "POST"] {
                    for sent in tokens.map(|token| format!("Bearer {token}")) {
                        let mut head = RequestHead::new(method, path);
                        head.authorization = Some(&sent);
                        let reply = respond(&guarded.site, &head);
                        said.push(format!("{reply:?}"));
                        said.push(format!("{:?}", Answer::to(&guarded.site, &head).headers));
                        said.push(Answer::to(&guarded.site, &head).text());
                        said.push(format!("{:?}", guarded.site));
                    }
                }
            }
            said.push(String::from_utf8(guarded.site.health().1).unwrap());
        }
    }
    for auth in [Auth::token(tokens[0]), Auth::token_file(&path), Auth::token(tokens[2])] {
        said.push(format!("{:?} {:?} {:?}", auth.check(Some("Bearer x")), auth.problem(), auth));
    }
    said.extend(LINES.lock().unwrap().iter().cloned());
    let shown: Vec<_> = said.iter().filter(|text| text.contains("VISIBLE")).collect();
    assert!(shown.is_empty(), "{} of {} texts: {:?}", shown.len(), said.len(), &shown[..shown.len().min(3)]);
}

#[test]
fn the_log_says_once_for_each_change_what_became_of_the_file() {
    keep_log();
    let folder = Folder::new("log");
    let path = folder.file("logged-token");
    let private = |text| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    };
    // Said before anybody asks.
    let auth = Auth::token_file(&path);
    let place = path.display().to_string();
    assert_eq!(LINES.lock().unwrap().iter().filter(|line| line.contains(&place)).count(), 1);
    let check = |times| (0..times).for_each(|_| drop(auth.check(Some("Bearer x"))));
    check(5);
    private("one");
    check(5);
    private("one-of-sixteen-characters");
    check(5);
    private("");
    check(5);
    fs::remove_file(&path).unwrap();
    check(5);
    private("one-of-sixteen-characters");
    check(5);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    check(5);
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    check(5);
    let place = path.display().to_string();
    let lines: Vec<String> = LINES.lock().unwrap().iter().filter(|line| line.contains(&place)).cloned().collect();
    let expected = [
        "WARN auth: PATH: does not exist; write the token into it; nobody may scrape until it has a token",
        "INFO auth: the token is read from PATH",
        "WARN auth: PATH: the token has 3 characters, and who tries long enough finds it; write 16 or more",
        "INFO auth: PATH has another token now",
        "WARN auth: PATH: the token is empty; nobody may scrape until it has a token",
        "WARN auth: PATH: does not exist; write the token into it; nobody may scrape until it has a token",
        "INFO auth: the token is read from PATH",
        "WARN auth: PATH: everybody on this machine may read it; take that right away (chmod o-r)",
    ];
    assert_eq!(lines, expected.map(|line| line.replace("PATH", &place)));
}

#[test]
fn what_keeps_anybody_from_scraping_is_said_at_the_start_and_in_health() {
    keep_log();
    let folder = Folder::new("start");
    let path = folder.file("token-at-the-start");
    let said =
        |part: &str| LINES.lock().unwrap().iter().filter(|line| line.contains(part)).cloned().collect::<Vec<_>>();
    let unusable: [(Auth, &str, String); 4] = [
        (Auth::missing("Set the token of this test."), "of this test", "Set the token of this test.".into()),
        (
            Auth::token("A token of this other test"),
            "",
            "the token has spaces, line breaks or other characters that no \
          header can carry"
                .into(),
        ),
        (
            Auth::token_file(&path),
            "token-at-the-start",
            "scrapeAuth.bearerTokenFile: does not exist; write the token into \
          it"
            .into(),
        ),
        (Auth::token_file(folder.file("")), "auth-start", "scrapeAuth.bearerTokenFile: is not a file".into()),
    ];
    for (auth, part, reason) in unusable {
        if !part.is_empty() {
            assert!(said(part).iter().any(|line| line.starts_with("WARN auth: ")), "{part}: {:?}", said(part));
        }
        assert_eq!(auth.problem().as_deref(), Some(&*reason));
        let guarded = Guarded::new(auth);
        let (is_healthy, document) = guarded.site.health();
        assert!(!is_healthy && String::from_utf8(document).unwrap().contains(&reason), "{reason}");
        // Whoever is told, may be anybody: nothing of where the file is.
        for path in PROTECTED.into_iter().chain(OPEN).chain(["/nothing"]) {
            let answer = guarded.ask("GET", path, None);
            assert!(!answer.text().contains("auth-start"), "{path}: {}", answer.text());
        }
    }
    fs::write(&path, "short").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let auth = Auth::token_file(&path);
    let weak = "the token has 5 characters, and who tries long enough finds it; write 16 or more";
    let others = "everybody on this machine may read it; take that right away (chmod o-r)";
    let warnings = [weak, others].map(|warning| format!("scrapeAuth.bearerTokenFile: {warning}"));
    assert_eq!((auth.problem(), auth.warnings()), (None, warnings.to_vec()));
    let document = String::from_utf8(Guarded::new(auth).site.health().1).unwrap();
    assert!(warnings.iter().all(|warning| document.contains(warning)), "{document}");
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    fs::write(&path, TOKEN.repeat(2)).unwrap();
    assert_eq!(Auth::token_file(&path).warnings(), [""; 0]);
    assert_eq!(Auth::token("123456789012345").warnings().len(), 1);
    assert_eq!(Auth::token("1234567890123456").warnings().len() + Auth::everybody().warnings().len(), 0);
}

/// Asks whether all is well when it is to log something, as a host's logger may.
#[test]
fn the_log_is_told_when_no_lock_is_held() {
    keep_log();
    let folder = Folder::new("asking");
    let path = folder.file("token-of-a-logger-that-asks");
    let auth = Arc::new(Auth::token_file(&path));
    *ASKED.lock().unwrap() = Some(auth.clone());
    fs::write(&path, TOKEN).unwrap();
    assert_eq!(auth.check(Some(&format!("Bearer {TOKEN}"))), Ok(()));
    *ASKED.lock().unwrap() = None;
    let said = "INFO auth: the token is read from ";
    assert!(LINES.lock().unwrap().iter().any(|line| line.contains("logger-that-asks") && line.starts_with(said)));
}

// --- wrong tokens

#[test]
fn wrong_tokens_of_an_address_are_slowed_and_a_right_one_never_waits() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    let ask = |peer: Option<[u8; 4]>, token: &str| {
        let authorization = format!("Bearer {token}");
        let mut head = RequestHead::new("GET", "/metrics");
        (head.peer, head.authorization) = (peer.map(Into::into), Some(authorization.as_str()));
        respond(&guarded.site, &head)
    };
    let (one, another) = (Some([10, 0, 0, 7]), Some([10, 0, 0, 8]));
    let delays: Vec<_> = (0..10).map(|_| ask(one, "wrong").delay().as_millis()).collect();
    assert_eq!(delays, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600]);
    for peer in [one, another, None] {
        let reply = ask(peer, TOKEN);
        assert_eq!((reply.status(), reply.delay()), (200, Duration::ZERO));
    }
    assert_eq!(ask(another, "wrong").delay(), Duration::ZERO);
    assert_eq!(ask(None, "wrong").delay(), Duration::ZERO, "a Unix socket");
    // No token is no wrong one.
    let mut head = RequestHead::new("GET", "/metrics");
    head.peer = one.map(Into::into);
    assert_eq!((respond(&guarded.site, &head).status(), respond(&guarded.site, &head).delay()), (401, Duration::ZERO));
    // A few are held back at a time, and what comes beyond ends its connection.
    let held: Vec<_> = (0..16).map(|_| ask(one, "wrong")).collect();
    assert!(held.iter().all(|reply| reply.status() == 401 && !reply.delay().is_zero()));
    let beyond = ask(one, "wrong");
    assert_eq!((beyond.status(), beyond.is_last(), beyond.delay()), (429, true, Duration::ZERO));
    assert_eq!(ask(one, TOKEN).status(), 200);
    drop(held);
    assert_eq!(ask(one, "wrong").status(), 401);
}

#[test]
fn a_server_holds_the_answers_to_wrong_tokens_back_and_serves_the_right_one_meanwhile() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), guarded.site.clone()).unwrap();
    let address = server.address().tcp().unwrap();
    let status = |token: &str| {
        Answer::over(address, &[b"GET /metrics", format!("Authorization: Bearer {token}").as_bytes()]).status
    };
    let began = Instant::now();
    assert_eq!((0..8).map(|_| status("wrong")).collect::<Vec<_>>(), [401; 8]);
    assert!(began.elapsed() >= Duration::from_millis(700), "{:?}", began.elapsed());
    // The next one is held back for 800 ms; a hundred scrapes are answered first.
    std::thread::scope(|scope| {
        let wrong = scope.spawn(|| (status("wrong"), Instant::now()));
        assert!((0..100).all(|_| status(TOKEN) == 200));
        let scraped = Instant::now();
        let (status, answered) = wrong.join().unwrap();
        assert_eq!(status, 401);
        assert!(scraped < answered, "{:?}", scraped - answered);
    });
}

#[test]
fn a_guard_on_a_running_server_costs_no_restart() {
    let folder = Folder::new("server");
    let path = folder.file("token");
    fs::write(&path, "first").unwrap();
    let registry = Registry::builder().series(64).build().unwrap();
    let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new()).unwrap().start().unwrap();
    let site = Site::new(ticker.pages()).auth(Auth::token_file(&path));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), site).unwrap();
    let status = |token: &str| {
        Answer::over(
            server.address().tcp().unwrap(),
            &[b"GET /metrics", format!("Authorization: Bearer {token}").as_bytes()],
        )
        .status
    };
    assert_eq!((status("first"), status("second")), (200, 401));
    fs::write(&path, "second").unwrap();
    assert_eq!((status("first"), status("second")), (401, 200));
    fs::remove_file(&path).unwrap();
    assert_eq!((status("first"), status("second")), (503, 503));
}
