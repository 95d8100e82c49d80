//! Promise: each module uses only those before it, and what a reader must be able to search for is there.
//!
//! Read from the source text, comments and strings told apart. Test modules are left out: they may look at anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who may use whom (design §6). A module that is not here may not exist: add it with what it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("clock", &[]),
    ("label", &["sync"]),
    ("record", &["label", "sync", "clock"]),
    ("registry", &["record", "label", "sync", "clock"]),
    ("encode", &["registry", "sync"]),
    ("publish", &["encode", "registry", "clock", "sync"]),
    ("serve", &["publish", "encode", "clock"]),
    ("testing", &["encode", "registry"]),
    ("source", &["serve", "publish", "encode", "registry", "record", "label", "clock"]),
    // It knows names and numbers, and nothing of what they are for.
    ("config", &[]),
    ("openclaw", &["registry", "record", "label", "clock", "sync"]),
    // Puts one Gateway's exporter together, for program and plugin.
    ("exporter", &["openclaw", "source", "config", "serve", "publish", "encode", "registry", "clock"]),
];

/// The program: it puts everything together, from outside the library.
const PROGRAM: &[&str] = &["main", "cli"];

/// Which modules may name which dependency (design §5).
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("arc_swap", &["sync"]),
    ("crossbeam_utils", &["label", "record"]),
    ("rapidhash", &["label"]),
    // The server on coroutines.
    ("may", &["record", "serve"]),
    ("may_minihttp", &["serve"]),
    ("libc", &["serve"]),
    ("loom", &["sync"]),
    ("itoa", &["encode"]),
    ("ryu", &["encode"]),
    // In the program, to unpack what was probed.
    ("flate2", &["publish", "cli"]),
    ("log", &["publish", "serve", "exporter", "cli"]),
    ("procfs", &["source"]),
    ("subtle", &["serve"]),
    ("form_urlencoded", &["serve"]),
    // In the program, the client half, to probe.
    ("hyper", &["serve", "cli"]),
    ("hyper_util", &["serve", "cli"]),
    // In the program, to wait for a signal and to probe.
    ("tokio", &["serve", "cli"]),
    ("socket2", &["serve"]),
    ("http_body", &["serve", "cli"]),
    ("bytes", &["serve"]),
    // In the program, to print a report.
    ("serde", &["openclaw", "config", "cli"]),
    ("serde_json", &["openclaw", "config", "cli"]),
    ("json5", &["config"]),
    ("strsim", &["config"]),
    ("saphyr_parser", &["config"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("httpdate", &["cli", "serve"]),
];

// --- the source, told apart

/// One line: what the compiler sees with strings emptied, the strings, and the comment.
#[derive(Debug, Default, Clone)]
struct Line {
    code: String,
    strings: String,
    comment: String,
}

struct File {
    /// Relative to `src`.
    path: PathBuf,
    lines: Vec<Line>,
}

impl File {
    /// The top-level module that the file belongs to; `lib` for the root.
    fn module(&self) -> String {
        let first = self.path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
        first.unwrap_or_default().trim_end_matches(".rs").to_owned()
    }

    /// How many `super::` lead to the root.
    fn depth(&self) -> usize {
        let parts = self.path.components().count();
        let name = self.path.file_name().unwrap_or_default();
        if name == "lib.rs" || name == "main.rs" { 0 } else { parts - usize::from(name == "mod.rs") }
    }

    fn place(&self, line: usize) -> String {
        format!("src/{}:{}", self.path.display(), line + 1)
    }
}

/// All files of `src` with the code of test modules left out.
fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let mut lines = told_apart(&text);
                empty_tests(&mut lines);
                files.push(File { path: path.strip_prefix(&root).unwrap().into(), lines });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let library = files.iter().find(|file| file.path == Path::new("lib.rs")).expect("src/lib.rs");
    let tests: Vec<String> = test_modules(library);
    files.retain(|file| !tests.contains(&file.module()));
    assert!(files.len() > 20, "the sources were found");
    files
}

