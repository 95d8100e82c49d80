//! Pages and heads, what two Prometheus make of them, and what `probe` says: `cli/tests/corpus/cases.tsv`.
//!
//! A line is a case: its name; the head (`text` and `om` for the usual two, `-` for none, else lines of a head, of which the
//! first may be a status, `raw:` if they are whole, and `many:9` for so many; the page; what 3 and 2.42 do with it (`up SCRAPED STORED` or `down SCRAPED`); and the rules that
//! `probe` names as each of them, with `!` if it is an error.
//! `{ms-5}` and `{s-5}` are the time five seconds ago, `{x*9}` is nine times an x, `@FILE` is what a file holds, and `gz:`
//! packs.
//!
//! The columns of the two come from themselves. With a Prometheus in `PATH` and one in `OCP_PROMETHEUS_3` the ignored tests
//! ask them again; with `OCP_RENEW_CORPUS=1` all tests write what they see.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use support::deadline::until;

use crate::program::Running;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/cases.tsv");
const RENEW: &str = "OCP_RENEW_CORPUS";
/// What the page of no case has, and no case is about.
const OF_NO_INTEREST: [&str; 2] = ["help-missing", "label-on-all"];

/// Heads that break HTTP and are taken by the Go of both, or of 2.42 alone, and that `probe` refuses: so does its HTTP.
const REFUSED_BY_HTTP: [&str; 8] = [
    "head-http-1.2",
    "head-length-empty",
    "head-name-empty",
    "head-name-odd-characters",
    "head-name-utf8",
    "head-name-with-blank",
    "head-value-control",
    "head-value-nul",
];

/// What a scrape gives.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Up { scraped: u64, stored: u64 },
    Down { scraped: u64 },
    Unknown,
}

impl Outcome {
    fn read(text: &str) -> Self {
        match *text.split(' ').collect::<Vec<_>>() {
            ["up", scraped, stored] => {
                Self::Up { scraped: scraped.parse().expect("a number"), stored: stored.parse().expect("a number") }
            }
            ["down", scraped] => Self::Down { scraped: scraped.parse().expect("a number") },
            _ => Self::Unknown,
        }
    }

    fn of(is_up: bool, scraped: u64, stored: u64) -> Self {
        if is_up { Self::Up { scraped, stored } } else { Self::Down { scraped } }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Up { scraped, stored } => write!(f, "up {scraped} {stored}"),
            Self::Down { scraped } => write!(f, "down {scraped}"),
            Self::Unknown => f.write_str("?"),
        }
    }
}

#[derive(Debug, Clone)]
struct Case {
    name: String,
    head: String,
    page: String,
    v3: Outcome,
    v2: Outcome,
    /// As 3 and as 2.42, the latter only if it differs.
    rules: String,
}

fn corpus() -> Vec<Case> {
    let text = std::fs::read_to_string(CORPUS).expect("the corpus");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let case = |line: &str| {
        let [name, head, page, v3, v2, rules] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line:?}") };
        let [name, head, page, rules] = [name, head, page, rules].map(str::to_owned);
        Case { name, head, page, v3: Outcome::read(v3), v2: Outcome::read(v2), rules }
    };
    lines.map(case).collect()
}

/// Writes the corpus if that is asked for. Only one test at a time should be.
fn renewed(cases: &[Case]) -> bool {
    if std::env::var_os(RENEW).is_none() {
        return false;
    }
    let mut text = String::from("# name\thead\tpage\t3\t2.42\tprobe\n");
    for Case { name, head, page, v3, v2, rules } in cases {
        writeln!(text, "{name}\t{head}\t{page}\t{v3}\t{v2}\t{rules}").expect("in memory");
    }
    std::fs::write(CORPUS, text).expect("written");
    true
}

