//! Promise: a connection to a Gateway leaves nothing behind, however it ends.

use std::time::Duration;

use openclaw_prometheus::openclaw::rpc::websocket::{Connection, Credentials, Stop};
use support::deadline::until;
use support::gateway::{Act, MockGateway, Opening, Script};
use support::this_process::{descriptors, threads_named};

use crate::alone;

const LONG: Duration = Duration::from_secs(20);

#[test]
fn two_hundred_connections_that_end_in_every_way_leave_no_descriptor_and_no_thread() {
    let _alone = alone();
    let ways = [
        Script::default().on("asked", Act::Json("{}".to_owned())),
        Script::default().on("asked", Act::Cut),
        Script::default().on("asked", Act::HalfFrame),
        Script::default().on("asked", Act::Text("garbage".to_owned())),
        Script::default().on("asked", Act::Silence),
        Script::default().token("another"),
        Script::opening(Opening::Cut),
        Script::opening(Opening::CutAtConnect),
        Script::opening(Opening::Bytes(b"garbage\r\n\r\n".to_vec())),
        Script::opening(Opening::Close(1008, "no")),
    ];
    let gateway = MockGateway::start(Script::default());
    // By its name, which a thread of its own looks up.
    let endpoint = format!("ws://localhost:{}", gateway.port()).parse().unwrap();
    let stop = Stop::new();
    let before = descriptors();
    for script in ways.iter().cycle().take(200) {
        gateway.set(script.clone());
        if let Ok(mut connection) = Connection::open(&endpoint, &Credentials::token("token").unwrap(), &stop, LONG) {
            let _ = connection.call("asked", "{}", Duration::from_millis(20));
        }
    }
    assert_eq!(gateway.connects(), 200);
    until("the last connection to be gone on both sides", || gateway.open() == 0 && descriptors() == before);
    until("the last look-up to be over", || threads_named("ocp-resolve") == 0);
}
