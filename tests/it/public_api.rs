//! Promise: nothing public comes, goes or changes unseen. The listing in `tests/data/public-api.txt` is what rustdoc
//! shows of the library with all features, told apart from its pages: they are complete where macros make items, and need
//! no unstable format. `OCP_RENEW_PUBLIC_API=1 cargo test --test it public_api` writes it anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the compiler says of types by itself and nobody asks for.
const OF_ALL_TYPES: &[&str] = &["Freeze", "RefUnwindSafe", "UnwindSafe", "Unpin", "UnsafeUnpin", "StructuralPartialEq"];

/// Documents the library, in a folder of its own: pages made with other features would stay between these.
fn documented() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let target = exe.ancestors().nth(3).unwrap().join("public-api");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["doc", "--locked", "--quiet", "--no-deps", "--all-features", "-p", "openclaw-prometheus"]);
    cargo.arg("--target-dir").arg(&target).env_remove("RUSTDOCFLAGS").current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("doc/openclaw_prometheus")
}

/// The text of some HTML, on one line.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        // What is there to be clicked on says nothing.
        rest = match tag.starts_with("summary") {
            true => tag.split_once("</summary>").unwrap().1,
            false => tag.split_once('>').unwrap().1,
        };
    }
    text.push_str(rest);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&nbsp;", " ").replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands between each `start` and the next `end`.
fn between<'a>(html: &'a str, start: &str, end: &str) -> impl Iterator<Item = &'a str> {
    html.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap())
}

/// One item: its declaration, what it is, and what it can do.
fn listed(name: &str, page: &str) -> String {
    let mut text = format!("{name}\n");
    let declaration = between(page, r#"<pre class="rust item-decl"><code>"#, "</code></pre>").next();
    writeln!(text, "    {}", plain(declaration.unwrap_or_default())).unwrap();
    // A trait is declared whole.
    if name.contains("trait.") {
        return text;
    }
    let own = page.split(r#"id="blanket-implementations""#).next().unwrap();
    let (mut is, mut rest) = (Vec::new(), String::new());
    for section in own.split("<section id=").skip(1) {
        let class = between(section, "class=\"", "\"").next().unwrap_or_default();
        let Some(header) = between(section, "class=\"code-header\">", "</h").next().map(plain) else { continue };
        let of = header.split_once(" for ").map_or("", |(of, _)| of).rsplit([' ', '!']).next().unwrap_or_default();
        if OF_ALL_TYPES.contains(&of) {
            continue;
        }
        match (class, header.split_once(" for ")) {
            ("impl", Some((of, _))) if of.starts_with("impl ") => is.push(of["impl ".len()..].to_owned()),
            ("impl", Some(_)) | ("impl" | "method" | "associatedconstant", None) => {
                writeln!(rest, "    {header}").unwrap()
            }
            ("method" | "associatedconstant", Some(_)) => writeln!(rest, "    {header}").unwrap(),
            _ => {}
        }
    }
    if !is.is_empty() {
        writeln!(text, "    is {}", is.join(", ")).unwrap();
    }
    text + &rest
}

#[test]
fn the_public_interface_is_the_one_that_is_listed() {
    let pages = documented();
    let all = std::fs::read_to_string(pages.join("all.html")).unwrap();
    let all = all.split_once(r#"class="all-items""#).unwrap().1;
    let mut items: Vec<String> = between(all, "<a href=\"", "\"").map(str::to_owned).collect();
    items.retain(|item| item.ends_with(".html") && pages.join(item).exists());
    items.sort();
    assert!(items.len() > 50, "{items:?}");
    let listing: String = items
        .iter()
        .map(|item| listed(item.trim_end_matches(".html"), &std::fs::read_to_string(pages.join(item)).unwrap()))
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/public-api.txt");
    if std::env::var_os("OCP_RENEW_PUBLIC_API").is_some() {
        std::fs::write(&path, &listing).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = |text: &str, other: &str, sign: char| -> String {
        let other: std::collections::BTreeSet<&str> = other.lines().collect();
        text.lines().filter(|line| !other.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    let changes = lines(&known, &listing, '-') + &lines(&listing, &known, '+');
    assert!(known == listing, "if this is meant, renew the listing: see the head of this file\n{changes}");
}
