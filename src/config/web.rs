//! The file of `--web.config.file`, as Prometheus exporters have it: the part of it that is done here.
//!
//! That is an empty file, and `http_server_config` with five headers for every reply; `http2` may be there and asks for
//! nothing, for HTTP/2 comes with TLS only. What is done elsewhere is rejected with where: TLS and rate limits by a proxy in
//! front, users and passwords by a bearer token. The file is YAML without anchors, one document of at most 64 KiB.

use std::collections::BTreeSet;
use std::path::Path;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use super::builder::{read, unknown};
use super::error::{ConfigError, ConfigErrors, ConfigSource};
use super::nearest::nearest;
use super::raw_value::{MAX_DEPTH, RawValue, named};

/// Bytes of the longest file.
const MAX_FILE_BYTES: u64 = 1 << 16;
/// Bytes of the longest value of a header.
const MAX_HEADER_BYTES: usize = 4096;

/// The headers there may be, each with the values that it may have; none for any.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

/// What other exporters do by themselves, and what to do here instead.
const ELSEWHERE: [(&str, &str); 3] = [
    (
        "tls_server_config",
        "TLS is not spoken here; put a proxy in front that ends it, and listen on loopback or a socket",
    ),
    ("basic_auth_users", "users and passwords are not known here; set scrapeAuth.enabled and a bearer token"),
    ("rate_limit", "requests are not limited here; put a proxy in front that limits them"),
];

/// A web configuration.
///
/// ```
/// use openclaw_prometheus::config::WebConfig;
/// let web = WebConfig::from_yaml("http_server_config:\n  headers:\n    X-Frame-Options: deny\n")?;
/// assert_eq!(web.headers(), [("X-Frame-Options", "deny".to_owned())]);
/// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebConfig {
    headers: Vec<(&'static str, String)>,
}

impl WebConfig {
    /// The web configuration that a YAML text gives.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigErrors> {
        Self::parse(text, None)
    }

    /// The web configuration in a YAML file.
    ///
    /// # Errors
    /// That the file cannot be read, or everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        let unread = |problem| ConfigError::File { source: ConfigSource::WebConfig, file: path.into(), problem };
        match read(path, MAX_FILE_BYTES) {
            Ok(text) => Self::parse(&text, Some(path)),
            Err(problem) => ConfigErrors::or(vec![unread(problem)], Self::default()),
        }
    }

    /// Headers for every reply, by name.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    fn parse(text: &str, file: Option<&Path>) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let mut web = Self::default();
        match YamlTree::new(text).document() {
            Ok(given) => web.whole(&given, &mut errors),
            Err((marker, problem)) => errors.push(ConfigError::Syntax {
                source: ConfigSource::WebConfig,
                file: file.map(Path::to_path_buf),
                line: marker.line(),
                column: marker.col() + 1,
                problem,
            }),
        }
        web.headers.sort();
        ConfigErrors::or(errors, web).map_err(|errors| errors.in_yaml(text, file))
    }

    fn whole(&mut self, given: &RawValue, errors: &mut Vec<ConfigError>) {
        let known: Vec<&str> = ["http_server_config"].into_iter().chain(ELSEWHERE.map(|(name, _)| name)).collect();
        for (name, given) in fields("", given, &known, errors) {
            match ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == name) {
                // Empty, it asks for nothing.
                Some(_) if is_empty(given) => {}
                Some((_, instead)) => {
                    errors.push(ConfigError::Elsewhere { source: ConfigSource::WebConfig, key: name.into(), instead });
                }
                None => self.http_server(name, given, errors),
            }
        }
    }

    fn http_server(&mut self, key: &str, given: &RawValue, errors: &mut Vec<ConfigError>) {
        for (name, given) in fields(key, given, &["http2", "headers"], errors) {
            let key = format!("{key}.{name}");
            match name {
                "headers" => self.all_headers(&key, given, errors),
                _ if given.bool().is_some() => {}
                _ => errors.push(rejected(key, given, "true or false")),
            }
        }
    }

    fn all_headers(&mut self, key: &str, given: &RawValue, errors: &mut Vec<ConfigError>) {
        for (name, given) in fields(key, given, &HEADERS.map(|(name, _)| name), errors) {
            let Some((name, values)) = HEADERS.iter().find(|(header, _)| *header == name) else { continue };
            let is_value = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            match given.text() {
                // Blank, it is not sent.
                Some("") => {}
                None if *given == RawValue::Null => {}
                Some(text)
                    if is_value(text)
                        && text.len() <= MAX_HEADER_BYTES
                        && (values.is_empty() || values.contains(&text)) =>
                {
                    self.headers.push((name, text.into()));
                }
                _ if values.is_empty() => errors.push(rejected(
                    format!("{key}.{name}"),
                    given,
                    "visible ASCII characters and spaces, at most 4096 bytes",
                )),
                _ => errors.push(rejected(format!("{key}.{name}"), given, &values.join(" or "))),
            }
        }
    }
}

