//! What may be wrong with a configuration, one line each.

use std::fmt;
use std::path::PathBuf;

use super::listen::Listen;

/// Everything that is wrong with a configuration, in the order it was found; at least one.
#[derive(Debug)]
pub struct ConfigErrors {
    errors: Vec<ConfigError>,
}

impl ConfigErrors {
    /// `value`, unless something is wrong.
    pub(super) fn or<T>(errors: Vec<ConfigError>, value: T) -> Result<T, Self> {
        if errors.is_empty() { Ok(value) } else { Err(Self { errors }) }
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

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected { source, key, given, allowed } if key.is_empty() => {
                write!(f, "{source} {given} given; write {allowed}")
            }
            Self::Rejected { source, key, given, allowed } => {
                write!(f, "{source} {key}: {given} given; write {allowed}")
            }
            Self::Unknown { source, key, nearest, known } => {
                let what = match source {
                    ConfigSource::Config | ConfigSource::WebConfig => "a key",
                    ConfigSource::Environment => "a variable that is read",
                    ConfigSource::Flag => "a flag",
                };
                match nearest {
                    Some(nearest) => write!(f, "{source} {key}: not {what}; did you mean {nearest}?"),
                    None => write!(f, "{source} {key}: not {what}; there are {known}"),
                }
            }
            Self::Twice { source, key } => write!(f, "{source} {key}: given twice; write it once"),
            Self::Refused { source, key, why } => write!(f, "{source} {key}: {why}"),
            #[cfg(feature = "web-config")]
            Self::Tls(error) => write!(f, "{} {error}", ConfigSource::WebConfig),
            Self::Syntax { source, file, line, column, problem } => {
                write!(f, "{source} ")?;
                if let Some(file) = file {
                    write!(f, "{}: ", file.display())?;
                }
                write!(f, "line {line}, column {column}: {problem}")
            }
            Self::File { source, file, problem } => write!(f, "{source} {}: {problem}", file.display()),
            Self::Exposed { listen } => write!(
                f,
                "config: listenAddress: other machines can reach {listen}, and no token is asked for; set \
                 scrapeAuth.enabled and a token, listen on 127.0.0.1, or add --allow-unauthenticated"
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
