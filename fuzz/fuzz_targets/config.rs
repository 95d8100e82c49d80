//! Any configuration: what is accepted lies within the documented bounds and gives itself again, what is refused names a
//! key, a variable or a line, one line each, and a variable that holds the token shows it nowhere.
#![no_main]

use std::ffi::OsString;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use openclaw_prometheus::config::{Config, ConfigError, ConfigErrors, Key, Listen, TOKEN_VARIABLE};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    variables: Vec<(u8, &'a str)>,
    token: Option<&'a str>,
    listen: Option<&'a str>,
    text: &'a str,
}

fuzz_target!(|input: Input<'_>| {
    // Two tokens that are allowed or refused alike: whatever is shown is the same with both.
    let [one, other] = ["one", "two"].map(|token| build(&input, token));
    match (&one, &other) {
        (Ok(config), Ok(other)) => {
            accepted(config);
            assert_eq!(shown(config), shown(other), "a token is shown");
        }
        (Err(errors), Err(other)) => {
            refused(errors);
            assert_eq!(format!("{errors}{errors:?}"), format!("{other}{other:?}"), "a token is shown");
        }
        _ => panic!("one of two tokens alike is accepted"),
    }
    if let Ok(value) = serde_json::from_str(input.text) {
        // Parsed JSON has no duplicate keys left; apart from those it says what the text says.
        match (Config::from_value(&value), Config::from_json5(input.text)) {
            (Ok(by_value), Ok(by_text)) => assert_eq!(by_value, by_text),
            (Err(_), Ok(_)) => panic!("only the text is accepted"),
            (Ok(_), Err(errors)) => {
                let is_of_text = |error| matches!(error, &ConfigError::Twice { .. } | &ConfigError::Rejected { .. });
                assert!(
                    errors.iter().any(|error| matches!(error, ConfigError::Twice { .. }))
                        && errors.iter().all(is_of_text)
                );
            }
            (Err(by_value), Err(_)) => refused(&by_value),
        }
    }
});

fn build(input: &Input<'_>, token: &str) -> Result<Config, ConfigErrors> {
    let all = Key::all();
    let named = input.variables.iter().filter_map(|(number, value)| {
        Some((all[usize::from(*number) % all.len()].variable()?.into(), OsString::from(value)))
    });
    let token = input.token.map(|rest| (TOKEN_VARIABLE.into(), format!("{token}{rest}").into()));
    // The token's variable is the last of the keys, too: one value of it is enough.
    let named = named.filter(|(name, _): &(OsString, _)| name != TOKEN_VARIABLE);
    let builder = Config::builder().json5(input.text).environment(named.chain(token));
    input.listen.into_iter().fold(builder, |builder, listen| builder.flag("--web.listen-address", listen)).build()
}

fn shown(config: &Config) -> String {
    format!("{config:?}{}{:?}", config.to_value(), config.warnings())
}

fn accepted(config: &Config) {
    let path = config.path();
    assert!(path.starts_with('/') && path.len() <= 256 && path.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(path == "/" || path[1..].split('/').all(|segment| !["", ".", ".."].contains(&segment)));
    assert!(!path.contains(['?', '#', '%']));
    let ms = config.collect_interval().as_millis();
    assert!(ms == 0 || (10..=3_600_000).contains(&ms));
    assert!((5_000..=86_400_000).contains(&config.snapshot_interval().as_millis()));
    assert!((10_000..=86_400_000).contains(&config.workload_window().as_millis()));
    assert!((1..=1_000_000).contains(&config.max_series()));
    assert!(config.monitored_providers().len() <= 64);
    assert!(config.monitored_providers().iter().all(|name| (1..=128).contains(&name.len())));
    assert!(config.instance().is_none_or(|name| (1..=256).contains(&name.len())));
    assert_eq!(config.listen().to_string().parse::<Listen>().as_ref(), Ok(&config.listen()));
    // It gives itself again, its token apart.
    let value = config.to_value();
    let again = Config::from_value(&value).expect("what was accepted");
    assert_eq!(again.to_value(), value);
    assert_eq!(Config::from_json5(&value.to_string()).expect("what was accepted"), again);
    assert_eq!(config.check_exposure(false).is_ok(), config.listen().is_local() || config.has_scrape_auth());
}

fn refused(errors: &ConfigErrors) {
    let shown = errors.to_string();
    assert!(errors.iter().count() > 0);
    assert_eq!(shown.lines().count(), errors.iter().count());
    for error in errors {
        match error {
            // The whole has no name; its shape is what is wrong.
            ConfigError::Rejected { key, given, allowed, .. } => {
                assert!(!given.is_empty() && !allowed.is_empty() && (!key.is_empty() || allowed.contains("object")));
            }
            ConfigError::Unknown { key, known, .. } => assert!(!key.is_empty() && !known.is_empty()),
            ConfigError::Twice { key, .. } => assert!(!key.is_empty()),
            ConfigError::Syntax { line, column, problem, .. } => {
                assert!(*line > 0 && *column > 0 && !problem.is_empty());
            }
            other => panic!("neither a key nor a line: {other}"),
        }
    }
}