/// Splits a text into lines of code, strings and comments.
fn told_apart(text: &str) -> Vec<Line> {
    enum In {
        Code,
        LineComment,
        BlockComment(usize),
        String,
        RawString(usize),
    }
    let chars: Vec<char> = text.chars().collect();
    let mut lines = vec![Line::default()];
    let mut inside = In::Code;
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        let line = lines.last_mut().expect("one at least");
        let next = chars.get(at + 1).copied().unwrap_or('\0');
        at += 1;
        if char == '\n' {
            lines.push(Line::default());
            if matches!(inside, In::LineComment) {
                inside = In::Code;
            }
            continue;
        }
        match &mut inside {
            In::Code => match (char, next) {
                ('/', '/') => inside = In::LineComment,
                ('/', '*') => inside = In::BlockComment(1),
                ('"', _) => inside = In::String,
                ('r', '"' | '#') if !line.code.ends_with(is_word) || line.code.ends_with('b') => {
                    let hashes = chars[at..].iter().take_while(|char| **char == '#').count();
                    // `r#type` is a name.
                    if chars.get(at + hashes) == Some(&'"') {
                        at += hashes + 1;
                        inside = In::RawString(hashes);
                    } else {
                        line.code.push(char);
                    }
                }
                // A character, not a lifetime: it ends two or, with an escape, more places on.
                ('\'', _) if next == '\\' || chars.get(at + 1) == Some(&'\'') => {
                    let from = at + if next == '\\' { 2 } else { 1 };
                    let length = chars[from..].iter().position(|char| *char == '\'').unwrap_or(0);
                    at = from + length + 1;
                    line.code.push_str("' '");
                }
                _ => line.code.push(char),
            },
            In::LineComment => line.comment.push(char),
            In::BlockComment(depth) => match (char, next) {
                ('*', '/') => {
                    at += 1;
                    *depth -= 1;
                    if *depth == 0 {
                        inside = In::Code;
                    }
                }
                ('/', '*') => *depth += 1,
                _ => line.comment.push(char),
            },
            In::String => match char {
                '"' => inside = In::Code,
                '\\' if next == '\n' => {}
                '\\' => at += 1,
                _ => line.strings.push(char),
            },
            In::RawString(hashes) => {
                if char == '"' && chars[at..].iter().take(*hashes).filter(|char| **char == '#').count() == *hashes {
                    at += *hashes;
                    inside = In::Code;
                } else {
                    line.strings.push(char);
                }
            }
        }
    }
    lines
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The places where `word` stands alone in `code`.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !code[..*at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word))
}

fn is_test_attribute(code: &str) -> bool {
    code.trim_start().starts_with("#[cfg(") && words(code, "test").next().is_some() && !code.contains("not(test")
}

/// Empties items under `#[cfg(test)]`.
fn empty_tests(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        if !is_test_attribute(&lines[at].code) {
            at += 1;
            continue;
        }
        // To the end of the item: its closing brace, or its semicolon.
        let mut depth = 0;
        loop {
            let code = std::mem::take(&mut lines[at]).code;
            depth += code.matches('{').count() as i64 - code.matches('}').count() as i64;
            let is_end = depth == 0 && (code.contains('}') || code.trim_end().ends_with(';'));
            // What names the module stays, for `test_modules`.
            if code.trim_end().ends_with(';') && code.contains("mod ") {
                lines[at].comment = format!("test module {code}");
            }
            at += 1;
            if is_end || at == lines.len() {
                break;
            }
        }
    }
}

/// Modules of the root that are declared for tests only.
fn test_modules(library: &File) -> Vec<String> {
    let declared = library.lines.iter().filter_map(|line| line.comment.strip_prefix("test module "));
    declared.map(|code| code.trim().trim_start_matches("mod ").trim_end_matches(';').to_owned()).collect()
}

