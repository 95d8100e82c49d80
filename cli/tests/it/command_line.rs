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
    assert_eq!(offered(&["openclaw-prometheus", "--collect-"]), ["--collect-interval-ms"]);
    assert!(offered(&["openclaw-prometheus", "--coll"]).contains(&"--collect-interval-ms".to_owned()));
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

/// Command lines that are wrong, and what is said: which flag, what was given, what is allowed.
const WRONG: &[(&[&str], &str)] = &[
    // What is given is not allowed.
    (&["--speed", "x"], "flag --speed: \"x\" given; write a number above 0, such as 1 or 10"),
    (&["--speed", "0"], "flag --speed: \"0\" given; write a number above 0, such as 1 or 10"),
    (&["--speed", "-1"], "flag --speed: \"-1\" given; write a number above 0, such as 1 or 10"),
    (&["--speed", "inf"], "flag --speed: \"inf\" given; write a number above 0, such as 1 or 10"),
    (&["--demo", "--instances", "0"], "flag --instances: \"0\" given; write a whole number from 1 to 10000"),
    (&["--demo", "--instances", "10001"], "flag --instances: \"10001\" given; write a whole number from 1 to 10000"),
    (&["--demo", "--instances", "x"], "flag --instances: \"x\" given; write a whole number from 1 to 10000"),
    (&["--log.level", "x"], "flag --log.level: \"x\" given; write debug, info, warn or error"),
    (&["--log.level="], "flag --log.level: no value given; write debug, info, warn or error"),
    (&["--log.format", "x\ny"], "flag --log.format: \"x\\ny\" given; write logfmt or json"),
    (
        &["--web.listen-address", "x"],
        "flag --web.listen-address: \"x\" given; write 127.0.0.1:19464, [::1]:19464, [fe80::1%eth0]:19464, localhost:19464, :19464 for all addresses, or unix:/path/to.sock",
    ),
    (
        &["--web.telemetry-path", "x"],
        "flag --web.telemetry-path: \"x\" given; write a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes",
    ),
    (
        &["--collect-interval-ms", "-1"],
        "flag --collect-interval-ms: \"-1\" given; write 0 or a whole number from 10 to 3600000",
    ),
    (
        &["--gateway", "http://x"],
        "flag --gateway: (not shown) given; write ws://HOST:PORT or wss://HOST:PORT, a path behind it if need be, at most 1024 bytes; no token in it",
    ),
    (
        &["--web.config.file", "/nowhere"],
        "web config: /nowhere: cannot be read: No such file or directory (os error 2)",
    ),
    (&["--config", "/nowhere"], "config: /nowhere: cannot be read: No such file or directory (os error 2)"),
    (&["catalogue", "--format", "x"], "flag --format: \"x\" given; write table, json, markdown or rules"),
    (&["catalogue", "--language", "fr"], "flag --language: \"fr\" given; write en or zh"),
    (&["config", "print", "--format", "x"], "flag --format: \"x\" given; write table or json"),
    (&["probe", "--format", "x"], "flag --format: \"x\" given; write text or openmetrics"),
    (&["probe", "--timeout", "0"], "flag --timeout: \"0\" given; write seconds between 0.001 and 3600"),
    (
        &["probe", "ftp://x"],
        "probe: \"ftp://x\" cannot be fetched: write http://HOST:PORT/PATH, https://HOST:PORT/PATH, unix:/PATH or -",
    ),
    (&["status", "--format", "x"], "flag --format: \"x\" given; write text or json"),
    (&["status", "--timeout", "x"], "flag --timeout: \"x\" given; write seconds between 0.001 and 3600"),
    (&["completions", "tcsh"], "SHELL: \"tcsh\" given; write bash, elvish, fish, powershell or zsh"),
    (&["--demo=x"], "flag --demo: \"x\" given; write --demo alone"),
    (&["--allow-unauthenticated=x"], "flag --allow-unauthenticated: \"x\" given; write --allow-unauthenticated alone"),
    // Nothing is given.
    (&["--speed"], "flag --speed: no value given; write --speed <N>"),
    (&["--replay"], "flag --replay: no value given; write --replay <FILE>"),
    (&["--config"], "flag --config: no value given; write --config <FILE>"),
    (&["--token-file"], "flag --token-file: no value given; write --token-file <FILE>"),
    (&["--web.listen-address"], "flag --web.listen-address: no value given; write --web.listen-address <ADDRESS>"),
    (&["--log.level"], "flag --log.level: no value given; write debug, info, warn or error"),
    (&["config"], "config: no command given; write check, print, schema or docs"),
    (&["config", "check"], "<FILE> is missing; write it too, or see --help"),
    (&["completions"], "<SHELL> is missing; write it too, or see --help"),
    // Names.
    (&["--unknown"], "--unknown: not a flag; see --help"),
    (&["-x"], "-x: not a flag; see --help"),
    (&["--confg", "x"], "--confg: not a flag; did you mean --config?"),
    (&["serve", "--web.listen-adress", ":1"], "--web.listen-adress: not a flag; did you mean --web.listen-address?"),
    (&["serv"], "\"serv\": not a command; did you mean serve?"),
    (&["help", "nope"], "\"nope\": not a command; see --help"),
    (&["serve", "extra"], "\"extra\": not expected; see --help"),
    (
        &["man", "nope"],
        "man: there is no command \"nope\"; write one of replay, serve, catalogue, probe, status, config, completions, man, help",
    ),
    // What goes together and what does not.
    (&["--instances", "3"], "--demo is missing; write it too, or see --help"),
    (&["--loop"], "--replay <FILE> is missing; write it too, or see --help"),
    (&["--demo", "--replay", "x"], "--demo and --replay exclude each other; leave out one of them"),
    (&["--gateway", "ws://x", "--demo"], "--gateway and --demo exclude each other; leave out one of them"),
    (&["--demo", "serve"], "serve and --demo exclude each other; leave out one of them"),
    (&["--log.level", "info", "--log.level", "warn"], "flag --log.level: given twice; write it once"),
    (&["--replay", "-", "--loop"], "serve: standard input cannot be read again; name a file, or leave out --loop"),
    (&[], "serve: nothing to serve; add --gateway URL, --demo or --replay FILE"),
];

#[test]
fn a_wrong_command_line_is_one_line_that_says_what_is_allowed() {
    let mut wrong = Vec::new();
    for (arguments, line) in WRONG {
        let Answer { code, out, err } = ask(arguments, &[]);
        // Once it has begun to serve, a line has its time.
        let said = err.strip_prefix("openclaw-prometheus: ").unwrap_or(&err);
        if (code, out.as_str(), said) != (Some(2), "", &format!("{line}\n")) {
            wrong.push(format!("{arguments:?}: {code:?} {out}{err}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_flag_has_its_line() {
    // Of each command, by its own help.
    for command in ["serve", "catalogue", "probe", "status", "replay"] {
        for line in answer(&[command, "--help"]).lines().map(str::trim_start).filter(|line| line.starts_with("--")) {
            let flag = line.split_whitespace().next().expect("a flag");
            // Those that take a value want one; the others take none.
            let takes_one = line.contains('<');
            let wrong = if takes_one { flag.to_owned() } else { format!("{flag}=x") };
            let Answer { code, err, .. } = ask(&[command, &wrong], &[]);
            assert_eq!((code, err.lines().count()), (Some(2), 1), "{err}");
            let said = if takes_one { "no value given; write " } else { "\"x\" given; write " };
            assert!(err.starts_with(&format!("openclaw-prometheus: flag {flag}: {said}")), "{err}");
        }
    }
}
