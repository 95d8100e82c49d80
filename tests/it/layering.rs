//! Promise: each module uses only those before it, no file imports itself through others, and what a reader must be
//! able to search for is there: see ARCHITECTURE.md.
//!
//! Read from the sources as syn parses them, macros by their tokens. Clippy asks for the argument of each `unsafe`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::TokenTree;
use syn::UseTree;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};

/// Who may use whom. A module that is not here may not exist: add it with what it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("clock", &[]),
    ("foreign", &[]),
    ("thread", &[]),
    ("label", &["sync"]),
    ("record", &["label", "sync", "clock"]),
    ("window", &["label", "sync"]),
    ("registry", &["record", "label", "sync", "clock", "thread"]),
    ("read", &["registry", "record", "label", "sync", "thread"]),
    ("encode", &["read", "registry", "label", "sync"]),
    ("publish", &["encode", "read", "registry", "clock", "sync", "foreign", "thread"]),
    ("token", &[]),
    ("stamp", &[]),
    ("section", &[]),
    // TLS, passwords and rates: what a server does before it answers.
    ("web", &["stamp", "foreign", "thread"]),
    ("serve", &["publish", "encode", "clock", "sync", "foreign", "thread", "token", "stamp", "web"]),
    ("testing", &["encode", "read", "registry"]),
    ("collector", &["serve", "publish", "encode", "registry", "record", "label", "clock"]),
    // Of what names and numbers are for it knows the formats and the sections alone: each has a switch.
    ("config", &["encode", "token", "section", "web"]),
    ("openclaw", &["window", "registry", "record", "label", "clock", "sync", "thread", "foreign", "token", "section"]),
    // Looks at readings, and is asked for documents; the families' names are all it knows of OpenClaw.
    ("live", &["serve", "publish", "encode", "read", "registry", "sync"]),
    // Puts one Gateway's exporter together, for program and plugin.
    (
        "exporter",
        &["live", "openclaw", "config", "collector", "serve", "publish", "encode", "registry", "clock", "section"],
    ),
];

