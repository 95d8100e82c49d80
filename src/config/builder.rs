//! Several sources laid over one another, with all that is wrong in any of them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::error::{ConfigError, ConfigErrors, ConfigSource};
use super::key::{KEYS, Key};
use super::listen::{Listen, ListenError};
use super::mistakes::Mistakes;
use super::nearest::nearest;
use super::origin::{Origin, Origins};
use super::raw_value::{RawValue, named, quoted};
use super::settings::Config;
use super::token::{NOT_SHOWN, TOKEN_VARIABLE, TOKEN_VARIABLE_BEFORE, Token, not_shown};
use crate::section::Section;

/// What every variable begins with.
const PREFIX: &str = "OPENCLAW_PROMETHEUS_";
/// Bytes of the longest file.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Sources laid over one another: a later one wins over an earlier one, key by key.
///
/// ```
/// use openclaw_prometheus::config::Config;
///
/// let config = Config::builder()
///     .json5("{ port: 9999, maxSeries: 100 }")
///     .environment([("OPENCLAW_PROMETHEUS_PORT".into(), "19465".into())])
///     .flag("--web.telemetry-path", "/prometheus")
///     .build()?;
/// assert_eq!((config.port(), config.max_series(), config.path()), (19465, 100, "/prometheus"));
/// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct ConfigBuilder {
    config: Config,
    errors: Mistakes,
    origins: Origins,
    /// Whether a flag has said where to listen: further ones add to it.
    has_listen_flag: bool,
}

impl Config {
    /// Lays several sources over one another.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// The configuration that a JSON or JSON5 text gives.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_json5(text: &str) -> Result<Self, ConfigErrors> {
        Self::builder().json5(text).build()
    }

    /// The configuration that parsed JSON gives.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_value(value: &Value) -> Result<Self, ConfigErrors> {
        Self::builder().value(value).build()
    }

    /// The configuration in a file: JSON or JSON5, at most 1 MiB.
    ///
    /// # Errors
    /// That the file cannot be read, or everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        Self::builder().file(path).build()
    }
}

impl ConfigBuilder {
    /// Lays the text of a JSON or JSON5 file over what is there.
    pub fn json5(self, text: &str) -> Self {
        self.text(text, None)
    }

    /// Lays a file over what is there: JSON or JSON5, at most 1 MiB.
    pub fn file(mut self, path: &Path) -> Self {
        match read(path, MAX_FILE_BYTES) {
            Ok(text) => self.text(&text, Some(path)),
            Err(problem) => {
                self.errors.push(ConfigError::File { source: ConfigSource::Config, file: path.into(), problem });
                self
            }
        }
    }

    /// Lays parsed JSON over what is there, as a host passes it.
    pub fn value(mut self, value: &Value) -> Self {
        match RawValue::deserialize(value) {
            Ok(given) => self.whole(&given, &Origin::Value),
            Err(error) => self.errors.push(ConfigError::Rejected {
                source: ConfigSource::Config,
                key: String::new(),
                given: error.to_string(),
                allowed: OBJECT.into(),
            }),
        }
        self
    }