/// Undoes `\n`, `\r`, `\t`, `\\` and `\xHH`, and puts in times and runs.
fn bytes(text: &str, now: Duration) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        let mut take = |length: usize| {
            let (taken, left) = rest.split_at(length);
            rest = left;
            taken
        };
        match char {
            '\\' => out.push(match take(1) {
                "n" => b'\n',
                "r" => b'\r',
                "t" => b'\t',
                "x" => u8::from_str_radix(take(2), 16).expect("two digits"),
                other => other.as_bytes()[0],
            }),
            '{' => {
                match rest.split_once('}').and_then(|(inside, _)| placed(inside, now).map(|placed| (inside, placed))) {
                    Some((inside, placed)) => {
                        rest = &rest[inside.len() + 1..];
                        out.extend(placed.bytes());
                    }
                    None => out.push(b'{'),
                }
            }
            _ => out.extend(char.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out
}

fn placed(inside: &str, now: Duration) -> Option<String> {
    if let Some(count) = inside.strip_prefix("x*") {
        return Some("x".repeat(count.parse().ok()?));
    }
    let is_milliseconds = inside.starts_with("ms");
    let seconds: i64 = inside.strip_prefix(if is_milliseconds { "ms" } else { "s" })?.parse().ok()?;
    let now = i64::try_from(now.as_millis()).expect("now") + seconds * 1000;
    Some(if is_milliseconds { now } else { now / 1000 }.to_string())
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).expect("in memory");
    encoder.finish().expect("in memory")
}

impl Case {
    fn body(&self) -> Vec<u8> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now");
        if let Some(file) = self.page.strip_prefix('@') {
            return std::fs::read(Path::new(CORPUS).with_file_name(file)).expect("a file beside the corpus");
        }
        let (packing, page) = match self.page.split_once(':') {
            Some((packing, page)) if packing.starts_with("gz") => (packing, page),
            _ => ("", self.page.as_str()),
        };
        let page = if page == "-" { Vec::new() } else { bytes(page, now) };
        match packing {
            "" => page,
            "gz" => gzip(&page),
            "gz2" => gzip(&gzip(&page)),
            "gz+gz" => [gzip(&page), gzip(b"b 2\n")].concat(),
            "gz+x" => [&gzip(&page)[..], b"nonsense"].concat(),
            "gzcut" => gzip(&page).split_last_chunk::<6>().expect("longer").0.to_vec(),
            other => panic!("{other}"),
        }
    }

    /// The whole answer.
    fn answer(&self) -> Vec<u8> {
        let body = self.body();
        if let Some(head) = self.head.strip_prefix("raw:") {
            let head = if head == "-" { Vec::new() } else { bytes(head, Duration::ZERO) };
            return [head, body].concat();
        }
        let many;
        let head = match self.head.as_str() {
            "text" => "Content-Type: text/plain; version=0.0.4; charset=utf-8",
            "om" => "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8",
            "-" => "",
            other => match other.strip_prefix("many:") {
                Some(count) => {
                    let headers = (0..count.parse().expect("a number")).map(|number: usize| format!("X-{number}: x\n"));
                    many = headers.collect::<String>() + "Content-Type: text/plain";
                    &many
                }
                None => other,
            },
        };
        let head = bytes(head, Duration::ZERO);
        let mut answer = if head.starts_with(b"HTTP/") { Vec::new() } else { b"HTTP/1.1 200 OK\r\n".to_vec() };
        let is_line = |line: &&[u8]| !line.is_empty() && *line != b"Content-Length: none";
        for line in head.split(|byte| *byte == b'\n').filter(is_line) {
            answer.extend(line);
            answer.extend(b"\r\n");
        }
        if !["Content-Length", "Transfer-Encoding"].iter().any(|name| self.head.contains(name)) {
            answer.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        answer.extend(b"Connection: close\r\n\r\n");
        answer.extend(body);
        answer
    }
}

/// Serves each case under its name: at `/always`, or the second time that it is asked for at `/once` and never again.
struct Pages {
    address: SocketAddr,
    /// How often each was asked for.
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Pages {
    fn serve(cases: &[Case]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let cases: Arc<BTreeMap<String, Case>> =
            Arc::new(cases.iter().map(|case| (case.name.clone(), case.clone())).collect());
        let asked = Arc::new(Mutex::new(BTreeMap::new()));
        let counts = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (cases, counts) = (Arc::clone(&cases), Arc::clone(&counts));
                std::thread::spawn(move || stream.ok().and_then(|stream| answer(stream, &cases, &counts)));
            }
        });
        Self { address, asked }
    }
}

