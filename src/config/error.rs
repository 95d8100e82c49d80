//! What may be wrong with a configuration, one line each.

use std::fmt;
use std::path::PathBuf;

use super::listen::Listen;
use super::place::Place;

/// Everything that is wrong with a configuration, in the order it was found; at least one.
#[derive(Debug)]
pub struct ConfigErrors {
    errors: Vec<ConfigError>,
    /// Where each stands, as far as that is known.
    places: Vec<Option<Place>>,
}

impl ConfigErrors {
    /// `value`, unless something is wrong.
    #[cfg(feature = "web-config")]
    pub(super) fn or<T>(errors: Vec<ConfigError>, value: T) -> Result<T, Self> {
        if errors.is_empty() { Ok(value) } else { Err(Self { errors, places: Vec::new() }) }
    }

    /// The same, with places in a YAML text.
    #[cfg(feature = "web-config")]
    pub(super) fn in_yaml(mut self, text: &str, file: Option<&std::path::Path>) -> Self {
        // What does not follow its grammar says where, and what was read is no deeper than the stack allows.
        if self.errors.iter().any(|error| matches!(error, ConfigError::Syntax { .. })) {
            return self;
        }
        let places = super::yaml_place::YamlPlaces::new(text);
        let mut seen: Vec<(bool, &str)> = Vec::new();
        self.places = Vec::with_capacity(self.errors.len());
        for error in &self.errors {
            let (key, is_name, is_again) = match error {
                ConfigError::Rejected { key, .. } => (key.as_str(), false, false),
                ConfigError::Unknown { key, .. } | ConfigError::Refused { key, .. } => (key.as_str(), true, false),
                ConfigError::Twice { key, .. } => (key.as_str(), true, true),
                ConfigError::Tls(error) => (error.key(), false, false),
                _ => ("", false, false),
            };
            // Of what is given twice the first is no mistake.
            let nth = usize::from(is_again) + seen.iter().filter(|known| **known == (is_again, key)).count();
            seen.push((is_again, key));
            let position = if is_name { places.name(key, nth) } else { places.value(key, nth) };
            // What is missing is missing where what is around it begins.
            let position = position.or_else(|| places.name(key.rsplit_once('.')?.0, 0));
            self.places.push(Some(Place { file: file.map(Into::into), position }));
        }
        self
    }

    pub(super) fn placed_at(found: Vec<(ConfigError, Option<Place>)>) -> Self {
        let (errors, places) = found.into_iter().unzip();
        Self { errors, places }
    }

    /// One line for each problem, with its place in front as editors and other programs take it: `FILE:LINE:COLUMN: `, as much of
    /// it as is known. What is wrong in no file is said as ever.
    ///
    /// ```
    /// use openclaw_prometheus::config::Config;
    /// # let file = std::env::temp_dir().join(format!("{}-placed.json5", std::process::id()));
    /// std::fs::write(&file, "{\n  port: 70000,\n}\n")?;
    /// let errors = Config::load(&file).unwrap_err();
    /// let line = errors.placed().next().expect("one at least");
    /// assert!(line.ends_with("placed.json5:2:9: port: 70000 given; write a whole number from 0 to 65535"));
    /// # std::fs::remove_file(&file)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn placed(&self) -> impl Iterator<Item = String> {
        let places = self.places.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        self.errors.iter().zip(places).map(|(error, place)| error.placed(place))
    }

    /// The problems.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.errors.iter()
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ConfigErrors {
    /// One line for each problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.errors.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// Where a setting was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigSource {
    /// The configuration file, or the value that a host passed.
    Config,
    /// A variable of the environment.
    Environment,
    /// A flag of the command line.
    Flag,
    /// The file of `--web.config.file`.
    WebConfig,
}

impl fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "config:",
            Self::Environment => "environment:",
            Self::Flag => "flag",
            Self::WebConfig => "web config:",
        })
    }
}

