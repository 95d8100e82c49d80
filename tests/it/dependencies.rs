//! Promise: what a user of the library compiles stays as small as it is, with each feature.

use std::collections::BTreeSet;
use std::process::Command;

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