/// Which modules may name which dependency.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("arc_swap", &["sync"]),
    ("crossbeam_utils", &["label", "record"]),
    ("rapidhash", &["label"]),
    // The server on coroutines.
    ("may", &["record", "serve"]),
    ("may_minihttp", &["serve"]),
    ("loom", &["sync"]),
    ("hdrhistogram", &["window"]),
    ("itoa", &["encode"]),
    ("ryu", &["encode"]),
    ("flate2", &["publish"]),
    ("log", &["foreign", "serve", "exporter"]),
    ("procfs", &["collector"]),
    ("subtle", &["serve", "web"]),
    ("bcrypt", &["web"]),
    ("sha2", &["web"]),
    ("base64", &["web"]),
    ("x509_cert", &["web"]),
    ("form_urlencoded", &["serve"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("tokio", &["serve", "web"]),
    ("socket2", &["serve", "openclaw"]),
    ("rustix", &["serve", "openclaw"]),
    ("tungstenite", &["openclaw"]),
    ("rustls", &["openclaw", "web", "serve"]),
    ("rustls_native_certs", &["openclaw"]),
    ("http_body", &["serve"]),
    ("bytes", &["serve"]),
    ("serde", &["openclaw", "config"]),
    ("serde_json", &["openclaw", "config"]),
    ("json5", &["config"]),
    ("strsim", &["config"]),
    ("saphyr_parser", &["config"]),
    ("httpdate", &["serve"]),
];

/// Names of a path, from its first.
type Names = Vec<String>;

/// One file of `src`, without its tests: those may look at anything, and stand at its end.
#[derive(Default)]
struct File {
    /// Where it stands among the modules.
    module: Names,
    text: String,
    /// Modules that are written inside of it and that the visitor is in.
    depth: usize,
    /// Paths that it uses, as written.
    paths: Vec<Names>,
    /// What its `use` items bind: a name, or `*`, to a path as written. `pub use` is for others, and used here by none.
    bound: Vec<(String, Names)>,
    /// Macros that the root gives out.
    macros: Vec<String>,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let module = name.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches('/');
        let module = module.split('/').filter(|part| !["", "lib"].contains(part)).map(str::to_owned).collect();
        let tests = [text.find("#[cfg(test)]\nmod "), text.find("#[cfg(all(test")].into_iter().flatten().min();
        let text = if name == "lib.rs" { text } else { &text[..tests.unwrap_or(text.len())] };
        let mut file = Self { module, text: text.to_owned(), ..Self::default() };
        file.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}")));
        file
    }

    fn add(&mut self, mut path: Names) {
        if self.depth > 0 && path[0] == "super" {
            path[0] = "self".to_owned();
        }
        self.paths.push(path);
    }

    /// The top-level module; empty for the root.
    fn layer(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

impl<'a> Visit<'a> for File {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        let mut bound = Vec::new();
        bind(&item.tree, &[], &mut bound);
        if matches!(item.vis, syn::Visibility::Inherited) {
            bound.iter().for_each(|(_, path)| self.add(path.clone()));
        }
        if self.depth == 0 {
            self.bound.append(&mut bound);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.add(path.segments.iter().map(|part| part.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        let inside = call.parse_body_with(paths_in).unwrap_or_default();
        inside.into_iter().for_each(|path| self.add(path));
        visit::visit_macro(self, call);
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
            self.macros.extend(item.ident.as_ref().map(ToString::to_string));
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, item);
        self.depth -= 1;
    }
}

/// What a `use` binds: names, and their paths.
fn bind(tree: &UseTree, before: &[String], bound: &mut Vec<(String, Names)>) {
    let path = |name: &dyn ToString| [before, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(way) => bind(&way.tree, &path(&way.ident), bound),
        UseTree::Group(group) => group.items.iter().for_each(|tree| bind(tree, before, bound)),
        UseTree::Name(name) if name.ident == "self" => bound.push((before[before.len() - 1].clone(), before.to_vec())),
        UseTree::Name(name) => bound.push((name.ident.to_string(), path(&name.ident))),
        UseTree::Rename(name) => bound.push((name.rename.to_string(), path(&name.ident))),
        UseTree::Glob(_) => bound.push(("*".to_owned(), path(&"*"))),
    }
}

/// The paths among the tokens of a macro.
fn paths_in(tokens: ParseStream<'_>) -> syn::Result<Vec<Names>> {
    let mut paths = Vec::new();
    while !tokens.is_empty() {
        let ahead = tokens.fork();
        if let Ok(path) = ahead.call(syn::Path::parse_mod_style) {
            tokens.advance_to(&ahead);
            paths.push(path.segments.iter().map(|part| part.ident.to_string()).collect());
        } else if let TokenTree::Group(group) = tokens.parse()? {
            paths.extend(paths_in.parse2(group.stream())?);
        }
    }
    Ok(paths)
}

struct Sources(BTreeMap<String, File>);

impl Sources {
    /// Of file names below `src` and texts.
    fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = texts.into_iter().map(|(name, text)| (name.to_owned(), File::new(name, text)));
        let mut files: BTreeMap<_, _> = files.collect();
        let macros = files.values().flat_map(|file| {
            let path = [&["crate".to_owned()], file.module.as_slice()].concat();
            file.macros.iter().map(move |name| (name.clone(), path.clone()))
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
                let name = path.file_name().unwrap().to_string_lossy();
                // Files of tests look at anything too.
                let is_source = name.ends_with(".rs") && !name.ends_with("_tests.rs");
                if path.is_dir() {
                    directories.push(path);
                } else if is_source {
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
        let mut at = match path[0].as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            child => [module.as_slice(), &[child.to_owned()]].concat(),
        };
        self.file_of(&at)?;
        let mut rest = &path[1..];
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

    /// Which file uses which others.
    fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let uses = self.0.iter().filter(|(name, _)| *name != "lib.rs").map(|(name, file)| {
            let targets = file.paths.iter().filter(|path| path.len() > 1).filter_map(|path| self.target(name, path, 0));
            (name.as_str(), targets.filter(|target| target != name).collect())
        });
        uses.collect()
    }

    /// Groups of files that lead to each other.
    fn circles(&self) -> BTreeSet<Vec<&str>> {
        let uses = self.uses();
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
    for (user, used) in sources.uses().into_iter().flat_map(|(user, all)| all.into_iter().map(move |used| (user, used)))
    {
        let layer = sources.0[user].layer();
        // What the root itself defines are names of families, and of internals.
        let used = if used == "lib.rs" { "record" } else { sources.0[used].layer() };
        match LAYERS.iter().find(|(known, _)| *known == layer) {
            Some((_, allowed)) if used == layer || allowed.contains(&used) => {}
            Some((_, allowed)) => broken.push(format!("src/{user}: uses {used}; may use {allowed:?}")),
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
    let circles = sources.circles().into_iter().map(|circle| circle.join(" "));
    assert_none("ARCHITECTURE.md: each file can be read before those that use it", &circles.collect::<Vec<_>>());
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
        circles(&[
            root,
            module,
            ("a/b.rs", "use super::c::C;"),
            ("a/c.rs", "#[cfg(test)]\nmod t { use crate::a::B; }")
        ]),
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
        for path in &file.paths {
            let known = DEPENDENCIES.iter().find(|(known, _)| path.len() > 1 && *known == path[0]);
            if let Some((dependency, allowed)) = known.filter(|(_, allowed)| !allowed.contains(&file.layer())) {
                broken.push(format!("src/{name}: {dependency} is for {allowed:?}"));
            }
        }
    }
    assert_none("ARCHITECTURE.md: each dependency has its place", &broken);
}

#[test]
fn only_the_openclaw_module_and_what_is_built_on_it_say_openclaw() {
    let mut broken = Vec::new();
    for (name, file) in &Sources::of_this_crate().0 {
        for (number, line) in file.text.lines().enumerate() {
            // What the crate is called is not what it knows.
            let text = line.to_lowercase().replace("openclaw_prometheus", "").replace("openclaw-prometheus", "");
            // The root declares the module, and its documentation says what the crate is for.
            let is_root = file.layer().is_empty()
                && (text.starts_with("//")
                    || text.contains("mod openclaw;")
                    || text.contains("feature = ")
                    || text.contains("#[path = "));
            if text.contains("openclaw") && !is_root && !["openclaw", "live", "exporter"].contains(&file.layer()) {
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
        let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
        let is_comment = |line: &&&str| line.starts_with("//") || line.starts_with("#[");
        let mut function = 0;
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !is_comment(line)) {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric());
            if words.clone().any(|word| word == "fn") {
                // With what stands before it.
                function = at - lines[..at].iter().rev().take_while(is_comment).count();
            }
            let is_use = line.starts_with("use ") || line.starts_with("pub(crate) use ");
            if !is_use && words.any(|word| ["Acquire", "Release", "AcqRel", "SeqCst"].contains(&word)) {
                count += 1;
                // In the same function so far, or just above.
                let above = &lines[function.min(at.saturating_sub(8))..=at];
                if !above.iter().any(|line| line.contains("ORDERING:")) {
                    broken.push(format!("src/{name}:{}: {line}", at + 1));
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
        // imported for is `NEXT_ID` and nothing else: the import, its type and its making.
        let is_for_ids = file.text.contains("static NEXT_ID: AtomicU64") && file.text.matches("AtomicU64").count() == 3;
        let is_std = |path: &Names| path.join("::").replace("core::", "std::").starts_with("std::sync::atomic");
        for path in file.paths.iter().filter(|path| is_std(path)) {
            let is_of_ids = is_for_ids && ["AtomicU64", "Ordering"].contains(&path[path.len() - 1].as_str());
            if ["record", "label"].contains(&file.layer()) && !is_of_ids {
                broken.push(format!("src/{name}: {}", path.join("::")));
            }
        }
    }
    assert_none("atomics come from `crate::sync` only, so that loom can take their place", &broken);
}