/// What the root gives out under names of its own: name to module.
fn root_names(library: &File) -> BTreeMap<String, String> {
    let code: String = library.lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>().join(" ");
    let mut names = BTreeMap::new();
    for use_ in code.split("pub use ").skip(1) {
        let Some((path, _)) = use_.split_once(';') else { continue };
        let Some((module, rest)) = path.split_once("::") else { continue };
        for name in rest.trim_matches(|char| "{} ".contains(char)).split(',') {
            names.insert(name.trim().to_owned(), module.trim().to_owned());
        }
    }
    for alias in code.split("pub type ").skip(1) {
        let Some((name, rest)) = alias.split_once(['<', ' ']) else { continue };
        // The last: parameters may have defaults.
        let target = rest.split(';').next().and_then(|alias| alias.rsplit_once(" = ")).unwrap_or_default().1;
        let target = target.split(|char| !is_word(char)).next().unwrap_or_default();
        if let Some(module) = names.get(target).cloned() {
            names.insert(name.trim().to_owned(), module);
        }
    }
    names.insert("label_enum".into(), "label".into());
    names
}

/// The first names behind a path that starts at the root: one, or those of a group.
fn first_names(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![rest.chars().take_while(|char| is_word(*char)).collect()];
    };
    let (mut depth, mut names, mut name) = (0, Vec::new(), String::new());
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut name)),
            _ if depth == 0 => name.push(char),
            _ => {}
        }
    }
    names.push(name);
    let first = |name: String| name.trim().chars().take_while(|char| is_word(*char)).collect::<String>();
    names.into_iter().map(first).filter(|name| !name.is_empty()).collect()
}

/// Every use of a name of the root: line number and name.
fn root_uses(file: &File) -> Vec<(usize, String)> {
    let to_root = "super::".repeat(file.depth());
    let mut uses = Vec::new();
    for number in 0..file.lines.len() {
        // A group may go on over the next lines.
        let here = &file.lines[number].code;
        let behind: String = file.lines[number + 1..].iter().take(12).map(|line| line.code.as_str()).collect();
        let whole = format!("{here}{behind}");
        for start in ["crate::", "openclaw_prometheus::", to_root.as_str()] {
            if start.is_empty() {
                continue;
            }
            for (at, _) in here.match_indices(start) {
                let before = &here[..at];
                if before.ends_with(is_word) || before.ends_with("::") {
                    continue;
                }
                uses.extend(first_names(&whole[at + start.len()..]).into_iter().map(|name| (number, name)));
            }
        }
    }
    uses.retain(|(_, name)| name != "super" && !name.is_empty());
    uses
}

#[track_caller]
fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n{}\n", broken.join("\n"));
}

// --- the rules

#[test]
fn each_module_uses_only_those_before_it() {
    let files = sources();
    let library = files.iter().find(|file| file.module() == "lib").expect("src/lib.rs");
    let names = root_names(library);
    assert_eq!(names.get("Registry").map(String::as_str), Some("registry"), "the root's names were read");
    assert_eq!(names.get("CounterFamily").map(String::as_str), Some("record"));
    let mut broken = Vec::new();
    let mut seen = BTreeMap::<(String, String), usize>::new();
    for file in &files {
        let module = file.module();
        if module == "lib" || PROGRAM.contains(&module.as_str()) {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == module) else {
            broken.push(format!("{}: `{module}` has no place in LAYERS", file.place(0)));
            continue;
        };
        for (line, name) in root_uses(file) {
            let used = match LAYERS.iter().find(|(layer, _)| *layer == name) {
                Some((layer, _)) => (*layer).to_owned(),
                None => names.get(&name).cloned().unwrap_or_else(|| format!("{name} (unknown)")),
            };
            if used != module && !allowed.contains(&used.as_str()) {
                broken.push(format!("{}: `{module}` uses `{used}` ({name}); it may use {allowed:?}", file.place(line)));
            }
            *seen.entry((module.clone(), used)).or_default() += 1;
        }
    }
    assert_none("design §6: left may use right, never the reverse", &broken);
    for (user, used) in [("record", "label"), ("publish", "encode"), ("serve", "publish"), ("openclaw", "registry")] {
        assert!(seen.contains_key(&(user.to_owned(), used.to_owned())), "{user} uses {used}: {seen:?}");
    }
}

