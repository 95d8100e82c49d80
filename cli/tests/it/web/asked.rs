//! Who is asked: the program, or exporter-toolkit where `OCP_TOOLKIT` says where that is; and curl, which asks.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::program::{Running, message};

/// Far beyond what anything here takes.
const LIMIT: Duration = Duration::from_secs(30);
pub(super) const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample.jsonl");

/// A program of ours that serves.
pub(super) struct Program {
    pub(super) running: Running,
    /// Where it serves, in the order in which it says so: addresses and paths of sockets.
    pub(super) places: Vec<String>,
    log: Receiver<String>,
}

impl Program {
    /// Starts `serve` with the sample, on a port of its own unless the arguments say where. An error is what it said instead.
    pub(super) fn start(arguments: &[&str]) -> Result<Self, String> {
        let is_placed = arguments.iter().any(|argument| {
            argument.starts_with("--web.listen-address") || argument.starts_with("--web.systemd-socket")
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
        command.args(["serve", "--collect-interval-ms", "0"]);
        if !arguments.contains(&"--demo") {
            command.args(["--replay", RECORDING]);
        }
        if !is_placed {
            command.args(["--web.listen-address", "127.0.0.1:0"]);
        }
        command.args(arguments);
        Self::run(command)
    }

    /// Waits until a command serves. An error is what it said instead.
    pub(super) fn run(mut command: Command) -> Result<Self, String> {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let running = Running(child);
        let (said, log) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
        let mut program = Self { running, places: Vec::new(), log };
        let mut all = String::new();
        loop {
            match program.log.recv_timeout(LIMIT) {
                Ok(line) => {
                    program.places = places(&line);
                    if !program.places.is_empty() {
                        return Ok(program);
                    }
                    all += &line;
                    all.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => return Err(all),
                Err(RecvTimeoutError::Timeout) => panic!("it neither serves nor ends: {all}"),
            }
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.places[0].parse().expect("an address")
    }

    pub(super) fn signal(&self, name: &str) {
        let id = self.running.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
    }

    /// Waits until it says a line with these words, and gives all that it said until then.
    #[track_caller]
    pub(super) fn says(&self, words: &str) -> Vec<String> {
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.contains(words)) {
            match self.log.recv_timeout(LIMIT) {
                Ok(line) => said.push(message(&line)),
                Err(_) => panic!("{words:?} was not said: {said:?}"),
            }
        }
        said
    }

    /// What it has said until now and nobody has heard.
    pub(super) fn said(&self) -> Vec<String> {
        self.log.try_iter().map(|line| message(&line)).collect()
    }
}

/// Where a line says that metrics are; nowhere unless it says that it serves.
fn places(line: &str) -> Vec<String> {
    let message = if line.contains("msg=\"serving ") { message(line) } else { return Vec::new() };
    let at = message.rsplit_once(" at ").map_or("", |(_, at)| at);
    let place = |place: &str| match place.split_once("://") {
        Some((_, rest)) => rest.split('/').next().unwrap_or("").to_owned(),
        None => place.trim_start_matches("unix:").rsplit_once(':').map_or("", |(path, _)| path).to_owned(),
    };
    at.split(", ").next().unwrap_or("").split(" and ").map(place).collect()
}

/// Who is asked.
#[derive(Clone)]
pub(super) enum Asked {
    Ours,
    Judge(PathBuf),
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Ours) { "ours" } else { "exporter-toolkit" })
    }
}

impl Asked {
    /// Ours, and the judge if there is one.
    pub(super) fn all() -> Vec<Self> {
        let judge = std::env::var_os("OCP_TOOLKIT").map(|path| Self::Judge(path.into()));
        std::iter::once(Self::Ours).chain(judge).collect()
    }

    /// Starts it with a web configuration. An error is what it said instead of serving.
    pub(super) fn start(&self, web: &Path) -> Result<(Running, SocketAddr), String> {
        match self {
            Self::Ours => {
                let program = Program::start(&["--web.config.file", web.to_str().expect("UTF-8")])?;
                let address = program.address();
                Ok((program.running, address))
            }
            Self::Judge(judge) => {
                let child = Command::new(judge).arg(web).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
                let mut running = Running(child.expect("OCP_TOOLKIT names a program"));
                let stdout = running.0.stdout.take().expect("piped");
                let mut line = String::new();
                BufReader::new(stdout).read_line(&mut line).expect("UTF-8");
                match line.trim().strip_prefix("serving ") {
                    Some(address) => Ok((running, address.parse().expect("an address"))),
                    None => {
                        let mut said = String::new();
                        running.0.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
                        Err(said)
                    }
                }
            }
        }
    }
}

/// What curl says when it asks so, in this folder.
pub(super) fn curl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-q", "--silent", "--noproxy", "*", "--max-time", "20"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("curl is installed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The statuses that curl gets for its URLs, 000 for a connection that failed, or whatever else `--write-out` has of each.
pub(super) fn statuses(folder: &Path, arguments: &[&str], urls: &[String]) -> String {
    let mut all = vec!["--write-out", "%{http_code}\\n"];
    all.extend(arguments);
    for url in urls {
        all.extend(["--output", "/dev/null", url]);
    }
    curl(folder, &all).lines().collect::<Vec<_>>().join(" ")
}
