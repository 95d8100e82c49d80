//! Tells the program what it is built of: `--version`.
//!
//! It runs again when the commit changes, and not for any other change of the repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=OCP_TARGET={}", env::var("TARGET").unwrap_or_default());
    println!("cargo:rustc-env=OCP_COMPILER={}", compiler().unwrap_or_else(|| "unknown".into()));
    // The repository of this package, not one that a package of it happens to lie in.
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    if let Some(commit) = root.join("ARCHITECTURE.md").is_file().then(|| commit(&root.join(".git"))).flatten() {
        println!("cargo:rustc-env=OCP_COMMIT={commit}");
    }
}

fn compiler() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The commit that is checked out, in 12 digits. Git itself is not asked: it may not be there, or not trust the folder.
fn commit(git: &Path) -> Option<String> {
    let git = folder(git)?;
    let head = git.join("HEAD");
    watch(&head);
    let head = fs::read_to_string(head).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return short(&head) };
    // A work tree beside the first has its branches there.
    let common = fs::read_to_string(git.join("commondir")).map_or(git.clone(), |path| git.join(path.trim()));
    let branch = common.join(name);
    if let Ok(commit) = fs::read_to_string(&branch) {
        watch(&branch);
        return short(&commit);
    }
    // A branch that is packed gets a file of its own with the next commit.
    watch(&common.join("packed-refs"));
    watch(branch.parent().filter(|folder| folder.is_dir())?);
    let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
    packed.lines().find_map(|line| short(line.strip_suffix(name)?))
}

/// The folder itself, or that which a file in its place names.
fn folder(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git.into());
    }
    let named = fs::read_to_string(git).ok()?;
    Some(git.parent()?.join(named.trim().strip_prefix("gitdir: ")?))
}

fn watch(path: &Path) {
    println!("cargo:rerun-if-changed={}", path.display());
}

fn short(commit: &str) -> Option<String> {
    let commit = commit.trim().get(..12)?;
    commit.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| commit.to_owned())
}
