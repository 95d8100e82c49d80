//! Promise: whatever is wrong with a configuration file is told by `config check` on a line of its own: the place, what is there,
//! and what is allowed; and no secret with it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use openclaw_prometheus::config::Key;

/// What nothing may show.
const SECRET: &str = "s3cr3t-t0ken-that-is-long";

/// What the program answered.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Asks the program, in an environment of its own.
pub(crate) fn ask(arguments: &[&str], variables: &[(&str, &str)]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
    command.env_clear().args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
    let output = command.output().expect("built with this test");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A file with this content.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    std::fs::write(&file, content).expect("a folder for tests");
    file
}

/// What may stand in a configuration: keys by themselves, then objects.
fn keys() -> String {
    let all = || Key::all().iter().map(Key::name);
    let groups: BTreeSet<&str> = all().filter_map(|name| Some(name.split_once('.')?.0)).collect();
    all().filter(|name| !name.contains('.')).chain(groups).collect::<Vec<_>>().join(", ")
}

const WEB_KEYS: &str = "tls_server_config, http_server_config, basic_auth_users, rate_limit";
const ABSOLUTE: &str = "(not shown) given; write an absolute path of at most 4096 bytes";
const TOKEN: &str = "(not shown) given; write 1 to 4096 visible ASCII characters without spaces";
const NAME: &str = "a name of 1 to 128 bytes without control characters";