    /// Lays variables over what is there: pass `std::env::vars_os()`, or what a host holds. Those of other names are
    /// skipped; an empty one counts as not set. All are passed, not a way to look one up, so that a mistyped one is found.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let is_ours = |name: &str| name.starts_with(PREFIX) || name == TOKEN_VARIABLE_BEFORE;
        let named = variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let mut ours: Vec<_> = named.filter(|(name, value)| is_ours(name) && !value.is_empty()).collect();
        // In an order that does not change, and the token's name of before behind the one of now.
        ours.sort();
        let mut has_token = false;
        for (name, value) in ours {
            if is_service_link(&name, &value) {
                continue;
            }
            if name == TOKEN_VARIABLE || name == TOKEN_VARIABLE_BEFORE {
                if !std::mem::replace(&mut has_token, true) {
                    self.token(name, &value);
                }
            } else if let Some(key) = KEYS.iter().find(|key| key.variable() == Some(name.as_str())) {
                match value.into_string() {
                    Ok(value) => {
                        let source = (ConfigSource::Environment, name.as_str());
                        key.take(&mut self.config, &RawValue::Word(value), source, &mut self.errors);
                        self.origins.note(key.name(), Origin::Variable(name));
                    }
                    Err(_) => self.errors.push(ConfigError::Rejected {
                        source: ConfigSource::Environment,
                        key: name,
                        given: "what is not UTF-8".into(),
                        allowed: key.allowed(),
                    }),
                }
            } else {
                self.unknown_variable(&name);
            }
        }
        self
    }

    /// Lays the value of one flag over what is there. A flag that was not given is not passed; of several places to listen each is
    /// passed by itself.
    pub fn flag(mut self, flag: &str, value: &str) -> Self {
        if flag == LISTEN_FLAG {
            return self.listen(value);
        }
        let given = RawValue::Word(value.into());
        match KEYS.iter().find(|key| key.flag() == Some(flag)) {
            Some(key) => {
                key.take(&mut self.config, &given, (ConfigSource::Flag, flag), &mut self.errors);
                self.origins.note(key.name(), Origin::Flag(flag.into()));
            }
            None => {
                let known: Vec<&str> = KEYS.iter().filter_map(Key::flag).collect();
                let near = nearest(flag, known.iter().copied());
                self.errors.push(unknown(ConfigSource::Flag, named(flag), near, &known));
            }
        }
        self
    }

    /// Enables or disables one collector over what is there, as `--collector.NAME` and `--no-collector.NAME` do.
    pub fn collector(mut self, name: &str, is_enabled: bool) -> Self {
        let Some(section) = Section::named(name) else {
            let near = nearest(name, Section::NAMES.iter().copied());
            let flag = format!("{}collector.{}", if is_enabled { "--" } else { "--no-" }, named(name));
            self.errors.push(unknown(ConfigSource::Flag, flag, near, Section::NAMES));
            return self;
        };
        let mut disabled = self.config.disabled.clone();
        disabled.retain(|other| *other != section);
        disabled.extend((!is_enabled).then_some(section));
        self.config.disable(&disabled);
        let flag = format!("--{}collector.{name}", if is_enabled { "" } else { "no-" });
        self.origins.note("collectors.disabled", Origin::Flag(flag));
        self
    }

    /// What all of it gives.
    ///
    /// # Errors
    /// Everything that is wrong, from all sources.
    pub fn build(self) -> Result<Config, ConfigErrors> {
        self.errors.or(self.config)
    }

    /// What all of it gives, and where each value came from.
    ///
    /// ```
    /// use openclaw_prometheus::config::{Config, Key, Origin};
    /// let builder = Config::builder().json5("{ port: 1, maxSeries: 2 }").flag("--web.telemetry-path", "/m");
    /// let (_, origins) = builder.environment([("OPENCLAW_PROMETHEUS_PORT".into(), "3".into())]).build_with_origins()?;
    /// let of = |name| origins.of(Key::all().iter().find(|key| key.name() == name).expect("a key")).to_string();
    /// assert_eq!(["port", "maxSeries", "path", "ui"].map(of), [
    ///     "variable OPENCLAW_PROMETHEUS_PORT",
    ///     "value",
    ///     "flag --web.telemetry-path",
    ///     "default",
    /// ]);
    /// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong, from all sources.
    pub fn build_with_origins(self) -> Result<(Config, Origins), ConfigErrors> {
        self.errors.or((self.config, self.origins))
    }

    fn text(mut self, text: &str, file: Option<&Path>) -> Self {
        match json5::from_str::<RawValue>(text) {
            Ok(given) => {
                let origin = file.map_or(Origin::Value, |file| Origin::File(file.into()));
                self.errors.begin();
                self.whole(&given, &origin);
                self.errors.end(text, file);
            }
            Err(error) => {
                // Only the end of the text has no position.
                let position = error.position().unwrap_or_else(|| json5::Position::from_offset(text.len(), text));
                let problem = error.to_string();
                self.errors.push(ConfigError::Syntax {
                    source: ConfigSource::Config,
                    file: file.map(Path::to_path_buf),
                    line: position.line + 1,
                    column: position.column + 1,
                    problem: problem.split(" at line ").next().unwrap_or_default().into(),
                });
            }
        }
        self
    }

    /// Address and port at once.
    fn listen(mut self, value: &str) -> Self {
        match value.parse::<Listen>() {
            Ok(listen) if std::mem::replace(&mut self.has_listen_flag, true) => {
                self.origins.note("alsoListen", Origin::Flag(LISTEN_FLAG.into()));
                self.config.also_listen.push(listen.to_string());
            }
            Ok(listen) => {
                let is_two = matches!(listen, Listen::Tcp(_));
                for name in ["listenAddress", "port"].into_iter().take(1 + usize::from(is_two)) {
                    self.origins.note(name, Origin::Flag(LISTEN_FLAG.into()));
                }
                // What was said elsewhere is not added to.
                self.config.also_listen.clear();
                self.config.set_listen(listen);
            }
            Err(_) => self.errors.push(ConfigError::Rejected {
                source: ConfigSource::Flag,
                key: LISTEN_FLAG.into(),
                given: quoted(value),
                allowed: ListenError::ALLOWED.into(),
            }),
        }
        self
    }

    /// The object that holds all keys.
    fn whole(&mut self, given: &RawValue, origin: &Origin) {
        match given {
            RawValue::Object(fields) => self.object("", fields, origin),
            // A token may be all there is.
            other => self.errors.push(ConfigError::Rejected {
                source: ConfigSource::Config,
                key: String::new(),
                given: if other.text().is_some() { NOT_SHOWN.into() } else { other.shown() },
                allowed: OBJECT.into(),
            }),
        }
    }

    /// The fields of the object `group`, or of the whole.
    fn object(&mut self, group: &str, fields: &[(String, RawValue)], origin: &Origin) {
        let mut seen = BTreeSet::new();
        for (number, (name, given)) in fields.iter().enumerate() {
            self.errors.enter(number);
            let full = if group.is_empty() { name.clone() } else { format!("{group}.{name}") };
            // A dot in a name is no way into an object.
            let key = KEYS.iter().find(|key| key.name() == full && !name.contains('.'));
            let is_group = group.is_empty() && groups().any(|known| known == name);
            if key.is_none() && !is_group {
                self.unknown_key(group, name);
            } else if !seen.insert(name) {
                self.errors.push(ConfigError::Twice { source: ConfigSource::Config, key: full });
            } else if let Some(key) = key {
                key.take(&mut self.config, given, (ConfigSource::Config, &full), &mut self.errors);
                self.origins.note(key.name(), origin.clone());
            } else if let RawValue::Object(fields) = given {
                self.object(name, fields, origin);
            } else {
                // What stands in the place of `scrapeAuth` or `gateway` may be the token.
                let given =
                    if ["scrapeAuth", "gateway"].contains(&name.as_str()) { NOT_SHOWN.into() } else { given.shown() };
                let allowed = format!("an object with {}", siblings(name).join(", "));
                self.errors.push(ConfigError::Rejected { source: ConfigSource::Config, key: full, given, allowed });
            }
            self.errors.leave();
        }
    }

    fn unknown_key(&mut self, group: &str, name: &str) {
        let shown = if group.is_empty() { named(name) } else { format!("{group}.{}", named(name)) };
        // Those beside it first; then all, for a key may stand in the wrong object.
        let here = siblings(group);
        let near = nearest(name, here.iter().copied()).or_else(|| nearest(name, KEYS.iter().map(Key::name)));
        self.errors.push(unknown(ConfigSource::Config, shown, near, &here));
    }

    fn unknown_variable(&mut self, name: &str) {
        let known: Vec<&str> = KEYS.iter().filter_map(Key::variable).collect();
        let short = |name| str::strip_prefix(name, PREFIX).unwrap_or(name);
        let near = nearest(short(name), known.iter().copied().map(short)).map(|near| format!("{PREFIX}{near}"));
        self.errors.push(unknown(ConfigSource::Environment, named(name), near.as_deref(), &known));
    }

    fn token(&mut self, name: String, value: &OsStr) {
        match Token::new(value.as_encoded_bytes()) {
            Some(token) => {
                self.config.environment_token = Some(token);
                self.origins.note("scrapeAuth.bearerToken", Origin::Variable(name));
            }
            None => self.errors.push(ConfigError::Rejected {
                source: ConfigSource::Environment,
                key: name,
                given: not_shown(value.as_encoded_bytes()).into(),
                allowed: Token::ALLOWED.into(),
            }),
        }
    }
}

