//! Promise: SIGHUP takes the configuration anew while it serves: who may scrape, the headers of answers, the budget, the
//! collectors. What has a mistake changes nothing and is told; what needs a restart is named. A second SIGTERM waits for nobody.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::answers::Answer;
use support::deadline::until;

use crate::program::{Running, message, served};

const TOKEN: &str = "a-token-that-is-long-enough";

/// A program that serves by files that may change.
struct Served {
    running: Running,
    log: std::io::Lines<BufReader<std::process::ChildStderr>>,
    address: SocketAddr,
    config: PathBuf,
    web: PathBuf,
}

impl Served {
    fn start(name: &str) -> Self {
        Self::start_with(name, true)
    }

    /// The file of the web configuration is named by a flag, or by the configuration if anything names it.
    fn start_with(name: &str, has_flag: bool) -> Self {
        let place = |kind: &str| {
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-reload-{name}.{kind}", std::process::id()))
        };
        let (config, web) = (place("json5"), place("yml"));
        std::fs::write(&config, "{ port: 0 }").unwrap();
        std::fs::write(&web, "").unwrap();
        let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample.jsonl");
        let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
            .args(["serve", "--replay", recording, "--config", config.to_str().unwrap()])
            .args(["--collect-interval-ms", "0"])
            .args(has_flag.then(|| ["--web.config.file", web.to_str().unwrap()]).into_iter().flatten())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built with this test");
        let mut log = BufReader::new(child.stderr.take().expect("piped")).lines();
        let running = Running(child);
        let address = log.find_map(|line| served(&line.unwrap(), "/metrics")).expect("where it serves");
        Self { running, log, address, config, web }
    }

    fn child(&self) -> &Child {
        &self.running.0
    }

    fn signal(&self, name: &str) {
        let id = self.child().id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
    }

    /// Reloads, and gives what is said of it until a line begins so.
    fn reload(&mut self, last: &str) -> Vec<String> {
        self.signal("-HUP");
        let mut said = Vec::new();
        for line in self.log.by_ref() {
            said.push(message(&line.unwrap()));
            let line = said.last().unwrap();
            if line.starts_with(last) {
                return said;
            }
            assert!(last == REFUSED || !line.starts_with(REFUSED), "{said:?}");
        }
        panic!("{last:?} was not said: {said:?}");
    }

    fn get(&self, token: Option<&str>) -> Answer {
        let bearer = token.map(|token| format!("Authorization: Bearer {token}"));
        let lines = ["GET /metrics"].into_iter().chain(bearer.as_deref()).map(str::as_bytes).collect::<Vec<_>>();
        Answer::over(self.address, &lines)
    }

    fn value(&self, token: Option<&str>, name: &str) -> Option<f64> {
        let page = self.get(token).text();
        page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }
}

const TAKEN: &str = "reload: the configuration is taken";
const REFUSED: &str = "reload: nothing is changed";
const SUCCESSFUL: &str = "openclaw_exporter_config_last_reload_successful";
const AT: &str = "openclaw_exporter_config_last_reload_success_timestamp_seconds";

#[test]
fn token_headers_and_budget_change_while_it_serves_and_a_mistake_changes_nothing() {
    let mut served = Served::start("all");
    assert_eq!((served.get(None).status, served.value(None, SUCCESSFUL)), (200, Some(1.0)));
    let began = served.value(None, AT).expect("when it began");
    assert_eq!(served.get(None).header("x-frame-options"), None);

    let guarded =
        format!("{{ port: 0, budget: {{ perDay: 7 }}, scrapeAuth: {{ enabled: true, bearerToken: '{TOKEN}' }} }}");
    std::fs::write(&served.config, &guarded).unwrap();
    std::fs::write(&served.web, "http_server_config: { headers: { X-Frame-Options: deny } }\n").unwrap();
    let said = served.reload(TAKEN);
    assert_eq!(said, [format!("{TAKEN}; changed: scrapeAuth.enabled, budget.perDay")]);
    assert_eq!((served.get(None).status, served.get(Some("guessed")).status), (401, 401));
    let answer = served.get(Some(TOKEN));
    assert_eq!((answer.status, answer.header("x-frame-options")), (200, Some("deny")));
    assert_eq!(served.value(Some(TOKEN), "openclaw_budget_usd{window=\"day\"}"), Some(7.0));
    let taken = served.value(Some(TOKEN), AT).unwrap();
    assert!(taken > began, "{taken} and {began}");

    for (config, web, mistake) in [
        ("{ prot: 0 }", "", "prot"),
        ("{ port: 0", "", "line 1"),
        ("{ port: 0, collectIntervalMs: -5 }", "", "collectIntervalMs"),
        (&*guarded, "http_server_config: { header: {} }\n", "http_server_config.header"),
        (&*guarded, "tls_server_config: { cert_file: a }\n", "tls_server_config"),
    ] {
        std::fs::write(&served.config, config).unwrap();
        std::fs::write(&served.web, web).unwrap();
        let said = served.reload(REFUSED);
        assert!(said.last().unwrap().contains(mistake), "{said:?}");
        assert!(said.iter().all(|line| !line.contains(TOKEN)), "{said:?}");
        let answer = served.get(Some(TOKEN));
        assert_eq!((answer.status, answer.header("x-frame-options")), (200, Some("deny")), "{mistake}");
        assert_eq!(served.value(Some(TOKEN), SUCCESSFUL), Some(0.0));
        assert_eq!(served.value(Some(TOKEN), AT), Some(taken));
    }

    // What needs a restart is said by name, and the rest is taken.
    std::fs::write(&served.config, "{ port: 0, path: '/other', maxSeries: 100 }").unwrap();
    std::fs::write(&served.web, "").unwrap();
    let said = served.reload("reload: path, maxSeries changed too");
    assert!(said[0].starts_with(TAKEN), "{said:?}");
    assert_eq!(said[1], "reload: path, maxSeries changed too, and takes effect with a restart");
    assert_eq!((served.get(None).status, served.value(None, SUCCESSFUL)), (200, Some(1.0)));
    assert_eq!(served.value(None, "openclaw_budget_usd{window=\"day\"}"), None);
    assert_eq!(served.get(None).header("x-frame-options"), None);
}

