//! Promise: a configuration that exists is valid, and all that is wrong with one is told at once, without a secret.

#![cfg(feature = "config")]

mod access;
mod keys;
mod refusals;
mod sources;

use std::ffi::OsString;

use openclaw_prometheus::config::Config;

/// What no error may show.
const SECRET: &str = "s3cr3t-t0ken";

/// What a text's configuration says.
fn refusal(text: &str) -> String {
    Config::from_json5(text).expect_err(text).to_string()
}

fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}