/// A file, and what is said of it: each line after the file's name, with KEYS, WEB_KEYS and so on filled in.
type Case = (&'static [u8], &'static [&'static str]);

/// JSON and JSON5.
const CONFIGURATIONS: &[Case] = &[
    // The text does not follow its grammar.
    (b"", &[":1:1: EOF parsing value"]),
    (b"  \n\n", &[":3:1: EOF parsing value"]),
    (b"// a comment alone\n", &[":2:1: EOF parsing value"]),
    (b"{", &[":1:1: EOF parsing object"]),
    (b"{ port: 1 ", &[":1:1: EOF parsing object"]),
    (b"{ port 1 }", &[":1:8: expected colon"]),
    (b"{\n  port: 1\n  path: '/'\n}", &[":3:3: expected comma"]),
    (b"{ port: 1,, }", &[":1:11: expected identifier"]),
    (b"{ path: '/metrics }", &[":1:1: EOF parsing string"]),
    (b"{ path: '/met\nrics' }", &[":1:14: line terminator in string"]),
    (b"{ port: 0x }", &[":1:11: expected number"]),
    (b"{ port: 1 } trailing", &[":1:13: trailing characters"]),
    (b"{} {}", &[":1:4: trailing characters"]),
    (b"{ ui: True }", &[":1:7: expected value"]),
    (b"port: 1\n", &[":1:1: expected value"]),
    (b"{ /* no end", &[":1:1: EOF parsing comment"]),
    (b"{ path: '\\u12' }", &[":1:10: invalid escape sequence"]),
    // It is no configuration.
    (b"[]", &[":1:1: a list given; write an object of keys, such as { \"port\": 19464 }"]),
    (b"null", &[":1:1: null given; write an object of keys, such as { \"port\": 19464 }"]),
    (b"\n 7", &[":2:2: 7 given; write an object of keys, such as { \"port\": 19464 }"]),
    (b"'SECRET'", &[":1:1: (not shown) given; write an object of keys, such as { \"port\": 19464 }"]),
    // Names.
    (b"{ prot: 1 }", &[":1:3: prot: not a key; did you mean port?"]),
    (
        b"{\n  ui: true,\n  colectIntervalMs: 1000,\n}",
        &[":3:3: colectIntervalMs: not a key; did you mean collectIntervalMs?"],
    ),
    (b"{ 'collect-interval-ms': 1 }", &[":1:3: collect-interval-ms: not a key; did you mean collectIntervalMs?"]),
    (b"{ max_series: 1 }", &[":1:3: max_series: not a key; did you mean maxSeries?"]),
    (b"{ retention: 1 }", &[":1:3: retention: not a key; there are KEYS"]),
    (b"{ 'a b\\n': 1 }", &[":1:3: \"a b\\n\": not a key; there are KEYS"]),
    (b"{ \"\": 1 }", &[":1:3: \"\": not a key; there are KEYS"]),
    (b"{ 'formats.gzip': true }", &[":1:3: \"formats.gzip\": not a key; did you mean formats.gzip?"]),
    (b"{ bearerTokenFile: '/a' }", &[":1:3: bearerTokenFile: not a key; did you mean scrapeAuth.bearerTokenFile?"]),
    (b"{ formats: { zip: 1 } }", &[":1:14: formats.zip: not a key; did you mean formats.gzip?"]),
    (b"{ scrapeAuth: { enable: true } }", &[":1:17: scrapeAuth.enable: not a key; did you mean scrapeAuth.enabled?"]),
    (b"{ budget: { perMonth: 1 } }", &[":1:13: budget.perMonth: not a key; there are budget.perDay"]),
    // Twice.
    (b"{ port: 1, port: 2 }", &[":1:12: port: given twice; write it once"]),
    (
        b"{ ui: 1, ui: true, ui: false }",
        &[
            ":1:7: ui: 1 given; write true or false",
            ":1:10: ui: given twice; write it once",
            ":1:20: ui: given twice; write it once",
        ],
    ),
    (b"{ formats: {}, formats: {} }", &[":1:16: formats: given twice; write it once"]),
    (b"{ formats: { gzip: true, 'gzip': true } }", &[":1:26: formats.gzip: given twice; write it once"]),
    // Types.
    (b"{ port: '80' }", &[":1:9: port: \"80\" given; write a whole number from 0 to 65535"]),
    (b"{ port: 1.5 }", &[":1:9: port: 1.5 given; write a whole number from 0 to 65535"]),
    (b"{ port: true }", &[":1:9: port: true given; write a whole number from 0 to 65535"]),
    (b"{ port: [1] }", &[":1:9: port: a list given; write a whole number from 0 to 65535"]),
    (b"{ port: {} }", &[":1:9: port: an object given; write a whole number from 0 to 65535"]),
    (b"{ port: NaN }", &[":1:9: port: NaN given; write a whole number from 0 to 65535"]),
    (b"{ ui: 'yes' }", &[":1:7: ui: \"yes\" given; write true or false"]),
    (b"{ includeRuntime: 1 }", &[":1:19: includeRuntime: 1 given; write true or false"]),
    (
        b"{ formats: true }",
        &[":1:12: formats: true given; write an object with formats.openMetrics, formats.created, formats.gzip"],
    ),
    (
        b"{ gateway: 'SECRET' }",
        &[
            ":1:12: gateway: (not shown) given; write an object with gateway.url, gateway.tokenFile, gateway.token, gateway.password, gateway.caFile",
        ],
    ),
    (b"{ instance: 7 }", &[":1:13: instance: 7 given; write a name of 1 to 256 bytes without control characters"]),
    (
        b"{ monitoredProviders: 'openai' }",
        &[":1:23: monitoredProviders: \"openai\" given; write an array of at most 64, each NAME"],
    ),
    (
        b"{ monitoredProviders: ['a',\n  7, 'b', ''] }",
        &[":2:3: monitoredProviders[1]: 7 given; write NAME", ":2:11: monitoredProviders[3]: \"\" given; write NAME"],
    ),
    // Nothing where something belongs.
    (b"{ port: null }", &[":1:9: port: null given; write a whole number from 0 to 65535"]),
    (
        b"{ formats: null }",
        &[":1:12: formats: null given; write an object with formats.openMetrics, formats.created, formats.gzip"],
    ),
    (b"{ formats: { gzip: null } }", &[":1:20: formats.gzip: null given; write true or false"]),
    // Ranges.
    (b"{ port: 65536 }", &[":1:9: port: 65536 given; write a whole number from 0 to 65535"]),
    (b"{ port: -1 }", &[":1:9: port: -1 given; write a whole number from 0 to 65535"]),
    (b"{ maxSeries: 0 }", &[":1:14: maxSeries: 0 given; write a whole number from 1 to 1000000"]),
    (b"{ maxSeries: 1e300 }", &[":1:14: maxSeries: 1e300 given; write a whole number from 1 to 1000000"]),
    (b"{ collectIntervalMs: 9 }", &[":1:22: collectIntervalMs: 9 given; write 0 or a whole number from 10 to 3600000"]),
    (
        b"{ snapshotIntervalMs: 4999 }",
        &[":1:23: snapshotIntervalMs: 4999 given; write a whole number from 5000 to 86400000"],
    ),
    (b"{ budget: { perDay: 0 } }", &[":1:21: budget.perDay: 0 given; write a number above 0"]),
    (b"{ budget: { perDay: -Infinity } }", &[":1:21: budget.perDay: -Infinity given; write a number above 0"]),
    // Texts.
    (
        b"{ path: 'metrics' }",
        &[
            ":1:9: path: \"metrics\" given; write a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes",
        ],
    ),
    (
        b"{ path: '/a/../b' }",
        &[
            ":1:9: path: \"/a/../b\" given; write a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes",
        ],
    ),
    (
        b"{ listenAddress: '127.0.0.1:80' }",
        &[
            ":1:18: listenAddress: \"127.0.0.1:80\" given; write an IP address, localhost or unix:/path/to.sock; the port is a key of its own",
        ],
    ),
    (
        b"{ allowedHosts: ['https://a'] }",
        &[
            ":1:18: allowedHosts[0]: \"https://a\" given; write a name such as metrics.example.org or an address, without a port",
        ],
    ),
    (
        b"{ instance: 'a\\u0007' }",
        &[":1:13: instance: \"a\\u{7}\" given; write a name of 1 to 256 bytes without control characters"],
    ),
    // Where a secret may stand.
    (b"{ scrapeAuth: { bearerToken: 'two SECRET words' } }", &[":1:30: scrapeAuth.bearerToken: TOKEN"]),
    (b"{ scrapeAuth: { bearerToken: 12345 } }", &[":1:30: scrapeAuth.bearerToken: TOKEN"]),
    (b"{ scrapeAuth: { bearerTokenFile: 'SECRET' } }", &[":1:34: scrapeAuth.bearerTokenFile: ABSOLUTE"]),
    (b"{ gateway: { token: ['SECRET'] } }", &[":1:21: gateway.token: TOKEN"]),
    (b"{ gateway: { caFile: 'SECRET.pem' } }", &[":1:22: gateway.caFile: ABSOLUTE"]),
    (
        b"{ gateway: { password: 'SECRET\\n' } }",
        &[":1:24: gateway.password: (not shown) given; write 1 to 4096 bytes without control characters"],
    ),
    (
        b"{ gateway: { url: 'ws://SECRET@host' } }",
        &[
            ":1:19: gateway.url: (not shown) given; write ws://HOST:PORT or wss://HOST:PORT, a path behind it if need be, at most 1024 bytes; no token in it",
        ],
    ),
    (b"{ scrapeAuth: { token: 'SECRET' } }", &[":1:17: scrapeAuth.token: not a key; did you mean gateway.token?"]),
    (b"{ scrapeAuth: { bearerToken: 'SECRET' ", &[":1:15: EOF parsing object"]),
    // Characters count, not bytes; and all is told at once.
    ("{ instance: '网关网关', ui: '是' }".as_bytes(), &[":1:25: ui: \"是\" given; write true or false"]),
    (
        b"{\n  port: 'x',\n  formats: { gzip: 1, zip: 2 },\n  prot: 3,\n}",
        &[
            ":2:9: port: \"x\" given; write a whole number from 0 to 65535",
            ":3:20: formats.gzip: 1 given; write true or false",
            ":3:23: formats.zip: not a key; did you mean formats.gzip?",
            ":4:3: prot: not a key; did you mean port?",
        ],
    ),
    // Not a text.
    (b"{ instance: '\xff' }", &[": cannot be read: stream did not contain valid UTF-8"]),
    (b"\xff\xfe{\0}\0", &[": cannot be read: stream did not contain valid UTF-8"]),
];

/// YAML of web configurations.
const WEB_CONFIGURATIONS: &[Case] = &[
    (b"a: b: c\n", &[":1:5: mapping values are not allowed in this context"]),
    (b"http_server_config: [\n", &[":2:1: while parsing a node, did not find expected node content"]),
    (b"--- {}\n--- {}\n", &[":2:1: a second document"]),
    (b"a: &x 1\nb: *x\n", &[":2:4: an alias; write the value itself"]),
    (b"[a]: 1\n", &[":1:1: a key that is no text"]),
    (b"- http_server_config\n", &[":1:1: a list given; write keys of WEB_KEYS"]),
    (b"text", &[":1:1: \"text\" given; write keys of WEB_KEYS"]),
    (b"# c\nhttp_server_confg: {}\n", &[":2:1: http_server_confg: not a key; did you mean http_server_config?"]),
    (b"ip_socket: 1\n", &[":1:1: ip_socket: not a key; there are WEB_KEYS"]),
    (
        b"http_server_config:\n  header: {}\n",
        &[":2:3: http_server_config.header: not a key; did you mean http_server_config.headers?"],
    ),
    (
        b"http_server_config:\n  http2: true\n  http2: true\n",
        &[":3:3: http_server_config.http2: given twice; write it once"],
    ),
    (b"http_server_config:\n  http2: 2\n", &[":2:10: http_server_config.http2: \"2\" given; write true or false"]),
    (
        b"http_server_config:\n  headers:\n    X-Frame-Options: allow\n    X-Content-Type-Options: [nosniff]\n",
        &[
            ":3:22: http_server_config.headers.X-Frame-Options: \"allow\" given; write deny or sameorigin",
            ":4:29: http_server_config.headers.X-Content-Type-Options: a list given; write nosniff",
        ],
    ),
    (
        b"a: 1\nhttp_server_config: 1\na: 2\n",
        &[
            ":1:1: a: not a key; there are WEB_KEYS",
            ":3:1: a: not a key; there are WEB_KEYS",
            ":2:21: http_server_config: \"1\" given; write keys of http2, headers",
        ],
    ),
    (
        b"tls_server_config:\n  cert_file: a\nrate_limits: 1\n",
        &[
            ":3:1: rate_limits: not a key; did you mean rate_limit?",
            ":1:1: tls_server_config.key: is missing; write key_file: and the file, or key: and the PEM itself",
        ],
    ),
    (b"\xff\n", &[": cannot be read: stream did not contain valid UTF-8"]),
];

fn filled(text: &str) -> String {
    let words = [
        ("WEB_KEYS", WEB_KEYS),
        ("KEYS", &keys()),
        ("SECRET", SECRET),
        ("ABSOLUTE", ABSOLUTE),
        ("TOKEN", TOKEN),
        ("NAME", NAME),
    ];
    // Not inside of words that are shown themselves.
    words.iter().fold(text.to_owned(), |text, (word, filled)| text.replace(word, filled))
}

/// Whether each file is told of in these lines; all that is not, at once.
fn are_told(flag: Option<&str>, cases: &[Case]) {
    let mut wrong = Vec::new();
    for (number, (content, lines)) in cases.iter().enumerate() {
        let content = match std::str::from_utf8(content) {
            Ok(text) => text.replace("SECRET", SECRET).into_bytes(),
            Err(_) => content.to_vec(),
        };
        let path = file(&format!("wrong-{number}{}", flag.unwrap_or("")), &content);
        let shown = path.to_str().unwrap();
        let arguments: Vec<&str> = ["config", "check"].into_iter().chain(flag).chain([shown]).collect();
        let Answer { code, out, err } = ask(&arguments, &[]);
        let expected: String = lines.iter().map(|line| format!("{shown}{}\n", filled(line))).collect();
        if err != expected || code != Some(2) || !out.is_empty() {
            wrong.push(format!("{:?}: {code:?}\n{}{err}", String::from_utf8_lossy(&content), expected));
        }
        std::fs::remove_file(&path).expect("it is there");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn each_mistake_of_a_configuration_is_a_line_with_place_value_and_what_is_allowed() {
    assert!(CONFIGURATIONS.len() >= 60);
    are_told(None, CONFIGURATIONS);
}

#[test]
fn each_mistake_of_a_web_configuration_is_a_line_with_place_value_and_what_is_allowed() {
    are_told(Some("--web.config.file"), WEB_CONFIGURATIONS);
}

#[test]
fn what_is_no_file_or_too_long_or_too_deep_is_one_line() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let long = file("long.json5", format!("{{{}}}", " ".repeat(1 << 20)));
    let deep = file("deep.json5", format!("{{ port: {}1{} }}", "[".repeat(100_000), "]".repeat(100_000)));
    let list = file("list.json5", format!("{{ monitoredProviders: [{}] }}", "'a',".repeat(65)));
    let name = file("name.json5", format!("{{ {}: 1 }}", "x".repeat(1000)));
    let web = file("long.yml", " ".repeat((1 << 16) + 1));
    for (path, flag, line) in [
        (Path::new(folder), None, ": cannot be read: Is a directory (os error 21)".to_owned()),
        (Path::new("/nowhere/x"), None, ": cannot be read: No such file or directory (os error 2)".into()),
        (
            Path::new("/nowhere/x"),
            Some("--web.config.file"),
            ": cannot be read: No such file or directory (os error 2)".into(),
        ),
        (&long, None, ": longer than 1048576 bytes; write less".into()),
        (&deep, None, ":1:24: more than 16 levels".into()),
        (
            &list,
            None,
            filled(":1:23: monitoredProviders: an array of 65 given; write an array of at most 64, each NAME"),
        ),
        (&name, None, format!(":1:3: {}…: not a key; there are {}", "x".repeat(48), keys())),
        (&web, Some("--web.config.file"), ": longer than 65536 bytes; write less".into()),
    ] {
        let shown = path.to_str().unwrap();
        let arguments: Vec<&str> = ["config", "check"].into_iter().chain(flag).chain([shown]).collect();
        let Answer { code, out, err } = ask(&arguments, &[]);
        assert_eq!((code, out.as_str(), err), (Some(2), "", format!("{shown}{line}\n")));
    }
}

#[test]
fn very_many_mistakes_are_all_told_and_the_first_have_a_place() {
    let many = file("many.json5", format!("{{\n{}}}", "prot: 1,\n".repeat(2_000)));
    let Answer { code, err, .. } = ask(&["config", "check", many.to_str().unwrap()], &[]);
    assert_eq!((code, err.lines().count()), (Some(2), 2_000));
    for (number, line) in err.lines().enumerate() {
        let place = if number < 64 { format!(":{}:1", number + 2) } else { String::new() };
        let expected = format!("{}{place}: prot: not a key; did you mean port?", many.display());
        assert_eq!(line, expected);
    }
}

#[test]
fn two_files_are_checked_at_once() {
    let (config, web) = (file("both.json5", "{ prot: 1 }"), file("both.yml", "x: 1\n"));
    let (config, web) = (config.to_str().unwrap(), web.to_str().unwrap());
    let Answer { code, err, .. } = ask(&["config", "check", config, "--web.config.file", web], &[]);
    let expected =
        format!("{config}:1:3: prot: not a key; did you mean port?\n{web}:1:1: x: not a key; there are {WEB_KEYS}\n");
    assert_eq!((code, err), (Some(2), expected));
}
