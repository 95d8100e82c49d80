//! What may be a label, against the official exporter's answers.
#![cfg(feature = "openclaw")]

use std::collections::BTreeSet;

use openclaw_prometheus::openclaw::OpenClaw;
use openclaw_prometheus::openclaw::policy::{UNKNOWN, lane, value};
use openclaw_prometheus::{Registry, encode};
use proptest::prelude::*;
use serde_json::Value;

/// Inputs with what the official exporter makes of them, as a value and as a lane.
const CASES: &str = include_str!("../data/openclaw/label-cases.jsonl");

/// What the official exporter shows and we do not: payment cards.
const REJECTED_ON_PURPOSE: [&str; 1] = ["4111-1111-1111-1111"];

/// What the official exporter hides for no reason and we show. So far we hide all that it hides.
const FALSE_ALARMS: [&str; 0] = [];

fn cases() -> impl Iterator<Item = (String, String, String)> {
    CASES.lines().map(|line| {
        let case: Value = serde_json::from_str(line).expect("a case");
        let text = |key: &str| case[key].as_str().expect("text").to_owned();
        (text("in"), text("value"), text("lane"))
    })
}

#[test]
fn values_are_the_official_ones() {
    for (input, official, _) in cases() {
        let ours = value(&input, UNKNOWN);
        if REJECTED_ON_PURPOSE.contains(&input.as_str()) {
            assert_eq!(ours, UNKNOWN, "{input:?}");
        } else if !FALSE_ALARMS.contains(&input.as_str()) {
            assert_eq!(ours, official, "{input:?}");
        }
    }
}

#[test]
fn lanes_are_the_official_ones() {
    for (input, _, official) in cases() {
        if REJECTED_ON_PURPOSE.contains(&input.as_str()) {
            assert_eq!(lane(&input), UNKNOWN, "{input:?}");
        } else if !FALSE_ALARMS.contains(&input.as_str()) {
            assert_eq!(lane(&input), official, "{input:?}");
        }
    }
}

#[test]
fn a_secret_is_hidden_wherever_it_stands() {
    let secrets = [
        "ghp_fa1efa1efa1",
        "sk-fa1efa1e",
        "eyJfakefakefa.eyJfakefakefa.fakefakefa",
        "123456:fakefakefakefakefake",
        "xoxb-fa1efa1efa",
        "AKIAFA1EFA1EFA1EFA1E",
        "glcbt-1f_fa1efa1efa1efa1efa1e",
        "SG.fa1efa1efa.fa1efa1efa",
        "pat-na1-fa1efa1e-fa1e-fa1e-fa1e-fa1efa1efa1e",
        "fakefakefakefakefakefake.fakefa.fakefakefakefakefakefakefak",
        "Fa1zFa1zFa1zFa1zFa1zFa1zFa1zFa1zFa1zFa1z",
        "4111111111111111",
    ];
    for secret in secrets {
        for (before, behind) in [("", ""), ("main:", ""), ("x.", ""), ("", ":x"), ("", ".x"), ("a-", ":b")] {
            let text = format!("{before}{secret}{behind}");
            assert_eq!(value(&text, UNKNOWN), UNKNOWN, "{text}");
        }
        assert_eq!(lane(secret), UNKNOWN, "{secret}");
        assert_eq!(lane(&format!("{secret}:x")), UNKNOWN, "{secret}");
    }
}

#[test]
fn the_letter_case_of_a_prefix_does_not_matter() {
    for secret in ["GhP_fa1efa1efa1", "Sk-fa1efa1e", "akiaFA1EFA1EFA1EFA1E", "XOXB-fa1efa1efa", "Authorization:x"] {
        assert_eq!(value(secret, UNKNOWN), UNKNOWN, "{secret}");
    }
}

