//! Promise: each module uses only those before it, no file imports itself through others, and what a reader must be
//! able to search for is there: see ARCHITECTURE.md.
//!
//! Read from the tokens of the sources, those inside of macros too. What is compiled for tests only is left out: it may
//! look at anything. Clippy asks for the argument of each `unsafe`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Who may use whom. A module that is not here may not exist: add it with what it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("clock", &[]),
    ("label", &["sync"]),
    ("record", &["label", "sync", "clock"]),
    ("registry", &["record", "label", "sync", "clock"]),
    ("read", &["registry", "record", "label", "sync"]),
    ("encode", &["read", "registry", "label", "sync"]),
    ("publish", &["encode", "read", "registry", "clock", "sync"]),
    ("serve", &["publish", "encode", "clock"]),
    ("testing", &["encode", "read", "registry"]),
    ("collector", &["serve", "publish", "encode", "registry", "record", "label", "clock"]),
    // Of what names and numbers are for it knows the formats alone: each has a switch.
    ("config", &["encode"]),
    ("openclaw", &["registry", "record", "label", "clock", "sync"]),
    // Puts one Gateway's exporter together, for program and plugin.
    ("exporter", &["openclaw", "config", "collector", "serve", "publish", "encode", "registry", "clock"]),
];

/// Circles of files that are known and to be opened.
const KNOWN_CIRCLES: &[&[&str]] = &[];

