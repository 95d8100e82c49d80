//! Promise: what a user of the library compiles stays as small as it is, with each feature.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Features; direct dependencies and all of them, at most.
const AT_MOST: &[(&str, usize, usize)] = &[
    ("", 6, 7),
    ("gzip", 7, 9),
    ("serve", 17, 33),
    ("openclaw", 9, 20),
    ("rpc", 14, 56),
    ("config", 10, 20),
    ("web-config", 27, 80),
    ("may", 7, 28),
    ("may-server", 19, 53),
    ("default", 22, 49),
];

/// What only the program needs.
const PROGRAM: &[&str] = &["clap", "indicatif", "saphyr-parser"];

/// How deep each crate lies below the library, and its name and version.
fn tree(features: &str) -> BTreeSet<(bool, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "-p", "openclaw-prometheus", "-e", "normal", "--prefix", "depth"]);
    cargo.args(["--no-default-features", "--features", features]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates = text.lines().filter_map(|line| {
        let name = line.trim_start_matches(|char: char| char.is_ascii_digit());
        let depth: usize = line[..line.len() - name.len()].parse().unwrap();
        let name = name.split(' ').take(2).collect::<Vec<_>>().join(" ");
        (depth > 0).then_some((depth == 1, name))
    });
    crates.collect()
}

#[test]
fn dependencies_do_not_creep() {
    for (features, direct, all) in AT_MOST {
        let tree = tree(features);
        let found_direct = tree.iter().filter(|(is_direct, _)| *is_direct).count();
        let found: BTreeSet<&str> = tree.iter().map(|(_, name)| name.as_str()).collect();
        let is_kept = found_direct <= *direct && found.len() <= *all;
        assert!(is_kept, "{features:?}: {found_direct} direct and {} in all: {found:#?}", found.len());
    }
}

#[test]
fn the_library_compiles_nothing_of_the_program() {
    for (_, name) in tree("default") {
        assert!(!PROGRAM.iter().any(|program| name.split(' ').next() == Some(program)), "{name}");
    }
}

#[test]
fn the_oldest_compiler_that_is_promised_is_the_oldest_that_all_dependencies_promise() {
    // All of the workspace, but for coroutines and loom, which has them too: Cargo.toml says what those ask for.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--format-version", "1", "--features", "rpc,web-config"]);
    cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let used: BTreeSet<String> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| node["id"].to_string()).collect();
    assert!(!used.iter().any(|id| id.contains("#generator@")), "{used:?}");
    let (mut ours, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    for package in list(&metadata["packages"]).iter().filter(|package| used.contains(&package["id"].to_string())) {
        let Some(version) = package["rust_version"].as_str() else { continue };
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap());
        let version = (parts.next(), parts.next());
        let packages = if package["source"].is_null() { &mut ours } else { &mut theirs };
        packages.insert((version, package["name"].to_string()));
    }
    let highest = theirs.last().unwrap();
    assert_eq!(ours.first().unwrap().0, ours.last().unwrap().0, "one for all of the workspace");
    assert_eq!(ours.first().unwrap().0, highest.0, "rust-version in Cargo.toml: {highest:?} asks for it");
}