#[test]
fn card_numbers_are_hidden_with_and_without_separators() {
    // Test numbers of card issuers, from 13 to 19 digits.
    for card in [
        "4111111111111111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "3782-822463-10005",
        "6304000000000000000",
        "4222222222222",
    ] {
        for before in ["", "card", "order-", "2024-"] {
            assert_eq!(value(&format!("{before}{card}"), UNKNOWN), UNKNOWN, "{before}{card}");
        }
    }
    // A wrong check digit, too few digits, groups that are words, too many digits in one group.
    for text in
        ["4111111111111112", "411111111111", "4111--1111-1111-1111", "4111-1111a1111-1111", "41111111111111111111111"]
    {
        assert_eq!(value(text, UNKNOWN), text);
    }
}

#[test]
fn an_email_address_is_hidden() {
    for text in ["someone@example.org", "mail:someone@example.org", "a@b"] {
        assert_eq!(value(text, UNKNOWN), UNKNOWN, "{text}");
    }
    assert_eq!(lane("someone@example.org:main"), UNKNOWN);
}

#[test]
fn usual_names_are_shown() {
    for name in [
        "webchat",
        "mock-small",
        "openai-completions",
        "dispatchInboundMessage",
        "claude-sonnet-4-5-20250929",
        "gpt-4o-2024-08-06",
        "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
        "tool.execution.completed",
        "event_loop_delay:event_loop_utilization:cpu",
        "overall-timeout",
        "openclaw-state-read.worker.js",
        "9f4f8270-63d6-4f2a-9c34-dc9759cd40bc",
        "tokenizer:v2",
        "monkey:business",
        "passenger",
        "2026-09-06T12:30:00.000",
    ] {
        assert_eq!(value(name, UNKNOWN), name);
    }
}

#[test]
fn a_value_is_checked_as_a_whole_and_not_byte_by_byte() {
    for text in ["\u{0}", "é", "a\u{301}", "\u{202e}x", "ＡＢＣ", "x\u{feff}y"] {
        assert_eq!(value(text, "other"), "other", "{text:?}");
        assert_eq!(lane(text), UNKNOWN, "{text:?}");
    }
}

/// What the build information of a Gateway says after these identifications, by process and build, in order.
fn identified<'a>(gateways: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> BTreeSet<String> {
    let registry = Registry::builder().series(1024).build().expect("a registry");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    gateways.into_iter().for_each(|(process, build)| openclaw.identify(process, build));
    let text = encode::text(&registry);
    let labels = |line: &str| Some(line.strip_prefix("openclaw_gateway_build_info{")?.strip_suffix("} 1")?.to_owned());
    text.lines().filter_map(labels).collect()
}

/// Of 400 processes 68 were `unknown`: the digits of number and time are a card number's, one time in six.
#[test]
fn a_gateway_is_known_by_its_process_whatever_its_number() {
    let processes: Vec<String> = (0..400)
        .map(|number| format!("{}-{}", 1 + number * 10_477, 1_795_804_234_676_u64 + number * 86_413_219))
        .collect();
    let is_hidden = |process: &&String| value(process, UNKNOWN) == UNKNOWN;
    assert!(processes.iter().filter(is_hidden).count() > 20, "as another label they are judged as ever");
    let processes = || processes.iter().map(String::as_str).chain(["17004-1795804234676"]);
    let shown = identified(processes().map(|process| (process, None)));
    assert_eq!(shown, processes().map(|process| format!("process_instance_id=\"{process}\"")).collect());
}

#[test]
fn a_build_is_known_by_its_name_whatever_its_commit_is() {
    let builds =
        (0..200_u64).map(|number| format!("2026.9.6-release-eb377a{:06}-2026-09-23T16-33-12.144Z", number * 4_973));
    let is_hidden = |build: &&String| value(build, UNKNOWN) == UNKNOWN;
    let builds: Vec<String> = builds.collect();
    assert!(builds.iter().filter(is_hidden).count() > 2);
    let shown = identified(builds.iter().map(|build| ("p", Some(build.as_str()))));
    let all = builds.iter().map(|build| format!("build_id=\"{build}\",process_instance_id=\"p\""));
    assert_eq!(shown, all.collect());
}