/// Which modules may name which dependency.
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
    ("flate2", &["publish"]),
    ("log", &["publish", "serve", "exporter"]),
    ("procfs", &["collector"]),
    ("subtle", &["serve"]),
    ("form_urlencoded", &["serve"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("tokio", &["serve"]),
    ("socket2", &["serve"]),
    ("http_body", &["serve"]),
    ("bytes", &["serve"]),
    ("serde", &["openclaw", "config"]),
    ("serde_json", &["openclaw", "config"]),
    ("json5", &["config"]),
    ("strsim", &["config"]),
    ("saphyr_parser", &["config"]),
    ("httpdate", &["serve"]),
];

/// Names from the root of the crate.
type Names = Vec<String>;

/// One file of `src`.
#[derive(Default)]
struct File {
    /// Where it stands among the modules.
    module: Names,
    /// The lines, those for tests only emptied.
    lines: Vec<String>,
    /// Paths of two names or more that are used, as written, and their lines.
    paths: Vec<(usize, Names)>,
    /// What its `use` items bind: a name, or `*`, to a path as written. Those for others to use are used here by none.
    bound: Vec<(String, Names)>,
    /// Words outside of `use`, with their lines.
    words: Vec<(usize, String)>,
}

struct Sources(BTreeMap<String, File>);

impl Sources {
    /// Of file names below `src` and texts.
    fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files: BTreeMap<_, _> =
            texts.into_iter().map(|(name, text)| (name.to_owned(), File::new(name, text))).collect();
        // The root gives out macros of all files.
        let macros = files.values().flat_map(|file| {
            let named = file.words.windows(3).filter(|words| words[0].1 == "macro_export");
            named.map(|words| (words[2].1.clone(), [&["crate".to_owned()], file.module.as_slice()].concat()))
        });
        let macros: Vec<_> = macros.collect();
        files.get_mut("lib.rs").expect("lib.rs").bound.extend(macros);
        Self(files)
    }

    fn of_this_crate() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut texts, mut directories) = (Vec::new(), vec![root.clone()]);
        while let Some(directory) = directories.pop() {
            for path in std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
                // The tests that loom runs look at anything too.
                if path.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("loom_tests.rs") {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    texts.push((name, std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        assert!(texts.len() > 50, "the sources were found");
        Self::new(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// The file that stands for a module.
    fn file_of(&self, module: &[String]) -> Option<&str> {
        let name = module.join("/");
        let names = [format!("{name}.rs"), format!("{name}/mod.rs"), "lib.rs".to_owned()];
        let names = if module.is_empty() { &names[2..] } else { &names[..2] };
        names.iter().find_map(|name| self.0.get_key_value(name)).map(|(name, _)| name.as_str())
    }

    /// The file that a path written in `name` leads to. What a module binds and does not define leads on.
    fn target(&self, name: &str, path: &[String], depth: usize) -> Option<&str> {
        let module = &self.0[name].module;
        let (mut at, mut rest) = match path[0].as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (module.clone(), &path[1..]),
            "super" => (module[..module.len().checked_sub(1)?].to_vec(), &path[1..]),
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                self.file_of(&child)?;
                (child, &path[1..])
            }
        };
        while let Some((next, behind)) = rest.split_first() {
            if next == "super" {
                at.pop()?;
            } else {
                at.push(next.clone());
                if self.file_of(&at).is_none() {
                    at.pop();
                    break;
                }
            }
            rest = behind;
        }
        let found = self.file_of(&at)?;
        let Some(next) = rest.first().filter(|next| *next != "*" && depth < 8) else { return Some(found) };
        let bound = self.0[found].bound.iter().find(|(bound, _)| bound == next);
        Some(bound.and_then(|(_, path)| self.target(found, path, depth + 1)).unwrap_or(found))
    }

    /// Which file uses which, with the line of each use.
    fn uses(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        self.0.iter().filter(|(name, _)| *name != "lib.rs").flat_map(move |(name, file)| {
            let targets = file.paths.iter().filter_map(|(line, path)| Some((*line, self.target(name, path, 0)?)));
            targets.filter(move |(_, target)| target != name).map(move |(line, target)| (name.as_str(), line, target))
        })
    }

    /// Groups of files that lead to each other.
    fn circles(&self) -> BTreeSet<Vec<&str>> {
        let mut uses = BTreeMap::<&str, BTreeSet<&str>>::new();
        for (user, _, used) in self.uses() {
            uses.entry(user).or_default().insert(used);
        }
        let mut reached = uses.clone();
        for _ in &uses {
            for all in reached.values_mut() {
                let behind = all.iter().filter_map(|used| uses.get(used)).flatten().copied();
                all.extend(behind.collect::<Vec<_>>());
            }
        }
        let leads = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
        let files = reached.iter().filter(|(name, _)| leads(name, name));
        files.map(|(name, all)| all.iter().copied().filter(|other| leads(other, name)).collect()).collect()
    }
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let module = name.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches('/');
        let module = module.split('/').filter(|part| *part != "lib").map(str::to_owned).collect();
        let mut file = Self { module, lines: text.lines().map(str::to_owned).collect(), ..Self::default() };
        file.module.retain(|part| !part.is_empty());
        let tokens = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        file.read(tokens, true);
        file
    }

    fn read(&mut self, tokens: TokenStream, is_root: bool) {
        let tokens = self.without_tests(tokens);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[at..].iter().position(|token| is(token, ";")).map_or(tokens.len(), |end| at + end);
                    // `pub use`, or `pub(crate) use`: for others.
                    let before = |back| tokens.get(at.wrapping_sub(back)).is_some_and(|token| is(token, "pub"));
                    let mut used = Vec::new();
                    paths(&tokens[at + 1..end], &[], &mut used);
                    if is_root {
                        self.bound.extend(used.iter().map(|(_, name, path)| (name.clone(), path.clone())));
                    }
                    if !(is_root && (before(1) || before(2))) {
                        self.paths.extend(used.into_iter().map(|(line, _, path)| (line, path)));
                    }
                    at = end;
                }
                TokenTree::Group(group) => {
                    let before = self.paths.len();
                    self.read(group.stream(), false);
                    let is_module = at > 1 && is(&tokens[at - 2], "mod") && group.delimiter() == Delimiter::Brace;
                    for (_, path) in self.paths[before..].iter_mut().filter(|(_, path)| is_module && path[0] == "super")
                    {
                        path[0] = "self".to_owned();
                    }
                }
                TokenTree::Ident(word) => {
                    self.words.push((line_of(&tokens[at]), word.to_string()));
                    let is_first = at < 2 || !is(&tokens[at - 1], ":") || !is(&tokens[at - 2], ":");
                    if is_first {
                        let mut found = Vec::new();
                        paths(&tokens[at..path_end(&tokens, at)], &[], &mut found);
                        self.paths.extend(found.into_iter().map(|(line, _, path)| (line, path)));
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The tokens but for items under `#[cfg(test)]` and the like, whose lines are emptied.
    fn without_tests(&mut self, tokens: TokenStream) -> Vec<TokenTree> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut kept = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let attribute = tokens.get(at + 1).map(ToString::to_string).filter(|_| is(&tokens[at], "#"));
            let is_test =
                |text: String| text.starts_with("[cfg(") && text.contains("test") && !text.contains("not(test");
            if !attribute.is_some_and(|text| is_test(text.replace(' ', ""))) {
                kept.push(tokens[at].clone());
                at += 1;
                continue;
            }
            let is_end = |token: &TokenTree| {
                is(token, ";") || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            };
            let end = tokens[at..].iter().position(is_end).map_or(tokens.len() - 1, |end| at + end);
            self.lines[line_of(&tokens[at])..tokens[end].span().end().line].fill(String::new());
            at = end + 1;
        }
        kept
    }

    /// The top-level module; empty for the root.
    fn layer(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

fn is(token: &TokenTree, text: &str) -> bool {
    matches!(token, TokenTree::Ident(_) | TokenTree::Punct(_)) && token.to_string() == text
}

/// From nought.
fn line_of(token: &TokenTree) -> usize {
    token.span().start().line - 1
}

/// Where the path ends that begins at `at`.
fn path_end(tokens: &[TokenTree], mut at: usize) -> usize {
    while let [a, b, TokenTree::Ident(_), ..] = &tokens[at + 1..]
        && is(a, ":")
        && is(b, ":")
    {
        at += 3;
    }
    at + 1
}

/// The paths of two names or more in what `use` says, or in one path: line, name that it binds, path.
fn paths(tokens: &[TokenTree], before: &[String], found: &mut Vec<(usize, String, Names)>) {
    let mut at = 0;
    while at < tokens.len() {
        let mut path = before.to_vec();
        let line = line_of(&tokens[at]);
        for token in tokens[at..].iter().take_while(|token| !is(token, ",")) {
            at += 1;
            match token {
                TokenTree::Group(group) => {
                    paths(&group.stream().into_iter().collect::<Vec<_>>(), &path, found);
                    path.clear();
                }
                TokenTree::Punct(point) if point.as_char() == ':' => {}
                token => path.push(token.to_string()),
            }
        }
        at += 1;
        let alias = path.iter().position(|name| name == "as").map(|at| path.split_off(at).pop().unwrap_or_default());
        if path.last().is_some_and(|name| name == "self") {
            path.pop();
        }
        if let Some(last) = path.last().filter(|_| path.len() > 1) {
            found.push((line, alias.unwrap_or_else(|| last.clone()), path));
        }
    }
}

#[track_caller]
fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n{}\n", broken.join("\n"));
}

// --- the rules

#[test]
fn each_module_uses_only_those_before_it() {
    let sources = Sources::of_this_crate();
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for (user, line, used) in sources.uses() {
        let layer = sources.0[user].layer();
        // What the root itself defines are names of families, and of internals.
        let used = if used == "lib.rs" { "record" } else { sources.0[used].layer() };
        match LAYERS.iter().find(|(known, _)| *known == layer) {
            Some((_, allowed)) if used == layer || allowed.contains(&used) => {}
            Some((_, allowed)) => broken.push(format!("src/{user}:{}: uses {used}; may use {allowed:?}", line + 1)),
            None => broken.push(format!("src/{user}: `{layer}` has no place in LAYERS")),
        }
        seen.insert((layer, used));
    }
    assert_none("ARCHITECTURE.md: left may use right, never the reverse", &broken);
    for uses in [("record", "label"), ("publish", "encode"), ("serve", "publish"), ("openclaw", "registry")] {
        assert!(seen.contains(&uses), "{uses:?}: {seen:?}");
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    let sources = Sources::of_this_crate();
    let is_known = |circle: &[&str]| KNOWN_CIRCLES.iter().any(|known| circle.iter().all(|file| known.contains(file)));
    let broken = sources.circles().into_iter().filter(|circle| !is_known(circle)).map(|circle| circle.join(" "));
    assert_none("ARCHITECTURE.md: each file can be read before those that use it", &broken.collect::<Vec<_>>());
}

#[test]
fn a_planted_circle_is_found() {
    let circles = |texts: &[(&'static str, &'static str)]| {
        Sources::new(texts.iter().copied()).circles().into_iter().map(|circle| circle.join(" ")).collect::<Vec<_>>()
    };
    let root = ("lib.rs", "mod a; mod d; pub use a::B;");
    let module = ("a/mod.rs", "mod b; mod c; pub use b::B; pub(crate) use c::{C as See, f};");
    // By name, through what a module gives out, and through what the root gives out; in macros; in a module in the file.
    for back in ["use super::b::B;", "fn f(b: super::B) {}", "m! { x => crate::B }", "mod m { use super::super::{B}; }"]
    {
        for way in ["use super::c::C;", "fn g() { super::f() }", "use crate::a::{See, x::Y};"] {
            assert_eq!(circles(&[root, module, ("a/b.rs", way), ("a/c.rs", back)]), ["a/b.rs a/c.rs"], "{way} {back}");
        }
    }
    assert_eq!(
        circles(&[root, ("a/mod.rs", "mod b; use b::B; struct C;"), ("a/b.rs", "use super::C;")]),
        ["a/b.rs a/mod.rs"]
    );
    assert_eq!(circles(&[root, ("a.rs", "use crate::d::D;"), ("d.rs", "use crate::a;")]), ["a.rs d.rs"]);
    // A module that only gives out its files is none, and what tests use is none.
    assert_eq!(
        circles(&[root, module, ("a/b.rs", "use super::c::C;"), ("a/c.rs", "#[cfg(test)] mod t { use crate::a::B; }")]),
        [""; 0]
    );
}

#[test]
fn each_dependency_is_named_in_its_layer_only() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut broken = Vec::new();
    let mut is_dependency = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_dependency = line.ends_with("dependencies]") && !line.contains("dev-");
        } else if let (true, Some((name, _))) = (is_dependency && !line.starts_with('#'), line.split_once(" =")) {
            let name = name.replace('-', "_");
            if !DEPENDENCIES.iter().any(|(known, _)| *known == name) {
                broken.push(format!("Cargo.toml: `{name}` has no place in DEPENDENCIES"));
            }
        }
    }
    for (name, file) in &Sources::of_this_crate().0 {
        for (line, path) in &file.paths {
            let known = DEPENDENCIES.iter().find(|(known, _)| *known == path[0]);
            if let Some((dependency, allowed)) = known.filter(|(_, allowed)| !allowed.contains(&file.layer())) {
                broken.push(format!("src/{name}:{}: {dependency} is for {allowed:?}", line + 1));
            }
        }
    }
    assert_none("ARCHITECTURE.md: each dependency has its place", &broken);
}