fn answer(
    mut stream: TcpStream,
    cases: &BTreeMap<String, Case>,
    counts: &Mutex<BTreeMap<String, usize>>,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let (kind, name) = head.split(' ').nth(1)?.strip_prefix('/')?.split_once('/')?;
    let case = &cases[name];
    let count = {
        let mut counts = counts.lock().expect("not poisoned");
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    };
    let busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let answer = if kind == "always" || count == 2 { case.answer() } else { busy.to_vec() };
    // Who has seen enough may go.
    let _ = stream.write_all(&answer);
    Some(())
}

/// What `probe` says of a case.
fn probe(pages: &Pages, case: &Case, release: &str) -> (Outcome, String) {
    let url = format!("http://{}/always/{}", pages.address, case.name);
    let output = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["probe", &url, "--json", "--as", release])
        .stdin(Stdio::null())
        .output()
        .expect("the program was built with this test");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    if json["error"].is_string() {
        assert_eq!(output.status.code(), Some(2), "{}: {output:?}", case.name);
        return (Outcome::Down { scraped: 0 }, "not fetched".into());
    }
    let scrape = &json["scrape"];
    let number = |value: &Value| value.as_u64().expect("a number");
    let outcome = Outcome::of(scrape["up"] == true, number(&scrape["scraped"]), number(&scrape["stored"]));
    let problems = json["problems"].as_array().expect("a list");
    let mut rules: Vec<String> = Vec::new();
    for problem in problems.iter().filter(|problem| problem["severity"] != "note") {
        let rule = problem["rule"].as_str().expect("a rule");
        let rule = if problem["severity"] == "error" { format!("{rule}!") } else { rule.to_owned() };
        if !OF_NO_INTEREST.contains(&rule.as_str()) && !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    // An error is that the scrape fails or loses samples, and nothing else is.
    let is_lossy = !matches!(outcome, Outcome::Up { scraped, stored } if scraped == stored);
    let is_cut = rules.iter().any(|rule| rule == "page-cut!");
    assert_eq!(json["errors"] != 0, is_lossy || is_cut, "{} as {release}: {json}", case.name);
    assert_eq!(output.status.code(), Some(i32::from(is_lossy || is_cut)), "{}: {output:?}", case.name);
    (outcome, if rules.is_empty() { "-".into() } else { rules.join(" ") })
}

#[test]
fn probe_says_of_each_page_what_each_prometheus_does() {
    let mut cases = corpus();
    assert!(cases.len() >= 400, "{}", cases.len());
    let pages = Pages::serve(&cases);
    let mut wrong = String::new();
    for case in &mut cases {
        let (v3, as_3) = probe(&pages, case, "3");
        let (v2, as_2) = probe(&pages, case, "2.42");
        for (release, ours, theirs) in [("3", &v3, &case.v3), ("2.42", &v2, &case.v2)] {
            let is_refused = REFUSED_BY_HTTP.contains(&case.name.as_str()) && *ours == Outcome::Down { scraped: 0 };
            if ours != theirs && !is_refused {
                let _ = writeln!(
                    wrong,
                    "{}: Prometheus {release} says `{theirs}`, probe `{ours}`: {as_3} | {as_2}",
                    case.name
                );
            }
        }
        // Not one more than are needed.
        if REFUSED_BY_HTTP.contains(&case.name.as_str()) && v3 == case.v3 && v2 == case.v2 {
            let _ = writeln!(wrong, "{}: is taken as by Prometheus", case.name);
        }
        let rules = if as_2 == as_3 { as_3 } else { format!("{as_3} | {as_2}") };
        if std::env::var_os(RENEW).is_none() && rules != case.rules {
            let _ = writeln!(wrong, "{}: probe says {rules}, and said {}", case.name, case.rules);
        }
        case.rules = rules;
    }
    renewed(&cases);
    assert!(wrong.is_empty(), "{} of {} cases:\n{wrong}", wrong.lines().count(), cases.len());
}