#[test]
fn another_file_of_a_web_configuration_holds_from_a_reload_on() {
    let mut served = Served::start_with("web-file", false);
    assert_eq!(served.get(None).header("x-frame-options"), None);
    std::fs::write(&served.web, "http_server_config: { headers: { X-Frame-Options: deny } }\n").unwrap();
    std::fs::write(&served.config, format!("{{ port: 0, webConfigFile: {:?} }}", served.web)).unwrap();
    assert_eq!(served.reload(TAKEN), [format!("{TAKEN}; changed: webConfigFile")]);
    assert_eq!(served.get(None).header("x-frame-options"), Some("deny"));
    std::fs::write(&served.config, "{ port: 0 }").unwrap();
    assert_eq!(served.reload(TAKEN), [format!("{TAKEN}; changed: webConfigFile")]);
    assert_eq!(served.get(None).header("x-frame-options"), None);
}

#[test]
fn collectors_come_and_go_while_it_serves() {
    let mut served = Served::start("collectors");
    let families = |served: &Served| {
        let page = served.get(None).text();
        ["openclaw_run_completed_total", "openclaw_model_call_total"]
            .map(|name| page.contains(&format!("# TYPE {name} ")))
    };
    assert_eq!(families(&served), [true, true]);
    for (disabled, expected) in [("'runs'", [false, true]), ("'models', 'sli'", [true, false]), ("", [true, true])] {
        std::fs::write(&served.config, format!("{{ port: 0, collectors: {{ disabled: [{disabled}] }} }}")).unwrap();
        assert_eq!(served.reload(TAKEN), [format!("{TAKEN}; changed: collectors.disabled")]);
        assert_eq!(families(&served), expected, "{disabled}");
    }
    std::fs::write(&served.config, "{ port: 0, collectors: { disabled: ['run'] } }").unwrap();
    let said = served.reload(REFUSED);
    assert!(said[0].ends_with("collectors.disabled[0]: \"run\" given; write runs"), "{said:?}");
    assert_eq!(families(&served), [true, true]);
}

#[test]
fn a_thousand_reloads_under_scrapes_fail_no_scrape_and_leave_nothing_behind() {
    let mut served = Served::start("many");
    let (address, stop) = (served.address, std::sync::atomic::AtomicBool::new(false));
    let id = served.child().id();
    let of_process = |what: &str| -> u64 {
        match what {
            "descriptors" => std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().count() as u64,
            _ => {
                let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
                let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
                line.split_whitespace().nth(1).unwrap().parse().unwrap()
            }
        }
    };
    let (descriptors, before) = (of_process("descriptors"), of_process("memory"));
    std::thread::scope(|scope| {
        let scraping = scope.spawn(|| {
            let mut count = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(Answer::over(address, &[b"GET /metrics"]).status, 200);
                count += 1;
            }
            count
        });
        for round in 0..1000 {
            let is_good = round % 3 != 0;
            std::fs::write(&served.config, if is_good { "{ port: 0, budget: { perDay: 5 } }" } else { "{ prot: 1 }" })
                .unwrap();
            served.reload(if is_good { TAKEN } else { REFUSED });
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(scraping.join().unwrap() > 20);
    });
    until("no connection is left", || of_process("descriptors") <= descriptors);
    let after = of_process("memory");
    assert!(after < before + 4096, "{before} KiB, and {after} KiB after a thousand reloads");
}

#[test]
fn a_second_sigterm_ends_it_at_once_whoever_is_being_answered() {
    let mut served = Served::start("second");
    // Somebody asks for more than buffers hold, and reads nothing.
    let mut slow = TcpStream::connect(served.address).unwrap();
    slow.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let _ = slow.write_all("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200).as_bytes());
    served.signal("-TERM");
    // It has heard the first one once it takes no more connections.
    until("it stops", || TcpStream::connect(served.address).is_err());
    let told = Instant::now();
    served.signal("-TERM");
    let status = served.running.0.wait().unwrap();
    assert_eq!(status.code(), Some(143), "after {:?}", told.elapsed());
}
