//! Promise: a recording that comes through a pipe holds up neither the listener nor the end of the program.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use crate::program::serve;

const SAMPLE: &str = include_str!("../../data/sample.jsonl");

/// The page that is served.
fn page(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).expect("listening");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer
}

#[test]
fn a_pipe_that_nobody_writes_into_is_served_and_ends() {
    let pipe = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recording-{}", std::process::id()));
    let _ = std::fs::remove_file(&pipe);
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for has_writer in [false, true] {
        // Says where it serves before there is a writer.
        let (mut running, address) = serve(&["--replay", pipe.to_str().unwrap(), "--speed", "1000"]);
        let empty = page(address);
        let writer = has_writer.then(|| {
            let mut writer = std::fs::File::options().write(true).open(&pipe).expect("a reader");
            writer.write_all(SAMPLE.as_bytes()).expect("read");
            writer
        });
        let events = |page: &str| page.lines().filter(|line| line.starts_with("openclaw_model_call_total{")).count();
        if writer.is_some() {
            support::deadline::until("the events to be served", || events(&page(address)) > events(&empty));
        }
        // The writer stays, and says nothing more.
        let id = running.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        let mut status = None;
        support::deadline::until("the program ends", || {
            status = running.0.try_wait().expect("a child");
            status.is_some()
        });
        assert_eq!(status.and_then(|status| status.code()), Some(0));
        drop(writer);
    }
    std::fs::remove_file(&pipe).expect("it is there");
}
