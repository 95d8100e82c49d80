//! A server in a process of its own, from the outside.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Series;
use crate::client::Coding;

pub struct Served {
    pub name: &'static str,
    pub address: SocketAddr,
    process: Child,
    /// None once it was told to end.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// Time on a core so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Of the thread that serves.
    pub serving: Duration,
    /// Of all threads but the one that records.
    pub all: Duration,
}

impl std::ops::Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { serving: self.serving - before.serving, all: self.all - before.all }
    }
}

impl Served {
    pub fn start(name: &'static str, series: Series, coding: Coding) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["serve", name, series.name, coding.name()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let commands = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut served = Self { name, address, process, commands, answers };
        let port = served.answer().parse().expect("a port");
        served.address.set_port(port);
        served
    }

    /// Has every value changed.
    pub fn change(&mut self) {
        self.ask("change");
    }

    /// What the threads have used so far.
    pub fn used(&mut self) -> Used {
        let answer = self.ask("used");
        let (serving, all) = answer.split_once(' ').expect("two numbers");
        let time = |text: &str| Duration::from_nanos(text.parse().expect("nanoseconds"));
        Used { serving: time(serving), all: time(all) }
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.commands.as_mut().expect("running"), "{command}").expect("the server runs");
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the server runs");
        line.trim().to_string()
    }
}

impl Drop for Served {
    /// Ends with its standard input.
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.process.wait();
    }
}
