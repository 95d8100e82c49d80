//! How to come in: whom to trust, and as whom to ask. The same flags for all that fetch, named as in a scrape configuration.

use std::path::PathBuf;

use clap::Args;

/// The flags.
#[derive(Debug, Default, Args)]
pub(crate) struct Access {
    /// Read the bearer token from a file.
    #[arg(long, value_name = "FILE", conflicts_with = "basic_auth_user")]
    pub(crate) token_file: Option<PathBuf>,
    /// Ask with a name and a password instead of a token.
    #[arg(long, value_name = "NAME", requires = "basic_auth_password_file")]
    pub(crate) basic_auth_user: Option<String>,
    /// Read the password from a file.
    #[arg(long, value_name = "FILE", requires = "basic_auth_user")]
    pub(crate) basic_auth_password_file: Option<PathBuf>,
    /// Of https: trust the certificates in this file (PEM), and not the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Of https: show the certificate in this file (PEM).
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub(crate) cert_file: Option<PathBuf>,
    /// Of https: the key of the certificate that is shown (PEM).
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    pub(crate) key_file: Option<PathBuf>,
    /// Of https: the name that the server's certificate is for, if it is not the URL's.
    #[arg(long, value_name = "NAME")]
    pub(crate) server_name: Option<String>,
    /// Of https: take any certificate. Whoever is between can read and change everything.
    #[arg(long, conflicts_with = "ca_file")]
    pub(crate) insecure_skip_verify: bool,
}