/// One thing that is wrong with a configuration. What it shows never holds a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value is not allowed.
    Rejected {
        /// Where it was given.
        source: ConfigSource,
        /// The key with those around it, such as `scrapeAuth.enabled`, or the variable or flag. Empty for the whole.
        key: String,
        /// What was given, shortened; `(not shown)` where a secret may stand.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// There is no such key, variable or flag.
    Unknown {
        /// Where it was given.
        source: ConfigSource,
        /// The name with those around it.
        key: String,
        /// The known name that is like it.
        nearest: Option<String>,
        /// All names that are known here.
        known: String,
    },
    /// A key is there more than once.
    Twice {
        /// Where it was given.
        source: ConfigSource,
        /// The key with those around it.
        key: String,
    },
    /// A key does not go together with another one, or with what it is for.
    Refused {
        /// Where it was given.
        source: ConfigSource,
        /// The key with those around it.
        key: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// TLS cannot be spoken with the files of a web configuration.
    #[cfg(feature = "web-config")]
    Tls(crate::web::TlsError),
    /// The text does not follow its grammar.
    Syntax {
        /// Where it was given.
        source: ConfigSource,
        /// The file, if it came from one.
        file: Option<PathBuf>,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// A file cannot be read.
    File {
        /// What it was for.
        source: ConfigSource,
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// Other machines could read the metrics, and nobody would ask them for a token.
    Exposed {
        /// Where it would listen.
        listen: Listen,
    },
}

impl ConfigError {
    /// On one line, with its place in front if it is in a file.
    fn placed(&self, place: Option<&Place>) -> String {
        let file = match self {
            Self::File { file, .. } | Self::Syntax { file: Some(file), .. } => Some(file),
            _ => place.and_then(|place| place.file.as_ref()),
        };
        let Some(file) = file else { return self.to_string() };
        let position = match self {
            Self::Syntax { line, column, .. } => Some((*line, *column)),
            _ => place.and_then(|place| place.position),
        };
        let position = position.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        format!("{}{position}: {}", file.display(), Sentence(self))
    }

    /// Where it was given.
    fn source(&self) -> Option<ConfigSource> {
        match self {
            Self::Rejected { source, .. }
            | Self::Unknown { source, .. }
            | Self::Twice { source, .. }
            | Self::Refused { source, .. }
            | Self::Syntax { source, .. }
            | Self::File { source, .. } => Some(*source),
            #[cfg(feature = "web-config")]
            Self::Tls(_) => Some(ConfigSource::WebConfig),
            Self::Exposed { .. } => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source() {
            Some(source) => write!(f, "{source} ")?,
            None => f.write_str("config: ")?,
        }
        match self {
            Self::Syntax { file, line, column, .. } => {
                if let Some(file) = file {
                    write!(f, "{}: ", file.display())?;
                }
                write!(f, "line {line}, column {column}: ")?;
            }
            Self::File { file, .. } => write!(f, "{}: ", file.display())?,
            _ => {}
        }
        Sentence(self).fmt(f)
    }
}

/// What is wrong, without the place.
struct Sentence<'e>(&'e ConfigError);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "web-config")]
        use ConfigError::Tls;
        use ConfigError::{Exposed, File, Refused, Rejected, Syntax, Twice, Unknown};
        match self.0 {
            Rejected { key, given, allowed, .. } if key.is_empty() => write!(f, "{given} given; write {allowed}"),
            Rejected { key, given, allowed, .. } => write!(f, "{key}: {given} given; write {allowed}"),
            Unknown { source, key, nearest, known } => {
                let what = match source {
                    ConfigSource::Config | ConfigSource::WebConfig => "a key",
                    ConfigSource::Environment => "a variable that is read",
                    ConfigSource::Flag => "a flag",
                };
                match nearest {
                    Some(nearest) => write!(f, "{key}: not {what}; did you mean {nearest}?"),
                    None => write!(f, "{key}: not {what}; there are {known}"),
                }
            }
            Twice { key, .. } => write!(f, "{key}: given twice; write it once"),
            Refused { key, why, .. } => write!(f, "{key}: {why}"),
            #[cfg(feature = "web-config")]
            Tls(error) => error.fmt(f),
            Syntax { problem, .. } | File { problem, .. } => f.write_str(problem),
            Exposed { listen } => write!(
                f,
                "listenAddress: other machines can reach {listen}, and no token is asked for; set scrapeAuth.enabled and a \
                 token, listen on 127.0.0.1, or add --allow-unauthenticated"
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
