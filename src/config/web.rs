//! The file of `--web.config.file`, as Prometheus exporters have it: prometheus/exporter-toolkit, `docs/web-configuration.md`.
//!
//! All of its keys are known. What is refused is what TLS is not spoken with here: versions before 1.2, suites without forward
//! secrecy and authenticated encryption, curves that rustls lacks on ring. HTTP/2 is not offered, so `http2` changes nothing but
//! what is asked of cipher suites. The file is YAML without anchors, one document of at most 64 KiB; files that it names are
//! looked for from where it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::builder::{read, unknown};
use super::error::{ConfigError, ConfigErrors, ConfigSource};
use super::nearest::nearest;
use super::raw_value::{RawValue, named};
use super::settings::Config;
use super::token::NOT_SHOWN;
use super::yaml::YamlTree;
use crate::web::{
    CipherSuite, ClientAuth, Curve, PasswordHash, Pem, RateLimit, Tls, TlsError, TlsSettings, TlsVersion, Users, Web,
};

/// Bytes of the longest file.
const MAX_FILE_BYTES: u64 = 1 << 16;
/// Bytes of the longest value of a header.
const MAX_HEADER_BYTES: usize = 4096;
/// What a whole file may have.
const SECTIONS: [&str; 4] = ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"];
/// What the section of TLS may have.
const TLS_KEYS: [&str; 13] = [
    "cert",
    "cert_file",
    "key",
    "key_file",
    "client_ca",
    "client_ca_file",
    "client_auth_type",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "prefer_server_cipher_suites",
    "curve_preferences",
];

/// The headers there may be, each with the values that it may have; none for any.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

/// A web configuration.
///
/// ```
/// use openclaw_prometheus::config::WebConfig;
/// let web = WebConfig::from_yaml("http_server_config:\n  headers:\n    X-Frame-Options: deny\n")?;
/// assert_eq!(web.headers(), [("X-Frame-Options", "deny".to_owned())]);
/// assert!(web.tls().is_none() && web.users().is_empty());
/// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    headers: Vec<(&'static str, String)>,
    has_http2: bool,
    tls: Option<TlsSettings>,
    users: Vec<(String, PasswordHash)>,
    rate: Option<(Duration, u32)>,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { headers: Vec::new(), has_http2: true, tls: None, users: Vec::new(), rate: None }
    }
}

impl WebConfig {
    /// The web configuration that a YAML text gives. Files that it names are looked for from the working directory.
    ///
    /// # Errors
    /// Everything that is wrong with it, and with the files that it names.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigErrors> {
        Self::parse(text, None)
    }

    /// The web configuration in a YAML file. Files that it names are looked for from the folder that it is in.
    ///
    /// # Errors
    /// That the file cannot be read, or everything that is wrong with it, and with the files that it names.
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

    /// What TLS is spoken with, if it is.
    pub fn tls(&self) -> Option<&TlsSettings> {
        self.tls.as_ref()
    }

    /// Who may ask, with the hashes of their passwords; empty for everybody.
    pub fn users(&self) -> &[(String, PasswordHash)] {
        &self.users
    }

    /// The time in which a bucket gains a request, and how many it holds, if requests are limited.
    pub fn rate(&self) -> Option<(Duration, u32)> {
        self.rate
    }

    /// Whether nobody is let in whom it does not know, by a password or a certificate.
    pub fn asks_who(&self) -> bool {
        !self.users.is_empty() || self.tls.as_ref().is_some_and(|tls| tls.client_auth.is_verified_always())
    }

    /// What a server does for it before it answers. Reads the files of certificates.
    ///
    /// # Errors
    /// [`TlsError`] if they have changed since and are of no use.
    pub fn web(&self) -> Result<Web, TlsError> {
        Ok(Web {
            tls: self.tls.clone().map(Tls::new).transpose()?,
            users: Users::new(self.users.iter().cloned()),
            rate: self.rate.map(|(interval, burst)| RateLimit::new(interval, burst)),
        })
    }

    fn parse(text: &str, file: Option<&Path>) -> Result<Self, ConfigErrors> {
        let mut reader = Reader { errors: Vec::new(), folder: file.and_then(Path::parent) };
        let mut web = Self::default();
        match YamlTree::new(text).document() {
            Ok(given) => reader.whole(&mut web, &given),
            Err((marker, problem)) => reader.errors.push(ConfigError::Syntax {
                source: ConfigSource::WebConfig,
                file: file.map(Path::to_path_buf),
                line: marker.line(),
                column: marker.col() + 1,
                problem,
            }),
        }
        web.headers.sort();
        // Of files only if all else is right: what is wrong with them may come of what is wrong with it.
        if reader.errors.is_empty()
            && let Err(error) = web.web()
        {
            reader.errors.push(ConfigError::Tls(error));
        }
        ConfigErrors::or(reader.errors, web).map_err(|errors| errors.in_yaml(text, file))
    }
}

