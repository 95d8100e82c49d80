//! What log and health say of the token, which is never the token.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, Once};

use openclaw_prometheus::serve::{Auth, RequestHead, respond};
use support::answers::Answer;

use super::{Folder, Guarded, OPEN, PROTECTED, TOKEN};

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