/// Appends the check digit that makes a card number of digits.
fn card(mut digits: String) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match u32::from(digit - b'0') {
            digit if place % 2 == 1 => digit,
            digit => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    digits.push(char::from(b'0' + (10 - sum % 10) as u8 % 10));
    digits
}

#[test]
fn a_secret_is_no_process_and_no_build() {
    let secrets = cases().filter(|(_, official, _)| official == UNKNOWN).map(|(input, ..)| input);
    let secrets: Vec<String> = secrets.chain(REJECTED_ON_PURPOSE.map(String::from)).collect();
    assert!(secrets.len() > 50);
    let shown = identified(secrets.iter().map(|secret| (secret.as_str(), Some(secret.as_str()))));
    let expected = "build_id=\"unknown\",process_instance_id=\"unknown\"";
    assert_eq!(shown.into_iter().collect::<Vec<_>>(), [expected]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every card number with groups of any lengths: only a number of a process, a hyphen and a time of this century pass,
    /// and nowhere but where a process is named.
    #[test]
    fn no_card_number_passes_but_a_process_and_its_time(
        digits in "[0-9]{12,18}|[1-9][0-9]{0,4}1[6-9][0-9]{10}", group in 1_usize..19, separator in "[-._:]",
    ) {
        let card = card(digits);
        let (first, second) = card.split_at(group.min(card.len()));
        let grouped = format!("{first}{separator}{second}");
        for text in [&card, &grouped, &format!("card-{card}"), &format!("{grouped}-")] {
            let number = |text: &str| text.parse::<u64>().ok().filter(|number| number.to_string() == text);
            let is_process = text.split_once('-').is_some_and(|(pid, time)| {
                number(pid).is_some_and(|pid| (1..10_000_000).contains(&pid))
                    && number(time).is_some_and(|time| (1_577_836_800_000..4_102_444_800_000).contains(&time))
            });
            let is_card = value(text, UNKNOWN) == UNKNOWN;
            prop_assert!(is_card || text.len() > card.len(), "{}", text);
            let process = if is_process || !is_card { text.as_str() } else { UNKNOWN };
            let build = if is_card { UNKNOWN } else { text };
            let shown = BTreeSet::from([format!("build_id=\"{build}\",process_instance_id=\"{process}\"")]);
            prop_assert_eq!(identified([(text.as_str(), Some(text.as_str()))]), shown);
        }
    }
}

proptest! {
    /// Models with their dates, versions, days, times and lanes: whatever their digits are.
    #[test]
    fn names_with_digits_as_hosts_give_them_are_shown(
        name in "(claude|gemini|qwen)-[0-9](-[0-9])?-(sonnet|preview|max)-20[2-3][0-9](0[1-9]|1[0-2])[0-3][0-9](-v[0-9]:[0-9])?\
            |(gpt|mistral)-[0-9][a-z]?-20[2-3][0-9]-[01][0-9]-[0-3][0-9]\
            |20[2-3][0-9]\\.(1[0-2]|[1-9])\\.[1-3]?[0-9](-beta\\.[0-9]{1,2})?\
            |20[2-3][0-9]-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z)?\
            |v2[0-9]\\.[0-9]{1,2}\\.[0-9]{1,2}|(main|cron|subagent|nested)-[0-9]{1,4}",
    ) {
        prop_assert_eq!(value(&name, UNKNOWN), &name);
    }

    #[test]
    fn what_is_shown_is_a_plain_part_of_the_input(raw in "(\\PC|[ \t\u{feff}a-zA-Z0-9_.:@-]){0,130}") {
        for shown in [value(&raw, "fall back"), lane(&raw)] {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
            let is_plain = (1..=120).contains(&shown.len()) && shown.bytes().all(is_plain);
            prop_assert!(shown == "fall back" || shown == UNKNOWN || is_plain && raw.contains(shown), "{shown:?}");
        }
    }
}
