//! Promise: every error says what is behind it, once: through `source` if there is another error, in its sentence if not.
#![cfg(all(feature = "openclaw", feature = "serve", feature = "config"))]

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::path::Path;

use openclaw_prometheus::exporter::ExporterError;
use openclaw_prometheus::publish::PublishError;
use openclaw_prometheus::serve::{Address, ServeError};
use openclaw_prometheus::{BuildError, MetricName, RegisterError};

/// Errors that may have another behind them: see the tests below.
const WRAPPING: &[&str] = &[
    "enum.BuildError",
    "enum.RegisterError",
    "exporter/enum.AskError",
    "exporter/enum.ExporterError",
    "publish/struct.CollectError",
    "publish/enum.PublishError",
    "serve/enum.InstanceError",
    "serve/enum.ServeError",
];
/// Errors that are the first of all.
const FIRST: &[&str] = &[
    "config/enum.ConfigError",
    "config/struct.ConfigErrors",
    "config/struct.ListenError",
    "enum.BoundsError",
    "enum.NameError",
    "openclaw/enum.FieldError",
    "openclaw/enum.LineError",
    "openclaw/rpc/websocket/enum.CallError",
    "openclaw/rpc/websocket/enum.ConnectError",
    "openclaw/rpc/websocket/enum.CredentialsError",
    "openclaw/rpc/websocket/enum.EndpointError",
    "openclaw/rpc/websocket/enum.Lost",
    "openclaw/rpc/websocket/enum.TrustError",
    "serve/enum.BodyError",
    "serve/struct.HostError",
    "serve/struct.PathError",
    "struct.Rejected",
    "web/enum.PasswordError",
    "web/struct.TlsError",
];

/// The types of the public interface, each with the traits that it has.
fn public_types() -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/public-api.txt");
    let listing = std::fs::read_to_string(path).unwrap();
    let mut types: Vec<(String, Vec<String>)> = Vec::new();
    for line in listing.lines() {
        if !line.starts_with(' ') {
            types.push((line.to_owned(), Vec::new()));
        } else if let Some(traits) = line.trim_start().strip_prefix("is ")
            && let Some((_, all)) = types.last_mut()
        {
            all.extend(traits.split(", ").map(str::to_owned));
        }
    }
    types
}

#[test]
fn every_public_error_is_one_and_is_listed_here() {
    let types = public_types();
    let errors: BTreeSet<&str> = types
        .iter()
        .filter(|(_, traits)| traits.iter().any(|one| one == "Error"))
        .map(|(name, _)| name.as_str())
        .collect();
    let known: BTreeSet<&str> = WRAPPING.iter().chain(FIRST).copied().collect();
    assert_eq!(errors, known);
    // What is called an error is one.
    let named =
        types.iter().map(|(name, _)| name.as_str()).filter(|name| name.ends_with("Error") || name.ends_with("Errors"));
    assert_eq!(named.filter(|name| !known.contains(name)).collect::<Vec<_>>(), [""; 0]);
}

#[track_caller]
fn assert_behind(error: &dyn Error, behind: &str) {
    let source = error.source().unwrap_or_else(|| panic!("nothing is behind {error}"));
    assert_eq!(source.to_string(), behind);
    assert!(source.source().is_none());
}

#[test]
fn what_the_system_said_is_behind_what_we_say() {
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let said = denied().to_string();
    let address = Address::Unix("/x.sock".into());
    assert_behind(&ServeError::Listen { address, error: denied() }, &said);
    assert_behind(&ServeError::Thread(denied()), &said);
    assert!(ServeError::NoSocket("/x".into()).source().is_none());
    assert_behind(&PublishError::Thread(denied()), &said);
    assert!(PublishError::Taken.source().is_none());
    // An exporter says what its part says, and behind it stands what stands behind that.
    let exporter = ExporterError::from(PublishError::Thread(denied()));
    assert_eq!(exporter.to_string(), PublishError::Thread(denied()).to_string());
    assert_behind(&exporter, &said);
    assert!(ExporterError::from(PublishError::Taken).source().is_none());
}

#[test]
fn a_name_that_is_not_legal_is_behind_a_family_that_cannot_be_declared() {
    let name = || MetricName::new("1st").unwrap_err();
    let register = || RegisterError::Name { family: "1st".into(), error: name() };
    assert_behind(&register(), &name().to_string());
    assert_behind(&ExporterError::from(register()), &name().to_string());
    let twice = RegisterError::LabelTwice { family: "a".into(), label: "b".into() };
    assert!(twice.source().is_none());
    let build = BuildError::Rejections(register());
    let behind = build.source().expect("a declaration");
    assert_eq!(behind.to_string(), register().to_string());
    assert_behind(behind, &name().to_string());
    assert!(ExporterError::from(build).source().is_some());
    let memory = || BuildError::Memory { what: "cells", bytes: 1, follows: "series" };
    assert!(memory().source().is_none());
    assert_behind(&ExporterError::Memory { max_series: 1, error: memory() }, &memory().to_string());
}