fn is_empty(given: &RawValue) -> bool {
    matches!(given, RawValue::Null) || matches!(given, RawValue::Object(fields) if fields.is_empty())
}

fn rejected(key: String, given: &RawValue, allowed: &str) -> ConfigError {
    ConfigError::Rejected { source: ConfigSource::WebConfig, key, given: given.shown(), allowed: allowed.into() }
}

/// The fields of an object that are known and there once; the others are errors.
fn fields<'a>(
    key: &str,
    given: &'a RawValue,
    known: &[&str],
    errors: &mut Vec<ConfigError>,
) -> Vec<(&'a str, &'a RawValue)> {
    let fields = match given {
        RawValue::Object(fields) => fields.as_slice(),
        RawValue::Null => &[],
        other => {
            errors.push(rejected(key.into(), other, &format!("keys of {}", known.join(", "))));
            &[]
        }
    };
    let full = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    let mut seen = BTreeSet::new();
    let mut good = Vec::new();
    for (name, given) in fields {
        if !known.contains(&name.as_str()) {
            let near = nearest(name, known.iter().copied()).map(&full);
            errors.push(unknown(ConfigSource::WebConfig, full(&named(name)), near.as_deref(), known));
        } else if !seen.insert(name) {
            errors.push(ConfigError::Twice { source: ConfigSource::WebConfig, key: full(name) });
        } else {
            good.push((name.as_str(), given));
        }
    }
    good
}

/// Where the text does not follow its grammar, and how.
type YamlError = (Marker, String);

/// Makes a tree of a parser's events, no deeper than the stack allows.
struct YamlTree<'a> {
    events: Parser<'a, StrInput<'a>>,
    last: Marker,
}

impl<'a> YamlTree<'a> {
    fn new(text: &'a str) -> Self {
        Self { events: Parser::new_from_str(text), last: Marker::new(0, 1, 0) }
    }

    fn next(&mut self) -> Result<Event<'a>, YamlError> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                self.last = span.start;
                Ok(event)
            }
            Some(Err(error)) => Err((*error.marker(), error.info().into())),
            None => Err(self.odd("the text ends too early")),
        }
    }

    fn odd(&self, problem: &str) -> YamlError {
        (self.last, problem.into())
    }

    /// The only document; null if there is none.
    fn document(mut self) -> Result<RawValue, YamlError> {
        let mut given = None;
        loop {
            match self.next()? {
                Event::StreamEnd => return Ok(given.unwrap_or(RawValue::Null)),
                Event::DocumentStart(_) if given.is_some() => return Err(self.odd("a second document")),
                Event::DocumentStart(_) => {
                    let first = self.next()?;
                    given = Some(self.node(first, 0)?);
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, first: Event<'a>, depth: usize) -> Result<RawValue, YamlError> {
        if depth > MAX_DEPTH {
            return Err(self.odd(&format!("more than {MAX_DEPTH} levels")));
        }
        match first {
            Event::Scalar(text, ScalarStyle::Plain, ..) if ["", "~", "null"].contains(&text.as_ref()) => {
                Ok(RawValue::Null)
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) => Ok(RawValue::Word(text.into_owned())),
            Event::Scalar(text, ..) => Ok(RawValue::Text(text.into_owned())),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => return Ok(RawValue::List(items)),
                        item => items.push(self.node(item, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut fields = Vec::new();
                loop {
                    let name = match self.next()? {
                        Event::MappingEnd => return Ok(RawValue::Object(fields)),
                        Event::Scalar(name, ..) => name.into_owned(),
                        _ => return Err(self.odd("a key that is no text")),
                    };
                    let value = self.next()?;
                    fields.push((name, self.node(value, depth + 1)?));
                }
            }
            Event::Alias(_) => Err(self.odd("an alias; write the value itself")),
            _ => Err(self.odd("no value")),
        }
    }
}
