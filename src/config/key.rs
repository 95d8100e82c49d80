//! The one list of keys: it drives what is read, the names of variables, the nearest names and the documented table.

use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::{ConfigError, ConfigSource};
use super::listen::Host;
use super::nearest::nearest;
use super::raw_value::RawValue;
use super::settings::Config;
use super::token::{Password, TOKEN_VARIABLE, Token, not_shown};
use crate::encode::Format;
use crate::section::Section;

/// One setting.
///
/// ```
/// use openclaw_prometheus::config::Key;
/// let port = Key::all().iter().find(|key| key.name() == "port").expect("a key");
/// assert_eq!((port.variable(), port.type_name()), (Some("OPENCLAW_PROMETHEUS_PORT"), "integer"));
/// ```
#[derive(Debug)]
pub struct Key {
    name: &'static str,
    variable: Option<&'static str>,
    flag: Option<&'static str>,
    kind: KeyKind,
}

/// What a key takes, and where a [`Config`] keeps it.
#[derive(Debug)]
enum KeyKind {
    Bool {
        set: fn(&mut Config, bool),
        get: fn(&Config) -> Option<bool>,
    },
    /// Whether a format is offered.
    Format(Format),
    Whole {
        range: RangeInclusive<u64>,
        /// 0 is allowed too.
        has_zero: bool,
        set: fn(&mut Config, u64),
        get: fn(&Config) -> u64,
    },
    /// A number above 0.
    Amount {
        set: fn(&mut Config, f64),
        get: fn(&Config) -> Option<f64>,
    },
    Text {
        allowed: &'static str,
        /// False for a text that is not allowed.
        set: fn(&mut Config, &str) -> bool,
        get: fn(&Config) -> Option<String>,
    },
    /// A text that is never shown: a token, or what a token may be mistaken for.
    Hidden {
        allowed: &'static str,
        set: fn(&mut Config, &str) -> bool,
        get: fn(&Config) -> Option<String>,
    },
    /// A list of texts; in a variable they stand with commas between them.
    Texts {
        most: usize,
        /// What one of them may be, in words, and whether it is.
        item: &'static str,
        is_item: fn(&str) -> bool,
        set: fn(&mut Config, Vec<String>),
        get: fn(&Config) -> &[String],
    },
    /// A list of names of collectors, written as a list of texts is.
    Collectors {
        set: fn(&mut Config, &[Section]),
        get: fn(&Config) -> &[Section],
    },
}

const fn key(name: &'static str, variable: Option<&'static str>, flag: Option<&'static str>, kind: KeyKind) -> Key {
    Key { name, variable, flag, kind }
}

/// The key that turns a format off.
const fn switch(format: Format) -> Key {
    match format.info().switch {
        Some((name, variable)) => key(name, Some(variable), None, KeyKind::Format(format)),
        None => panic!("nothing turns this format off"),
    }
}