#[test]
fn each_dependency_is_named_in_its_layer_only() {
    let mut broken = Vec::new();
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut is_dependency = false;
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            is_dependency = line.ends_with("dependencies]") && !line.contains("dev-") && !line.contains("build-");
        } else if let (true, Some((name, _))) = (is_dependency && !line.starts_with('#'), line.split_once(" =")) {
            let name = name.replace('-', "_");
            if !DEPENDENCIES.iter().any(|(known, _)| *known == name) {
                broken.push(format!("Cargo.toml:{}: `{name}` has no place in DEPENDENCIES", number + 1));
            }
        }
    }
    for file in sources() {
        let module = file.module();
        for (number, line) in file.lines.iter().enumerate() {
            for (dependency, allowed) in DEPENDENCIES {
                let is_named = words(&line.code, dependency)
                    .any(|at| line.code[at + dependency.len()..].starts_with("::") && !line.code[..at].ends_with("::"));
                if is_named && !allowed.contains(&module.as_str()) {
                    broken.push(format!(
                        "{}: `{module}` uses {dependency}, which is for {allowed:?}",
                        file.place(number)
                    ));
                }
            }
        }
    }
    assert_none("design §5: each dependency has its place", &broken);
}

#[test]
fn only_the_openclaw_module_and_what_is_built_on_it_say_openclaw() {
    let mut broken = Vec::new();
    for file in sources() {
        let module = file.module();
        // What puts the Gateway's exporter together names what it puts in.
        if ["openclaw", "exporter"].contains(&module.as_str()) || PROGRAM.contains(&module.as_str()) {
            continue;
        }
        for (number, line) in file.lines.iter().enumerate() {
            // What the crate is called is not what it knows.
            let without_name =
                |text: &str| text.to_lowercase().replace("openclaw_prometheus", "").replace("openclaw-prometheus", "");
            let mut text = without_name(&format!("{} {}", line.code, line.strings));
            if module == "lib" {
                // The root declares the module, and its documentation says what the crate is for.
                let is_declaration = line.code.contains("mod openclaw;") || line.code.contains("feature = ");
                if is_declaration {
                    text.clear();
                }
            } else {
                text.push_str(&without_name(&line.comment));
            }
            if text.contains("openclaw") {
                broken.push(format!("{}: {}{}", file.place(number), line.code, line.comment));
            }
        }
    }
    assert_none("design §6: `openclaw/` is the only place that knows OpenClaw", &broken);
}

#[test]
fn every_unsafe_carries_its_argument() {
    /// Lines above in which the argument may stand: a doc comment with attributes is that long.
    const ABOVE: usize = 12;
    let mut broken = Vec::new();
    let mut count = 0;
    for file in sources() {
        for (number, line) in file.lines.iter().enumerate() {
            if words(&line.code, "unsafe").next().is_none() {
                continue;
            }
            count += 1;
            let above = &file.lines[number.saturating_sub(ABOVE)..=number];
            let is_argued =
                above.iter().any(|line| line.comment.contains("SAFETY:") || line.comment.contains("# Safety"));
            if !is_argued && !is_loom_twin(&file, number) {
                broken.push(format!("{}: {}", file.place(number), line.code.trim()));
            }
        }
    }
    assert!(count > 20, "the unsafe blocks were found: {count}");
    assert_none("style §3: every unsafe has `// SAFETY:` or `# Safety` above it", &broken);
}

/// Whether the line is in a function under `#[cfg(loom)]` that stands in for another of the same name, whose contract
/// is its own too.
fn is_loom_twin(file: &File, number: usize) -> bool {
    let name = |line: &Line| {
        let at = words(&line.code, "fn").next()?;
        let name: String = line.code[at + 3..].chars().take_while(|char| is_word(*char)).collect();
        (!name.is_empty()).then_some(name)
    };
    let Some((head, function)) = (0..=number).rev().find_map(|at| Some((at, name(&file.lines[at])?))) else {
        return false;
    };
    let attributes = file.lines[..head].iter().rev().take_while(|line| line.code.trim_start().starts_with("#["));
    let is_loom = attributes.into_iter().any(|line| line.code.contains("cfg(loom)"));
    is_loom && file.lines.iter().filter_map(name).filter(|other| *other == function).count() > 1
}

