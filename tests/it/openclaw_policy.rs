//! What may be a label, against the official exporter's answers.
#![cfg(feature = "openclaw")]

use openclaw_prometheus::openclaw::policy::{UNKNOWN, lane, value};
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

proptest! {
    #[test]
    fn what_is_shown_is_a_plain_part_of_the_input(raw in "(\\PC|[ \t\u{feff}a-zA-Z0-9_.:@-]){0,130}") {
        for shown in [value(&raw, "fall back"), lane(&raw)] {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
            let is_plain = (1..=120).contains(&shown.len()) && shown.bytes().all(is_plain);
            prop_assert!(shown == "fall back" || shown == UNKNOWN || is_plain && raw.contains(shown), "{shown:?}");
        }
    }
}