/// Every key, in the order of the table.
pub(super) static KEYS: [Key; 25] = [
    key(
        "path",
        Some("OPENCLAW_PROMETHEUS_PATH"),
        Some("--web.telemetry-path"),
        KeyKind::Text {
            allowed: "a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes",
            set: |config, text| is_path(text).then(|| config.path = text.into()).is_some(),
            get: |config| Some(config.path.clone()),
        },
    ),
    key(
        "port",
        Some("OPENCLAW_PROMETHEUS_PORT"),
        Some("--web.listen-address"),
        KeyKind::Whole {
            range: 0..=65_535,
            has_zero: true,
            set: |config, value| config.port = value as u16,
            get: |config| config.port.into(),
        },
    ),
    key(
        "listenAddress",
        Some("OPENCLAW_PROMETHEUS_LISTEN_ADDRESS"),
        Some("--web.listen-address"),
        KeyKind::Text {
            allowed: "an IP address, localhost or unix:/path/to.sock; the port is a key of its own",
            set: |config, text| Host::parse(text).map(|host| config.host = host).is_some(),
            get: |config| Some(config.host.to_string()),
        },
    ),
    key(
        "allowedHosts",
        Some("OPENCLAW_PROMETHEUS_ALLOWED_HOSTS"),
        None,
        KeyKind::Texts {
            most: 64,
            item: "a name such as metrics.example.org or an address, without a port",
            is_item: is_host,
            set: |config, hosts| config.allowed_hosts = hosts,
            get: |config| &config.allowed_hosts,
        },
    ),
    key(
        "collectIntervalMs",
        Some("OPENCLAW_PROMETHEUS_COLLECT_INTERVAL_MS"),
        Some("--collect-interval-ms"),
        KeyKind::Whole {
            range: 10..=3_600_000,
            has_zero: true,
            set: |config, value| config.collect_interval_ms = value,
            get: |config| config.collect_interval_ms,
        },
    ),
    key(
        "snapshotIntervalMs",
        Some("OPENCLAW_PROMETHEUS_SNAPSHOT_INTERVAL_MS"),
        None,
        KeyKind::Whole {
            range: 5_000..=86_400_000,
            has_zero: false,
            set: |config, value| config.snapshot_interval_ms = value,
            get: |config| config.snapshot_interval_ms,
        },
    ),
    key(
        "workloadWindowMs",
        Some("OPENCLAW_PROMETHEUS_WORKLOAD_WINDOW_MS"),
        None,
        KeyKind::Whole {
            range: 10_000..=86_400_000,
            has_zero: false,
            set: |config, value| config.workload_window_ms = value,
            get: |config| config.workload_window_ms,
        },
    ),
    key(
        "includeRuntime",
        Some("OPENCLAW_PROMETHEUS_INCLUDE_RUNTIME"),
        None,
        KeyKind::Bool {
            set: |config, value| config.include_runtime = value,
            get: |config| Some(config.include_runtime),
        },
    ),
    key(
        "ui",
        Some("OPENCLAW_PROMETHEUS_UI"),
        None,
        KeyKind::Bool { set: |config, value| config.ui = value, get: |config| Some(config.ui) },
    ),
    key(
        "monitoredProviders",
        None,
        None,
        KeyKind::Texts {
            most: 64,
            item: "a name of 1 to 128 bytes without control characters",
            is_item: |text| is_name(text, 128),
            set: |config, names| config.monitored_providers = names,
            get: |config| &config.monitored_providers,
        },
    ),
    key(
        "instance",
        Some("OPENCLAW_PROMETHEUS_INSTANCE"),
        None,
        KeyKind::Text {
            allowed: "a name of 1 to 256 bytes without control characters",
            set: |config, text| is_name(text, 256).then(|| config.instance = Some(text.into())).is_some(),
            get: |config| config.instance.clone(),
        },
    ),
    key(
        "maxSeries",
        Some("OPENCLAW_PROMETHEUS_MAX_SERIES"),
        None,
        KeyKind::Whole {
            range: 1..=1_000_000,
            has_zero: false,
            set: |config, value| config.max_series = value as u32,
            get: |config| config.max_series.into(),
        },
    ),
    key(
        "collectors.disabled",
        Some("OPENCLAW_PROMETHEUS_COLLECTORS_DISABLED"),
        None,
        KeyKind::Collectors { set: Config::disable, get: |config| &config.disabled },
    ),
    switch(Format::OpenMetrics),
    key(
        "formats.created",
        Some("OPENCLAW_PROMETHEUS_FORMATS_CREATED"),
        None,
        KeyKind::Bool {
            set: |config, value| config.formats.created = value,
            get: |config| Some(config.formats.created),
        },
    ),
    key(
        "formats.gzip",
        Some("OPENCLAW_PROMETHEUS_FORMATS_GZIP"),
        None,
        KeyKind::Bool { set: |config, value| config.formats.gzip = value, get: |config| Some(config.formats.gzip) },
    ),
    key(
        "scrapeAuth.enabled",
        Some("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED"),
        None,
        KeyKind::Bool { set: |config, value| config.scrape_auth = Some(value), get: |config| config.scrape_auth },
    ),
    key(
        "scrapeAuth.bearerTokenFile",
        Some("OPENCLAW_PROMETHEUS_BEARER_TOKEN_FILE"),
        None,
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.token_file = Some(path)).is_some(),
            get: |config| shown_path(config.token_file.as_deref()),
        },
    ),
    key(
        "scrapeAuth.bearerToken",
        Some(TOKEN_VARIABLE),
        None,
        KeyKind::Hidden {
            allowed: Token::ALLOWED,
            set: |config, text| Token::new(text.as_bytes()).map(|token| config.token = Some(token)).is_some(),
            get: |_| None,
        },
    ),
    key(
        "gateway.url",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_URL"),
        Some("--gateway"),
        // Some write a token into it.
        KeyKind::Hidden {
            allowed: "ws://HOST:PORT or wss://HOST:PORT, a path behind it if need be, at most 1024 bytes; no token in it",
            set: |config, text| {
                let is_url = (text.starts_with("ws://") || text.starts_with("wss://")) && is_name(text, 1024);
                let is_plain = is_url && !text.contains(['@', '?', '#']);
                is_plain.then(|| config.gateway.url = Some(text.into())).is_some()
            },
            get: |config| config.gateway.url.clone(),
        },
    ),
    key(
        "gateway.tokenFile",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_TOKEN_FILE"),
        Some("--token-file"),
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.gateway.token_file = Some(path)).is_some(),
            get: |config| shown_path(config.gateway.token_file.as_deref()),
        },
    ),
    key(
        "gateway.token",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_TOKEN"),
        None,
        KeyKind::Hidden {
            allowed: Token::ALLOWED,
            set: |config, text| Token::new(text.as_bytes()).map(|token| config.gateway.token = Some(token)).is_some(),
            get: |_| None,
        },
    ),
    key(
        "gateway.password",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_PASSWORD"),
        None,
        KeyKind::Hidden {
            allowed: Password::ALLOWED,
            set: |config, text| Password::new(text).map(|password| config.gateway.password = Some(password)).is_some(),
            get: |_| None,
        },
    ),
    key(
        "gateway.caFile",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_CA_FILE"),
        Some("--gateway-ca-file"),
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.gateway.ca_file = Some(path)).is_some(),
            get: |config| shown_path(config.gateway.ca_file.as_deref()),
        },
    ),
    key(
        "budget.perDay",
        Some("OPENCLAW_PROMETHEUS_BUDGET_PER_DAY"),
        None,
        KeyKind::Amount {
            set: |config, dollars| config.budget_per_day = Some(dollars),
            get: |config| config.budget_per_day,
        },
    ),
];

