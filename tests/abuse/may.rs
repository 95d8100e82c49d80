//! The server on coroutines, and what no guard around its crate can mend.

use std::net::SocketAddr;
use std::sync::Arc;

use openclaw_prometheus::serve::{Limits, MayServer, Site};

use crate::server::{Running, Subject};

pub(crate) const MAY: Subject = Subject { name: "may", threads: "ocp-may-watch", start, exceptions: EXCEPTIONS };

const HEADERS: &str = "the crate closes on more than 16 headers";
const NO_400: &str = "the crate closes on what it cannot read, without an answer";
const NO_431: &str = "the crate reads a head of any size, and its watchdog can only close";
const HALF: &str = "the crate drops a request whose sender closes its half with it";
const HEAD: &str = "the crate knows no HEAD: the answer is sent past it, and is the last";
const AHEAD: &str = "of answers to requests that were sent ahead the crate holds 256 KiB; the next is the last";
const BUFFERS: &str = "the crate holds 68 KB for each connection, and copies an answer twice";

/// Cases that it does not pass.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("eighteen_headers_of_a_browser_that_reloads_are_answered", HEADERS),
    ("twenty_headers_are_answered", HEADERS),
    ("a_hundred_headers_are_answered", HEADERS),
    ("a_hundred_and_one_headers_are_431", HEADERS),
    ("an_accept_of_fifteen_kilobytes_is_answered", HEADERS),
    ("small_headers_without_end_are_431_and_take_no_memory", HEADERS),
    ("a_request_line_of_a_megabyte_is_431", NO_431),
    ("an_endless_header_is_431_and_takes_no_memory", NO_431),
    ("control_bytes_are_400", NO_400),
    ("a_folded_header_is_400", NO_400),
    ("a_space_before_the_colon_is_400", NO_400),
    ("bytes_beyond_ascii_are_a_value_and_no_path_we_have", NO_400),
    ("a_tls_hello_is_400", NO_400),
    ("http_0_9_is_400", NO_400),
    ("another_version_is_400", NO_400),
    ("what_is_no_method_is_400", NO_400),
    ("empty_lines_before_a_request_are_left_out", NO_400),
    ("an_encoding_written_so_that_some_overlook_it_hides_nothing", NO_400),
    ("a_client_that_closes_its_half_after_asking_is_answered", HALF),
    ("head_is_answered_on_every_route_without_a_body", HEAD),
    ("one_too_many_closes_those_that_never_asked_then_the_idle_oldest_first", HEAD),
    ("requests_sent_together_are_answered_in_order", HEAD),
    ("http_1_0_with_keep_alive_stays_open", "an answer to HTTP/1.0 is sent past the crate, and is the last"),
    ("who_is_being_answered_stays_and_the_next_waits", AHEAD),
    ("an_idle_connection_holds_no_more_than_16_kilobytes", BUFFERS),
    ("half_a_head_holds_no_more_than_16_kilobytes", BUFFERS),
    ("twenty_readers_that_stand_still_are_cut_and_hold_no_copy", BUFFERS),
    ("fifteen_hundred_requests_at_once_hold_no_answers", BUFFERS),
    ("a_thousand_half_open_connections_disturb_nobody", BUFFERS),
    (
        "a_process_whose_descriptors_all_answer_waits_without_spinning",
        "without a descriptor the crate tries again and again; so half of them are left to the host, always",
    ),
];

fn start(address: SocketAddr, site: Arc<Site>, limits: Limits) -> Result<Box<dyn Running>, String> {
    let server = MayServer::with_limits(address, site, limits).map_err(|error| error.to_string())?;
    Ok(Box::new(server))
}

impl Running for MayServer {
    fn address(&self) -> SocketAddr {
        MayServer::address(self)
    }

    fn stop(self: Box<Self>) {
        MayServer::stop(*self);
    }
}