impl Config {
    /// What is in the file of `--web.config.file`; without one, what asks for nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn web_config(&self) -> Result<WebConfig, ConfigErrors> {
        self.web_config_file().map_or_else(|| Ok(WebConfig::default()), WebConfig::load)
    }
}

/// Reads a tree into a configuration, and keeps what is wrong with it.
struct Reader<'a> {
    errors: Vec<ConfigError>,
    /// Where files are looked for.
    folder: Option<&'a Path>,
}

impl Reader<'_> {
    fn whole(&mut self, web: &mut WebConfig, given: &RawValue) {
        // Before the ciphers, which depend on it.
        for (name, given) in self.fields("", given, Some(&SECTIONS)) {
            match name {
                "http_server_config" => self.http_server(web, name, given),
                "basic_auth_users" => self.users(web, name, given),
                "rate_limit" => self.rate(web, name, given),
                _ => {}
            }
        }
        if let RawValue::Object(fields) = given
            && let Some((name, given)) = fields.iter().find(|(name, _)| name == SECTIONS[0])
        {
            web.tls = self.tls(name, given, web.has_http2);
        }
    }

    fn http_server(&mut self, web: &mut WebConfig, key: &str, given: &RawValue) {
        for (name, given) in self.fields(key, given, Some(&["http2", "headers"])) {
            let key = format!("{key}.{name}");
            match name {
                "headers" => self.headers(web, &key, given),
                _ => web.has_http2 = self.truth(key, given).unwrap_or(true),
            }
        }
    }

    fn headers(&mut self, web: &mut WebConfig, key: &str, given: &RawValue) {
        for (name, given) in self.fields(key, given, Some(&HEADERS.map(|(name, _)| name))) {
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
                    web.headers.push((name, text.into()));
                }
                _ if values.is_empty() => {
                    let allowed = "visible ASCII characters and spaces, at most 4096 bytes";
                    self.reject(format!("{key}.{name}"), given.shown(), allowed);
                }
                _ => self.reject(format!("{key}.{name}"), given.shown(), &values.join(" or ")),
            }
        }
    }

    fn users(&mut self, web: &mut WebConfig, key: &str, given: &RawValue) {
        for (name, given) in self.fields(key, given, None) {
            let key = format!("{key}.{}", named(name));
            if name.contains(':') || name.chars().any(char::is_control) {
                self.refuse(key, "a name with a colon or a control character cannot be sent; write one without");
                continue;
            }
            // A block of YAML ends with a line break.
            match given.text().map(|hash| hash.trim_end().parse::<PasswordHash>()) {
                Some(Ok(hash)) => web.users.push((name.into(), hash)),
                Some(Err(error)) => self.refuse(key, &error.to_string()),
                None => self.reject(key, NOT_SHOWN.into(), "a bcrypt hash, in quotes"),
            }
        }
    }

    fn rate(&mut self, web: &mut WebConfig, key: &str, given: &RawValue) {
        let (mut interval, mut burst) = (Duration::ZERO, 0);
        for (name, given) in self.fields(key, given, Some(&["interval", "burst"])) {
            let key = format!("{key}.{name}");
            match name {
                _ if *given == RawValue::Null => {}
                "interval" => match duration(given) {
                    Some(time) => interval = time,
                    None => self.reject(key, given.shown(), "a length of time such as 500ms, 1s or 1m30s"),
                },
                _ => match given.whole().and_then(|burst| u32::try_from(burst).ok()) {
                    Some(number) => burst = number,
                    None => self.reject(key, given.shown(), "a whole number from 0 to 4294967295"),
                },
            }
        }
        web.rate = (!interval.is_zero()).then_some((interval, burst));
    }

    fn tls(&mut self, key: &str, given: &RawValue, has_http2: bool) -> Option<TlsSettings> {
        let fields = self.fields(key, given, Some(&TLS_KEYS));
        let get = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, given)| *given);
        let before = self.errors.len();
        let [cert, secret, client_ca] =
            ["cert", "key", "client_ca"].map(|name| self.pem(key, name, get(name), get(&format!("{name}_file"))));
        let client_auth = match get("client_auth_type") {
            // Its name of old.
            Some(given) if given.text() == Some("RequireClientCert") => Some(ClientAuth::RequireAny),
            given => self.word(key, "client_auth_type", given, &ClientAuth::ALL, |auth| auth.name()),
        };
        let sans = self.texts(key, "client_allowed_sans", get("client_allowed_sans"));
        if [&cert, &secret, &client_ca].iter().all(|pem| pem.is_none())
            && client_auth.is_none()
            && self.errors.len() == before
        {
            // It asks for nothing.
            return None;
        }
        for (pem, name) in [(&cert, "cert"), (&secret, "key")] {
            if pem.is_none() && self.errors.len() == before {
                let missing = format!("is missing; write {name}_file: and the file, or {name}: and the PEM itself");
                self.refuse(format!("{key}.{name}"), &missing);
            }
        }
        let mut tls =
            TlsSettings::new(cert.unwrap_or(Pem::Inline("".into())), secret.unwrap_or(Pem::Inline("".into())));
        tls.client_auth = client_auth.unwrap_or_default();
        let wants_ca = tls.client_auth.verifies();
        if client_ca.is_some() && !wants_ca {
            let allowed = "has no use without client_auth_type: RequireAndVerifyClientCert or VerifyClientCertIfGiven";
            self.refuse(format!("{key}.client_ca"), allowed);
        } else if client_ca.is_none() && wants_ca && self.errors.len() == before {
            let allowed = format!("{} needs client_ca_file: whose certificates are let in", tls.client_auth.name());
            self.refuse(format!("{key}.client_auth_type"), &allowed);
        }
        if !sans.is_empty() && !tls.client_auth.is_verified_always() {
            let allowed = "has no use without client_auth_type: RequireAndVerifyClientCert";
            self.refuse(format!("{key}.client_allowed_sans"), allowed);
        }
        if matches!(get("client_allowed_sans"), Some(RawValue::List(items)) if items.is_empty()) {
            self.refuse(format!("{key}.client_allowed_sans"), "lets nobody in; write a name or leave it out");
        }
        (tls.client_ca, tls.client_allowed_sans) = (client_ca, sans);
        let version =
            |reader: &mut Self, name| reader.word(key, name, get(name), &TlsVersion::ALL, |version| version.name());
        tls.min_version = version(self, "min_version").unwrap_or(TlsVersion::Tls12);
        tls.max_version = version(self, "max_version").unwrap_or(TlsVersion::Tls13);
        if tls.min_version > tls.max_version {
            self.refuse(
                format!("{key}.min_version"),
                "is newer than max_version; write TLS12 or leave one of them out",
            );
        }
        let suites: Vec<_> = CipherSuite::all().collect();
        tls.cipher_suites = self.words(key, "cipher_suites", get("cipher_suites"), &suites, |suite| suite.name());
        let curves: Vec<_> = Curve::all().collect();
        tls.curve_preferences =
            self.words(key, "curve_preferences", get("curve_preferences"), &curves, |curve| curve.name().into());
        if let Some(given) = get("prefer_server_cipher_suites") {
            let truth = self.truth(format!("{key}.prefer_server_cipher_suites"), given);
            tls.prefer_server_cipher_suites = truth.unwrap_or(true);
        }
        let is_bound = has_http2 && tls.min_version < TlsVersion::Tls13 && !tls.cipher_suites.is_empty();
        if is_bound && !tls.cipher_suites.iter().any(|suite| suite.is_of_http2()) {
            let allowed = "HTTP/2 demands TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; \
                           add one, or write http2: false in http_server_config";
            self.refuse(format!("{key}.cipher_suites"), allowed);
        }
        Some(tls)
    }

    /// A text in PEM, given itself or as a file.
    fn pem(&mut self, key: &str, name: &str, inline: Option<&RawValue>, file: Option<&RawValue>) -> Option<Pem> {
        let mut text = |name: String, given: Option<&RawValue>, shown: bool| match given {
            None | Some(RawValue::Null) => None,
            Some(given) => match given.text() {
                Some("") => None,
                Some(text) => Some(text.to_owned()),
                None => {
                    let given = if shown { given.shown() } else { NOT_SHOWN.into() };
                    self.reject(format!("{key}.{name}"), given, "a text");
                    None
                }
            },
        };
        let (inline, file) = (text(name.into(), inline, false), text(format!("{name}_file"), file, true));
        match (inline, file) {
            (Some(_), Some(_)) => {
                self.refuse(format!("{key}.{name}"), &format!("stands beside {name}_file; leave out one of them"));
                None
            }
            (Some(text), None) => Some(Pem::Inline(text.into())),
            (None, Some(file)) => Some(Pem::File(self.path(&file))),
            (None, None) => None,
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.map_or_else(|| file.into(), |folder| folder.join(file))
    }

    /// One of `known`, by its name.
    fn word<T: Copy>(
        &mut self,
        key: &str,
        name: &str,
        given: Option<&RawValue>,
        known: &[T],
        name_of: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let given = given.filter(|given| !matches!(given, RawValue::Null) && given.text() != Some(""))?;
        let found = given.text().and_then(|text| known.iter().copied().find(|one| name_of(*one) == text));
        if found.is_none() {
            let names: Vec<_> = known.iter().map(|one| name_of(*one)).collect();
            self.reject(format!("{key}.{name}"), given.shown(), &names.join(" or "));
        }
        found
    }

    /// Several of `known`, by their names.
    fn words<T: Copy>(
        &mut self,
        key: &str,
        name: &str,
        given: Option<&RawValue>,
        known: &[T],
        name_of: impl Fn(T) -> String,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for text in self.texts(key, name, given) {
            match known.iter().copied().find(|one| name_of(*one) == text) {
                Some(one) => found.push(one),
                None => {
                    let names: Vec<_> = known.iter().map(|one| name_of(*one)).collect();
                    let given = RawValue::Text(text).shown();
                    self.reject(format!("{key}.{name}"), given, &format!("some of {}", names.join(", ")));
                }
            }
        }
        found
    }

    /// A list of texts.
    fn texts(&mut self, key: &str, name: &str, given: Option<&RawValue>) -> Vec<String> {
        let items = match given {
            None | Some(RawValue::Null) => return Vec::new(),
            Some(RawValue::List(items)) => items.as_slice(),
            Some(other) => {
                self.reject(format!("{key}.{name}"), other.shown(), "a list of texts");
                return Vec::new();
            }
        };
        let mut texts = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => texts.push(text.to_owned()),
                None => self.reject(format!("{key}.{name}"), item.shown(), "a list of texts"),
            }
        }
        texts
    }

    /// A truth in any of YAML's words; none if it is left blank, too.
    fn truth(&mut self, key: String, given: &RawValue) -> Option<bool> {
        if *given == RawValue::Null {
            return None;
        }
        let truth = truth(given);
        if truth.is_none() {
            self.reject(key, given.shown(), "true or false");
        }
        truth
    }

    fn reject(&mut self, key: String, given: String, allowed: &str) {
        let allowed = allowed.into();
        self.errors.push(ConfigError::Rejected { source: ConfigSource::WebConfig, key, given, allowed });
    }

    fn refuse(&mut self, key: String, why: &str) {
        self.errors.push(ConfigError::Refused { source: ConfigSource::WebConfig, key, why: why.into() });
    }

    /// The fields of an object that are known, if only some are, and there once; the others are errors.
    fn fields<'a>(&mut self, key: &str, given: &'a RawValue, known: Option<&[&str]>) -> Vec<(&'a str, &'a RawValue)> {
        let fields = match given {
            RawValue::Object(fields) => fields.as_slice(),
            RawValue::Null => &[],
            other => {
                let allowed = known.map_or_else(
                    || "names, each with a value".to_owned(),
                    |known| format!("keys of {}", known.join(", ")),
                );
                self.reject(key.into(), other.shown(), &allowed);
                &[]
            }
        };
        let full = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
        let mut seen = BTreeSet::new();
        let mut good = Vec::new();
        for (name, given) in fields {
            if let Some(known) = known.filter(|known| !known.contains(&name.as_str())) {
                let near = nearest(name, known.iter().copied()).map(&full);
                self.errors.push(unknown(ConfigSource::WebConfig, full(&named(name)), near.as_deref(), known));
            } else if !seen.insert(name) {
                self.errors.push(ConfigError::Twice { source: ConfigSource::WebConfig, key: full(&named(name)) });
            } else {
                good.push((name.as_str(), given));
            }
        }
        good
    }
}

/// A truth in the words of YAML 1.1, which is what exporters read (<https://yaml.org/type/bool.html>).
fn truth(given: &RawValue) -> Option<bool> {
    let RawValue::Word(word) = given else { return None };
    // Small, in capitals, or with the first letter in capitals.
    let rest = word.get(1..)?;
    let is_cased = *rest == rest.to_ascii_lowercase() || **word == word.to_ascii_uppercase();
    match word.to_ascii_lowercase().as_str() {
        _ if !is_cased => None,
        "true" | "yes" | "y" | "on" => Some(true),
        "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// A length of time as Go writes it: `1h`, `1m30s`, `1.5s`, `100ms`; a bare 0 too.
fn duration(given: &RawValue) -> Option<Duration> {
    let mut rest = given.text()?;
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut whole = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|char: char| char.is_ascii_digit() || char == '.').unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        whole = whole.checked_add(Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?)?;
        rest = next;
    }
    (!given.text()?.is_empty()).then_some(whole)
}
