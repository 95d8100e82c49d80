//! Promise: what the documents name is there.

use std::path::Path;

/// Folders and endings by which a word between backticks is a file of the repository.
const FOLDERS: &[&str] = &["src/", "tests/", "cli/", "plugin/", "benches/", "fuzz/", "examples/", ".ci/", ".github/"];

/// Targets of links of `text` that are files.
fn linked(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|target| !target.contains("://") && !target.starts_with('#'));
    links.filter_map(|target| target.split('#').next())
}

/// Files of the repository between backticks.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let paths = text.split('`').skip(1).step_by(2).filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
    // A command is named by its first word, and what a pattern stands for is not one file.
    paths.filter_map(|word| word.split([' ', ':']).next()).filter(|path| !path.contains(['*', '{', '<']))
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let at_root = ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    let docs = std::fs::read_dir(root.join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let docs = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut missing = Vec::new();
    for document in at_root.iter().map(|name| root.join(name)).chain(docs) {
        let text = std::fs::read_to_string(&document).expect("a document");
        let folder = document.parent().expect("a folder");
        let links = linked(&text).filter(|path| !folder.join(path).exists());
        let paths = named(&text).filter(|path| !root.join(path).exists());
        missing.extend(links.chain(paths).map(|path| format!("{}: {path}", document.display())));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let text = "[a](b.md#c) `src/x.rs:1` `tests/all --long` `x`";
    assert_eq!(linked(text).chain(named(text)).collect::<Vec<_>>(), ["b.md", "src/x.rs", "tests/all"]);
}
