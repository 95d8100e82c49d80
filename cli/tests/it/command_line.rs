//! Promise: the program tells shells, readers of manuals and whoever packages it what it is and takes.

use std::process::Command;

use crate::wrong_files::{Answer, ask, file};

#[track_caller]
fn answer(arguments: &[&str]) -> String {
    let Answer { code, out, err } = ask(arguments, &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out
}

/// What bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    let script = file("completions.bash", answer(&["completions", "bash"]));
    let count = words.len() - 1;
    // As bash itself calls it: the command, the word, and the word before.
    let run = format!(
        "source {}; COMP_WORDS=({}); COMP_CWORD={count}; \
         function=$(complete -p openclaw-prometheus | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
         \"$function\" openclaw-prometheus '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display(),
        words.join(" "),
        words[count],
        words[count - 1],
    );
    let output = Command::new("bash").args(["--norc", "-c", &run]).output().expect("bash");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    assert_eq!(offered(&["openclaw-prometheus", "--coll"]), ["--collect-interval-ms"]);
    assert_eq!(offered(&["openclaw-prometheus", "serve", "--web.c"]), ["--web.config.file"]);
    assert_eq!(offered(&["openclaw-prometheus", "cat"]), ["catalogue"]);
    assert_eq!(offered(&["openclaw-prometheus", "config", "pr"]), ["print"]);
    assert_eq!(offered(&["openclaw-prometheus", "config", "print", "--format", "j"]), ["json"]);
    assert_eq!(offered(&["openclaw-prometheus", "serve", "--log.level", ""]), ["debug", "info", "warn", "error"]);
}

#[test]
fn zsh_and_fish_are_told_of_every_command() {
    for (shell, begin) in [("zsh", "#compdef openclaw-prometheus"), ("fish", "")] {
        let text = answer(&["completions", shell]);
        assert!(text.starts_with(begin), "{shell}");
        for word in ["serve", "replay", "catalogue", "probe", "status", "config", "collect-interval-ms"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
}

/// A page as `man` shows it.
fn rendered(page: &str, name: &str) -> String {
    let page = file(name, page);
    let output = Command::new("man").args(["--warnings", "-l"]).arg(&page).env("MANWIDTH", "100").output();
    match output {
        Ok(output) => {
            let warnings = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && warnings.is_empty(), "{warnings}");
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        // Without `man` its source has the same headings.
        Err(_) => std::fs::read_to_string(&page).expect("written").replace(".SH ", ""),
    }
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_command() {
    let whole = rendered(&answer(&["man"]), "whole.1");
    let lines: Vec<&str> = whole.lines().map(str::trim_end).collect();
    for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SUBCOMMANDS", "ENVIRONMENT"] {
        assert!(lines.contains(&heading), "{heading}: {whole}");
    }
    for key in openclaw_prometheus::config::Key::all() {
        assert!(key.variable().is_none_or(|variable| whole.contains(variable)), "{}", key.name());
    }
    for (number, words) in [&["serve"][..], &["probe"], &["status"], &["catalogue"], &["replay"], &["config", "check"]]
        .into_iter()
        .enumerate()
    {
        let page = rendered(&answer(&[&["man"], words].concat()), &format!("page-{number}.1"));
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(&format!("openclaw-prometheus {}", words.join(" "))), "{page}");
        assert!(page.contains("OPTIONS"), "{page}");
    }
    let Answer { code, err, .. } = ask(&["man", "sreve"], &[]);
    assert_eq!(code, Some(2));
    assert!(err.contains("there is no command \"sreve\"; write one of replay, serve, "), "{err}");
}

#[test]
fn the_version_is_a_line_and_at_length_what_was_built() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(answer(&["-V"]), format!("openclaw-prometheus {version}\n"));
    let long = answer(&["--version"]);
    let mut lines = long.lines();
    assert_eq!(lines.next(), Some(format!("openclaw-prometheus {version}").as_str()));
    let fields: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ").expect(line)).collect();
    let find = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    assert!(find("target").is_some_and(|target| target.contains("linux")), "{long}");
    assert!(find("compiler").is_some_and(|compiler| compiler.starts_with("rustc 1.")), "{long}");
    assert!(find("features").is_some_and(|features| features.split(", ").any(|name| name == "rpc")), "{long}");
    // What was built is what is checked out, in a repository; a package of the source has no commit.
    let git = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    match git.ok().filter(|output| output.status.success()) {
        Some(output) => {
            let head = String::from_utf8(output.stdout).expect("UTF-8");
            assert_eq!(find("commit"), head.get(..12), "{long}");
        }
        None => assert!(find("commit").is_none_or(|commit| commit.len() == 12), "{long}"),
    }
    assert!(!long.contains('/'), "no path of the machine: {long}");
}
