//! Promise: what the documents at the root name is there.

use std::path::Path;

/// Folders and endings by which a word between backticks is a file of the repository.
const FOLDERS: &[&str] = &["src/", "tests/", "cli/", "plugin/", "benches/", "fuzz/", "examples/", ".ci/", ".github/"];

/// What `text` names: targets of links that are files, and paths between backticks.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let paths = text.split('`').skip(1).step_by(2).filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
    // A command is named by its first word, and what a pattern stands for is not one file.
    let paths = paths.filter_map(|word| word.split([' ', ':']).next()).filter(|path| !path.contains(['*', '{', '<']));
    links.filter_map(|target| target.split('#').next()).chain(paths)
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents =
        ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    let mut missing = Vec::new();
    for document in documents {
        let text = std::fs::read_to_string(root.join(document)).expect(document);
        let absent = named(&text).filter(|path| !root.join(path).exists());
        missing.extend(absent.map(|path| format!("{document}: {path}")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert_eq!(
        named("[a](b.md#c) `src/x.rs:1` `tests/all --long` `x`").collect::<Vec<_>>(),
        ["b.md", "src/x.rs", "tests/all"]
    );
}