#[test]
fn only_the_openclaw_module_and_what_is_built_on_it_say_openclaw() {
    let mut broken = Vec::new();
    for (name, file) in &Sources::of_this_crate().0 {
        for (number, line) in file.lines.iter().enumerate() {
            // What the crate is called is not what it knows.
            let text = line.to_lowercase().replace("openclaw_prometheus", "").replace("openclaw-prometheus", "");
            // The root declares the module, and its documentation says what the crate is for.
            let is_root = file.layer().is_empty()
                && (text.starts_with("//") || text.contains("mod openclaw;") || text.contains("feature = "));
            if text.contains("openclaw") && !is_root && !["openclaw", "exporter"].contains(&file.layer()) {
                broken.push(format!("src/{name}:{}: {line}", number + 1));
            }
        }
    }
    assert_none("ARCHITECTURE.md: `openclaw/` is the only place that knows OpenClaw", &broken);
}

#[test]
fn every_ordering_stronger_than_relaxed_names_its_partner() {
    let mut broken = Vec::new();
    let mut count = 0;
    for (name, file) in &Sources::of_this_crate().0 {
        let mut function = 0;
        for (line, word) in &file.words {
            if word == "fn" {
                // With what stands before it.
                let head = file.lines[..*line].iter().rev();
                function = line - head.take_while(|line| line.trim().starts_with(['/', '#'])).count();
            }
            if ["Acquire", "Release", "AcqRel", "SeqCst"].contains(&word.as_str()) {
                count += 1;
                // In the same function so far, or just above.
                let above = &file.lines[function.min(line.saturating_sub(8))..=*line];
                if !above.iter().any(|line| line.contains("ORDERING:")) {
                    broken.push(format!("src/{name}:{}: {}", line + 1, file.lines[*line].trim()));
                }
            }
        }
    }
    assert!(count > 20, "the orderings were found: {count}");
    assert_none("every Acquire, Release and AcqRel has an `ORDERING:` that names its partner", &broken);
}

#[test]
fn the_recording_modules_take_their_atomics_from_sync() {
    let mut broken = Vec::new();
    for (name, file) in &Sources::of_this_crate().0 {
        // Store ids are drawn outside any protocol, from a static, and loom's atomics cannot be in one. What std's are
        // imported for is `NEXT_ID` and nothing else.
        let is_for_ids = file.words.iter().filter(|(_, word)| word == "AtomicU64").count() == 2
            && file.lines.iter().any(|line| line.trim().starts_with("static NEXT_ID: AtomicU64"));
        let is_std = |path: &Names| {
            ["std", "core"].contains(&path[0].as_str()) && path[1..].starts_with(&["sync".into(), "atomic".into()])
        };
        for (line, path) in file.paths.iter().filter(|(_, path)| is_std(path)) {
            let is_of_ids = is_for_ids && ["AtomicU64", "Ordering"].contains(&path[3].as_str());
            if ["record", "label"].contains(&file.layer()) && !is_of_ids {
                broken.push(format!("src/{name}:{}: {}", line + 1, path.join("::")));
            }
        }
    }
    assert_none("atomics come from `crate::sync` only, so that loom can take their place", &broken);
}
