//! A gateway written in Rust, instrumented without JSON: threads that answer chat messages record what happens through the
//! catalogue's typed recorders, and the whole exporter serves it: `cargo run --example gateway -- 127.0.0.1:19464`.
//!
//! The gateway is a play: it waits where a real one would ask a model. What it records is what the dashboards for the
//! OpenClaw Gateway show.

#![allow(clippy::print_stdout, reason = "a program that says where it listens")]

use std::time::{Duration, Instant};
use std::{env, thread};

use openclaw_prometheus::SystemClock;
use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::{
    CallUsage, MessageDispatch, MessageProcessed, ModelCall, OpenClaw, RunCompleted, RunStarted, ToolExecution,
};
use openclaw_prometheus::serve::{Listener, Server};

const CHANNELS: [&str; 3] = ["telegram", "discord", "webchat"];
const MODELS: [(&str, &str); 2] = [("openai", "gpt-5"), ("anthropic", "claude-sonnet-4-5")];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:19464".into());
    let exporter = Exporter::new(&Config::default(), SystemClock::new())?;
    let openclaw = exporter.openclaw.clone();
    openclaw.identify("example-gateway", Some(env!("CARGO_PKG_VERSION")));
    let _ticker = exporter.publisher.start()?;
    let server = Server::start(Listener::tcp(address.parse()?)?, exporter.site)?;
    println!("open {}/metrics", server.address());

    // Four threads that answer messages. A clone of the recorder is a pointer; recording takes no lock.
    thread::scope(|scope| {
        for worker in 0..4 {
            let openclaw = &openclaw;
            scope.spawn(move || {
                for message in worker.. {
                    answer(openclaw, message);
                }
            });
        }
    });
    Ok(())
}

/// Answers one message: dispatch, run, model call, now and then a tool.
fn answer(openclaw: &OpenClaw, message: usize) {
    let channel = CHANNELS[message % CHANNELS.len()];
    let dispatch = MessageDispatch { channel: channel.into(), source: "inbound".into(), ..MessageDispatch::default() };
    openclaw.message_received(&dispatch);
    openclaw.message_dispatch_started(&dispatch);
    let begun = Instant::now();
    run(openclaw, channel, message);
    let outcome = "completed";
    openclaw.message_dispatch_completed(&MessageDispatch {
        outcome: outcome.into(),
        duration_ms: milliseconds(begun.elapsed()).into(),
        ..dispatch
    });
    openclaw.message_processed(&MessageProcessed {
        channel: channel.into(),
        outcome: outcome.into(),
        duration_ms: milliseconds(begun.elapsed()).into(),
        ..MessageProcessed::default()
    });
}

fn run(openclaw: &OpenClaw, channel: &str, message: usize) {
    let (provider, model) = MODELS[message % MODELS.len()];
    // The key of a session tells the agent; nothing else of it is shown.
    let session = format!("agent:main:{channel}:{message}");
    openclaw.run_started(&RunStarted {
        channel: channel.into(),
        session_key: session.as_str().into(),
        ..RunStarted::default()
    });
    let begun = Instant::now();

    let call = ModelCall { provider: provider.into(), model: model.into(), api: "chat".into(), ..ModelCall::default() };
    openclaw.model_call_started(&call);
    thread::sleep(Duration::from_millis(10 + message as u64 % 40));
    let is_error = message % 50 == 49;
    let call = ModelCall {
        duration_ms: milliseconds(begun.elapsed()).into(),
        first_byte_ms: (milliseconds(begun.elapsed()) / 3.0).into(),
        usage: CallUsage { input: 900.0.into(), output: 120.0.into(), ..CallUsage::default() }.into(),
        ..call
    };
    if is_error {
        openclaw.model_call_error(&ModelCall { error_category: "rate_limit".into(), ..call });
    } else {
        openclaw.model_call_completed(&call);
    }
    if message.is_multiple_of(3) {
        let tool = ToolExecution { tool: "read".into(), agent: "main".into(), ..ToolExecution::default() };
        openclaw.tool_execution_started(&tool);
        openclaw.tool_execution_completed(&ToolExecution { duration_ms: 2.5.into(), ..tool });
    }
    openclaw.run_completed(&RunCompleted {
        channel: channel.into(),
        model: model.into(),
        provider: provider.into(),
        outcome: if is_error { "error" } else { "completed" }.into(),
        session_key: session.as_str().into(),
        duration_ms: milliseconds(begun.elapsed()).into(),
        ..RunCompleted::default()
    });
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