/// What a file may be called.
const FILE: &str = "an absolute path of at most 4096 bytes";

fn file(text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    (path.is_absolute() && is_name(text, 4096)).then_some(path)
}

/// A path, which may be shown to whoever asks for it; an error shows none, for it may be a mistaken token.
fn shown_path(path: Option<&Path>) -> Option<String> {
    path.and_then(Path::to_str).map(str::to_owned)
}

/// Whether a server can have its metrics there: what a client sends is compared byte for byte, so nothing is allowed
/// that clients escape or resolve before they send it.
fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    let is_segment = |segment: &str| !["", ".", ".."].contains(&segment) && segment.bytes().all(is_plain);
    match text.strip_prefix('/') {
        // The root alone ends with a slash.
        Some("") => true,
        Some(rest) => text.len() <= 256 && rest.split('/').all(is_segment),
        None => false,
    }
}

/// Whether a client can ask for this host: a name as DNS and container networks have them, or an address.
fn is_host(text: &str) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_dns = (1..=253).contains(&text.len()) && text != "." && text.bytes().all(is_legal);
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    is_dns || inside.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

fn is_name(text: &str, most_bytes: usize) -> bool {
    (1..=most_bytes).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The collector that is most likely meant, or all there are.
fn named_nearest(given: &RawValue) -> String {
    match given.text().and_then(|name| nearest(name, Section::NAMES.iter().copied())) {
        Some(name) => name.into(),
        None => format!("one of {}", Section::NAMES.join(", ")),
    }
}

impl Key {
    /// All keys there are.
    pub fn all() -> &'static [Key] {
        &KEYS
    }

    /// The name in the file, with that of the object around it: `scrapeAuth.enabled`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The variable of the environment, if it has one.
    pub fn variable(&self) -> Option<&'static str> {
        self.variable
    }

    /// The flag of the binary, if it has one.
    pub fn flag(&self) -> Option<&'static str> {
        self.flag
    }

    /// The type in JSON.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            KeyKind::Bool { .. } | KeyKind::Format(_) => "boolean",
            KeyKind::Whole { .. } => "integer",
            KeyKind::Amount { .. } => "number",
            KeyKind::Text { .. } | KeyKind::Hidden { .. } => "string",
            KeyKind::Texts { .. } | KeyKind::Collectors { .. } => "array of strings",
        }
    }

    /// What may be written.
    pub fn allowed(&self) -> String {
        match &self.kind {
            KeyKind::Bool { .. } | KeyKind::Format(_) => "true or false".into(),
            KeyKind::Whole { range, has_zero, .. } => {
                let zero = if *has_zero && !range.contains(&0) { "0 or " } else { "" };
                format!("{zero}a whole number from {} to {}", range.start(), range.end())
            }
            KeyKind::Amount { .. } => "a number above 0".into(),
            KeyKind::Text { allowed, .. } | KeyKind::Hidden { allowed, .. } => (*allowed).into(),
            KeyKind::Texts { most, item, .. } => format!("an array of at most {most}, each {item}"),
            KeyKind::Collectors { .. } => format!("an array of names out of {}", Section::NAMES.join(", ")),
        }
    }

    /// The value in `config`; none if it has none, and for a secret.
    pub fn value(&self, config: &Config) -> Option<Value> {
        match &self.kind {
            KeyKind::Bool { get, .. } => get(config).map(Value::from),
            KeyKind::Format(format) => Some(config.formats.offered.contains(*format).into()),
            KeyKind::Whole { get, .. } => Some(get(config).into()),
            KeyKind::Amount { get, .. } => get(config).map(Value::from),
            KeyKind::Text { get, .. } | KeyKind::Hidden { get, .. } => get(config).map(Value::from),
            KeyKind::Texts { get, .. } => Some(get(config).into()),
            KeyKind::Collectors { get, .. } => Some(get(config).iter().map(|section| section.name()).collect()),
        }
    }

    /// Takes a value over into `config`, or says what is wrong with it. `shown` is the name at the place where it was given.
    pub(super) fn take(
        &self,
        config: &mut Config,
        given: &RawValue,
        (source, shown): (ConfigSource, &str),
        errors: &mut Vec<ConfigError>,
    ) {
        let is_taken = match &self.kind {
            KeyKind::Bool { set, .. } => given.bool().map(|value| set(config, value)).is_some(),
            KeyKind::Format(format) => {
                given.bool().map(|is_offered| config.formats.offer(*format, is_offered)).is_some()
            }
            KeyKind::Whole { range, has_zero, set, .. } => {
                let allowed = |value: &u64| range.contains(value) || *has_zero && *value == 0;
                given.whole().filter(allowed).map(|value| set(config, value)).is_some()
            }
            KeyKind::Amount { set, .. } => {
                given.number().filter(|number| *number > 0.0).map(|number| set(config, number)).is_some()
            }
            KeyKind::Text { set, .. } | KeyKind::Hidden { set, .. } => {
                given.text().is_some_and(|text| set(config, text))
            }
            KeyKind::Texts { most, item: allowed, is_item, set, .. } => match given.items() {
                Some(items) if items.len() <= *most => {
                    let text = |item: &RawValue| item.text().filter(|text| is_item(text)).map(str::to_owned);
                    let texts: Vec<Option<String>> = items.iter().map(text).collect();
                    for (number, _) in texts.iter().enumerate().filter(|(_, text)| text.is_none()) {
                        errors.push(ConfigError::Rejected {
                            source,
                            key: format!("{shown}[{number}]"),
                            given: items[number].shown(),
                            allowed: (*allowed).into(),
                        });
                    }
                    set(config, texts.into_iter().flatten().collect());
                    true
                }
                _ => false,
            },
            KeyKind::Collectors { set, .. } => match given.items() {
                Some(items) => {
                    let mut sections = Vec::new();
                    for (number, item) in items.iter().enumerate() {
                        match item.text().ok_or(item).and_then(|name| Section::named(name).ok_or(item)) {
                            Ok(section) => sections.push(section),
                            Err(item) => errors.push(ConfigError::Rejected {
                                source,
                                key: format!("{shown}[{number}]"),
                                given: item.shown(),
                                allowed: named_nearest(item),
                            }),
                        }
                    }
                    set(config, &sections);
                    true
                }
                None => false,
            },
        };
        if !is_taken {
            let given = match (&self.kind, given) {
                (KeyKind::Hidden { .. }, _) => not_shown(given.text().unwrap_or_default().as_bytes()).into(),
                (KeyKind::Texts { .. }, RawValue::List(items)) => format!("an array of {}", items.len()),
                _ => given.shown(),
            };
            errors.push(ConfigError::Rejected { source, key: shown.into(), given, allowed: self.allowed() });
        }
    }
}

impl Config {
    /// The object that gives this configuration again: every key with its value, but for the tokens.
    pub fn to_value(&self) -> Value {
        let mut object = Map::new();
        for key in &KEYS {
            let Some(value) = key.value(self) else { continue };
            match key.name.split_once('.') {
                None => object.insert(key.name.into(), value),
                Some((group, name)) => {
                    let group = object.entry(group).or_insert_with(|| Value::Object(Map::new()));
                    group.as_object_mut().and_then(|group| group.insert(name.into(), value))
                }
            };
        }
        Value::Object(object)
    }
}