#[test]
fn every_ordering_stronger_than_relaxed_names_its_partner() {
    const ABOVE: usize = 8;
    let mut broken = Vec::new();
    let mut count = 0;
    for file in sources() {
        let mut function = 0;
        let mut is_use = false;
        for (number, line) in file.lines.iter().enumerate() {
            let code = line.code.trim_start();
            if words(code, "fn").next().is_some() {
                function = number;
            }
            is_use |= code.starts_with("use ") || code.starts_with("pub use ") || code.starts_with("pub(crate) use ");
            let is_import = is_use;
            is_use &= !code.contains(';');
            let is_strong =
                ["Acquire", "Release", "AcqRel", "SeqCst"].iter().any(|order| words(code, order).next().is_some());
            if is_import || !is_strong {
                continue;
            }
            count += 1;
            // In the lines above, in the same function so far, or in what stands before the function.
            let documented = file.lines[..function].iter().rev();
            let head = documented.take_while(|line| line.code.trim().is_empty() || line.code.trim().starts_with("#["));
            let above = &file.lines[number.saturating_sub(ABOVE)..=number];
            let within = &file.lines[function..=number];
            let mut comments = head.chain(above).chain(within);
            if !comments.any(|line| line.comment.contains("ORDERING:")) {
                broken.push(format!("{}: {code}", file.place(number)));
            }
        }
    }
    assert!(count > 20, "the orderings were found: {count}");
    assert_none("style §3: every Acquire, Release and AcqRel has an `ORDERING:` that names its partner", &broken);
}

#[test]
fn the_recording_modules_take_their_atomics_from_sync() {
    let mut broken = Vec::new();
    for file in sources() {
        if !["record", "label"].contains(&file.module().as_str()) {
            continue;
        }
        // Store ids are drawn outside any protocol, from a static, and loom's atomics cannot be in one. What std's are
        // imported for is `NEXT_ID` and nothing else.
        let uses = file.lines.iter().filter(|line| words(&line.code, "AtomicU64").next().is_some());
        let is_for_ids = uses.clone().count() == 2 && uses.clone().any(|line| line.code.contains("static NEXT_ID: "));
        for (number, line) in file.lines.iter().enumerate() {
            let is_std = line.code.contains("std::sync::atomic") || line.code.contains("core::sync::atomic");
            let is_of_ids = is_for_ids && line.code.trim() == "use std::sync::atomic::{AtomicU64, Ordering};";
            if is_std && !is_of_ids {
                broken.push(format!("{}: {}", file.place(number), line.code));
            }
        }
    }
    assert_none("style §3: atomics come from `crate::sync` only, so that loom can take their place", &broken);
}

#[test]
fn code_strings_and_comments_are_told_apart() {
    let text = r##"let a = "str // not \" a comment"; // SAFETY: a comment
/* block /* nested */ still */ let b = 'x'; let c: &'static str = r#"raw "quoted" text"#;
let d = '\''; let e = b"bytes"; let r#type = '"'; // "no string"
"##;
    let lines = told_apart(text);
    assert_eq!(lines[0].code, "let a = ; ");
    assert_eq!(lines[0].strings, "str // not  a comment");
    assert_eq!(lines[0].comment, "/ SAFETY: a comment");
    assert_eq!(lines[1].code, " let b = ' '; let c: &'static str = ;");
    assert_eq!(lines[1].strings, "raw \"quoted\" text");
    assert_eq!(lines[2].code, "let d = ' '; let e = b; let r#type = ' '; ");
    let mut tests = told_apart(
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    unsafe {}\n}\nfn b() {}\n#[cfg(all(test, loom))]\nmod c;\nfn d() {}\n",
    );
    empty_tests(&mut tests);
    let code: Vec<&str> = tests.iter().map(|line| line.code.as_str()).filter(|code| !code.is_empty()).collect();
    assert_eq!(code, ["fn a() {}", "fn b() {}", "fn d() {}"]);
    assert_eq!(first_names("{a::b, C, d::{e, f}, g}; x"), ["a", "C", "d", "g"]);
    assert_eq!(first_names("sync::{A, B};"), ["sync"]);
}