#[test]
#[ignore = "needs prometheus 2.42; tests/all installs it"]
fn prometheus_2_42_does_what_the_corpus_says() {
    assert_does("prometheus".as_ref(), "2.42.", |case| &mut case.v2);
}

#[test]
#[ignore = "needs a Prometheus 3 (OCP_PROMETHEUS_3); tests/all --judges builds it"]
fn prometheus_3_does_what_the_corpus_says() {
    let program = std::env::var_os("OCP_PROMETHEUS_3").expect("OCP_PROMETHEUS_3 names a Prometheus 3");
    assert_does(Path::new(&program), "3.", |case| &mut case.v3);
}

/// Has a Prometheus scrape each case once.
fn assert_does(program: &Path, release: &str, column: impl Fn(&mut Case) -> &mut Outcome) {
    let version = Command::new(program).arg("--version").output().expect("prometheus is installed");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    // One that is built from its module has no number.
    assert!(version.contains(&format!("version {release}")) || version.contains("version  ("), "{version}");
    let mut cases = corpus();
    let pages = Pages::serve(&cases);
    let (_running, address, folder) = start(program, release, &cases, &pages);
    // The first scrape is refused, so that the database knows what time it is; the second is it; the third ends it.
    until("each case was scraped three times", || {
        let asked = pages.asked.lock().expect("not poisoned");
        asked.len() == cases.len() && asked.values().all(|count| *count >= 4)
    });
    let second = |name: &str| -> BTreeMap<String, f64> {
        let series = query(address, &format!("{name}[10m]"), Duration::ZERO);
        let value = |values: &Value| values[1][1].as_str().and_then(|value| value.parse().ok());
        series.iter().filter_map(|series| Some((job(series), value(&series["values"])?))).collect()
    };
    let (up, scraped) = (second("up"), second("scrape_samples_scraped"));
    // Later by as much as a sample may be ahead.
    let mut stored: BTreeMap<String, u64> = BTreeMap::new();
    for series in query(address, "{job!=\"\",__name__!~\"up|scrape_.+\"}[3h]", Duration::from_secs(900)) {
        *stored.entry(job(&series)).or_default() += series["values"].as_array().expect("samples").len() as u64;
    }
    let mut wrong = String::new();
    for case in &mut cases {
        let (name, known) = (case.name.clone(), column(case));
        let scraped = scraped[&name] as u64;
        let found = Outcome::of(up[&name] == 1.0, scraped, stored.get(&name).copied().unwrap_or(0));
        if found != *known {
            let _ = writeln!(wrong, "{name}: `{found}`, and the corpus says `{known}`");
        }
        *known = found;
    }
    let _ = std::fs::remove_dir_all(folder);
    if !renewed(&cases) {
        assert!(wrong.is_empty(), "{} of {} cases:\n{wrong}", wrong.lines().count(), cases.len());
    }
}

fn job(series: &Value) -> String {
    series["metric"]["job"].as_str().expect("a job").to_owned()
}

/// A Prometheus with a job for each case.
fn start(program: &Path, release: &str, cases: &[Case], pages: &Pages) -> (Running, SocketAddr, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{release}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let mut text = String::from("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n");
    for case in cases {
        let (name, address) = (&case.name, pages.address);
        let _ = writeln!(
            text,
            "- {{job_name: {name}, metrics_path: /once/{name}, static_configs: [{{targets: ['{address}']}}]}}"
        );
    }
    let config = folder.join("prometheus.yml");
    std::fs::write(&config, text).expect("written");
    // Taken and given back, so that Prometheus finds a free port.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    let prometheus = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={port}"))
        .arg("--log.level=debug")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("prometheus is installed");
    (Running(prometheus), port, folder)
}

/// What a query gives, so long from now.
fn query(address: SocketAddr, query: &str, from_now: Duration) -> Vec<Value> {
    let time = (SystemTime::now() + from_now).duration_since(UNIX_EPOCH).expect("now").as_secs();
    let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut stream = TcpStream::connect(address).expect("listening");
    write!(stream, "GET /api/v1/query?query={encoded}&time={time} HTTP/1.0\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let json: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    json["data"]["result"].as_array().unwrap_or_else(|| panic!("{json}")).clone()
}