/// Names of the objects that keys stand in.
fn groups() -> impl Iterator<Item = &'static str> {
    let groups = KEYS.iter().filter_map(|key| Some(key.name().split_once('.')?.0));
    groups.collect::<BTreeSet<_>>().into_iter()
}

/// The full names of what may stand in the object `group`, or in the whole.
fn siblings(group: &str) -> Vec<&'static str> {
    let names = KEYS.iter().map(Key::name);
    match group {
        "" => names.filter(|name| !name.contains('.')).chain(groups()).collect(),
        _ => names.filter(|name| name.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'))).collect(),
    }
}

/// Whether the variable is one that Kubernetes sets in each pod beside a service whose name begins with this program's:
/// `…_SERVICE_HOST`, `…_SERVICE_PORT`, `…_PORT=tcp://…`, `…_PORT_19464_TCP_ADDR`. It is not meant for us.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let is_protocol = |word: &str| ["TCP", "UDP", "SCTP"].contains(&word);
    let has_port = || {
        let words: Vec<&str> = name.split('_').collect();
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        words.windows(3).any(|words| words[0] == "PORT" && is_number(words[1]) && is_protocol(words[2]))
    };
    let is_url = || value.to_str().and_then(|value| value.split_once("://")).map(|(scheme, _)| scheme.to_uppercase());
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || has_port()
        || name.ends_with("_PORT") && is_url().is_some_and(|scheme| is_protocol(&scheme))
}

pub(super) fn unknown(source: ConfigSource, key: String, nearest: Option<&str>, known: &[&str]) -> ConfigError {
    ConfigError::Unknown { source, key, nearest: nearest.map(str::to_owned), known: known.join(", ") }
}

/// The flag that is two keys at once.
const LISTEN_FLAG: &str = "--web.listen-address";
/// What a configuration is as a whole.
const OBJECT: &str = "an object of keys, such as { \"port\": 19464 }";

/// The text of a file of at most so many bytes, or a sentence.
pub(super) fn read(path: &Path, most_bytes: u64) -> Result<String, String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    file.take(most_bytes + 1).read_to_string(&mut text).map_err(|error| format!("cannot be read: {error}"))?;
    let is_whole = text.len() as u64 <= most_bytes;
    is_whole.then_some(text).ok_or_else(|| format!("longer than {most_bytes} bytes; write less"))
}
