//! Promise: what a client does hurts its own connection and nothing else.
//!
//! Each case does one thing to a server, over sockets, while others scrape it: every scrape is answered within 50 ms, and
//! afterwards memory, descriptors and threads are what they were. What a case asserts is exact: statuses, and whether the
//! connection stays. Where the server does less than the RFC asks for, the case says so.
#![cfg(feature = "web-config")]
#![allow(clippy::print_stdout, reason = "measured figures, and what a child process says")]

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;

mod bodies;
mod child;
mod connections;
mod handshakes;
mod heads;
mod lab;
mod passwords;
mod peer;
mod readers;
mod requests;
mod scrapes;
mod server;
mod slow;
mod stopping;
mod tls;

/// A test for each case, run with this page; and the table of their names.
macro_rules! cases {
    ($($page:ident: $subject:ident::{$($case:ident,)+})+) => {
        const CASES: &[&str] = &[$($(stringify!($case),)+)+];

        $($(
            #[test]
            fn $case() {
                lab::run(stringify!($case), &lab::$page, $subject::$case);
            }
        )+)+
    };
}

cases! {
    SMALL: heads::{
        eighteen_headers_of_a_browser_that_reloads_are_answered,
        twenty_headers_are_answered,
        a_hundred_headers_are_answered,
        a_hundred_and_one_headers_are_431,
        a_head_of_16_kilobytes_is_answered,
        a_head_of_16_kilobytes_and_a_byte_is_431,
        a_request_line_of_a_megabyte_is_431,
        an_endless_header_is_431_and_takes_no_memory,
        small_headers_without_end_are_431_and_take_no_memory,
        a_head_in_single_bytes_is_answered,
        heads_that_come_too_slowly_are_cut_at_the_deadline,
        a_later_head_has_the_same_deadline,
        half_a_head_behind_a_whole_one_has_the_same_deadline,
        half_a_head_and_the_end_is_closed_without_an_answer,
    }
    SMALL: requests::{
        a_request_without_host_is_400,
        two_hosts_or_one_that_is_none_are_400,
        a_host_that_is_not_ours_is_403,
        an_absolute_target_is_its_path,
        who_tries_tokens_is_slowed_down_and_keeps_nobody_waiting,
        a_target_that_is_an_authority_is_404,
        an_asterisk_is_the_server_for_options_and_404_for_others,
        a_fragment_is_left_out,
        an_encoded_path_is_the_path_that_it_encodes,
        control_bytes_are_400,
        lines_that_end_in_a_bare_line_feed_are_lines,
        a_folded_header_is_400,
        a_space_before_the_colon_is_400,
        bytes_beyond_ascii_are_a_value_and_no_path_we_have,
        a_tls_hello_is_400,
        an_http_2_preface_is_closed,
        http_0_9_is_400,
        http_1_0_is_answered_and_closed,
        http_1_0_with_keep_alive_stays_open,
        connection_close_closes,
        another_version_is_400,
        what_is_no_method_is_400,
        another_method_is_405,
        options_tells_the_methods_of_each_route,
        a_method_in_lower_case_is_another_method,
        trace_gives_nothing_back,
        connect_opens_no_tunnel,
        an_upgrade_is_not_taken_up,
        empty_lines_before_a_request_are_left_out,
        head_is_answered_on_every_route_without_a_body,
        ranges_and_conditions_are_not_taken_up,
        an_accept_of_fifteen_kilobytes_is_answered,
        an_accept_encoding_of_fifteen_kilobytes_is_answered,
        an_accept_that_means_nothing_is_answered,
    }
    SMALL: bodies::{
        a_length_that_is_no_number_is_400,
        two_lengths_that_differ_are_400,
        two_lengths_that_agree_are_one,
        a_length_of_nothing_is_no_body,
        a_huge_length_is_413,
        a_get_with_a_body_is_413_and_closed,
        a_post_with_a_body_is_405_and_closed,
        a_body_in_chunks_is_refused_and_closed,
        a_body_in_chunks_without_a_byte_is_none_and_the_connection_ends,
        chunks_in_http_1_0_are_400,
        a_body_that_never_comes_is_not_waited_for,
        a_body_without_end_is_not_read_to_its_end,
        nobody_is_told_to_continue,
        a_length_that_hides_a_request_hides_nothing,
        chunks_that_hide_a_request_hide_nothing,
        an_encoding_written_so_that_some_overlook_it_hides_nothing,
    }
    SMALL: connections::{
        silent_connections_are_closed_at_the_deadline_of_a_head,
        an_idle_connection_is_closed_after_a_while,
        a_thousand_half_open_connections_disturb_nobody,
        half_a_head_and_a_close_blocks_nothing,
        a_reset_while_idle_blocks_nothing,
        a_reset_in_a_head_blocks_nothing,
        ten_thousand_connections_that_come_and_go_leave_nothing,
        a_client_that_closes_its_half_after_asking_is_answered,
        a_client_that_closes_its_half_at_once_is_closed,
        one_too_many_closes_those_that_never_asked_then_the_idle_oldest_first,
        who_is_being_answered_stays_and_the_next_waits,
        a_flood_beyond_the_limit_disturbs_nobody,
        an_idle_connection_holds_no_more_than_16_kilobytes,
        half_a_head_holds_no_more_than_16_kilobytes,
    }
    BIG: readers::{
        twenty_readers_that_stand_still_are_cut_and_hold_no_copy,
        a_slow_reader_gets_all_of_it,
        a_reader_of_a_byte_now_and_then_is_cut,
        a_reader_that_takes_just_enough_is_cut_in_the_end,
        three_hundred_resets_in_an_answer_leave_nothing,
    }
    SMALL: readers::{
        fifteen_hundred_requests_at_once_hold_no_answers,
        requests_sent_together_are_answered_in_order,
        a_page_that_200_ask_for_packed_is_packed_once,
        views_that_200_ask_for_are_made_a_few_at_a_time,
    }
    SMALL: child::{
        a_process_out_of_descriptors_is_served_on,
        a_process_whose_descriptors_all_answer_waits_without_spinning,
        a_host_that_does_not_ignore_sigpipe_lives,
    }
    SMALL: stopping::{
        a_server_with_silent_connections_stops_at_once,
        a_server_with_half_heads_stops_at_once,
        a_server_with_idle_connections_stops_at_once,
        a_server_with_readers_that_stand_still_stops_within_a_second,
        a_server_with_rests_of_bodies_stops_within_a_second,
        a_server_that_waits_for_a_page_that_never_comes_stops_within_a_second,
        an_answer_that_is_being_read_is_finished_though_the_server_stops,
        a_server_starts_again_on_its_port_fifty_times,
        two_servers_on_one_port_are_refused,
        a_panic_in_an_answer_ends_nothing,
    }
}

#[test]
fn there_are_as_many_cases_as_there_are_names() {
    let mut names = CASES.to_vec();
    names.sort();
    names.dedup();
    assert!(names.len() == CASES.len() && names.len() >= 60, "{}", names.len());
}

/// Run by the cases of `child` in a process of its own, and without them does nothing.
#[test]
#[ignore = "the cases that need a process of their own start it"]
fn child_that_serves() {
    child::serve();
}
