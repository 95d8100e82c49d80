//! The token in a file: the one that stands there holds.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use openclaw_prometheus::serve::{Auth, Denied};

use super::{Folder, Guarded, TOKEN};

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
