//! A lock-free embedded metrics engine that allocates nothing while recording, and the Prometheus exporter for the
//! OpenClaw Gateway built on it.
//!
//! Declare families in a [`Registry`], record through their handles, publish pages, serve them:
//!
//! ```
//! use openclaw_prometheus::{Bounds, Registry, encode};
//!
//! let registry = Registry::builder().build()?;
//! let calls = registry.counter("calls_total", "Calls to a model.").labels(["model", "outcome"]).register()?;
//! let seconds = registry.histogram("call_seconds", "Length of a call.", Bounds::seconds()).register()?;
//!
//! calls.with(["gpt-5", "ok"]).inc();
//! seconds.observe(1.87);
//! assert!(encode::text(&registry).contains("call_seconds_count 1\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! We record, read, encode, publish and serve; each step is a module and uses only those before it. The [`guide`] has a
//! page for each thing that a user does.

// Loom's tests reach the protocols directly; the rest of the crate is compiled beside them and not used.
#![cfg_attr(loom, allow(dead_code, unused_imports))]

/// The protocol of windows, which are not compiled under loom.
#[cfg(all(test, loom))]
#[path = "window/cells.rs"]
mod cells;
mod clock;
#[cfg(not(loom))]
mod foreign;
mod label;
mod record;
mod sync;
#[cfg(not(loom))]
mod thread;

#[cfg(all(feature = "serve", not(loom)))]
pub mod collector;
#[cfg(all(feature = "config", not(loom)))]
pub mod config;
#[cfg(not(loom))]
pub mod encode;
#[cfg(all(feature = "openclaw", feature = "serve", feature = "config", not(loom)))]
pub mod exporter;
/// The lock-free protocols of the catalogue, which is not compiled under loom.
#[cfg(all(test, loom))]
#[path = "openclaw/recorder/flights.rs"]
mod flights;
#[cfg(all(feature = "live", not(loom)))]
mod live;
#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, loom))]
#[path = "openclaw/redact/memo.rs"]
mod memo;
#[cfg(all(feature = "openclaw", not(loom)))]
pub mod openclaw;
pub mod publish;
#[cfg(not(loom))]
mod read;
#[cfg(not(loom))]
mod registry;
#[cfg(all(test, loom))]
#[path = "window/scale.rs"]
mod scale;
#[cfg(all(any(feature = "openclaw", feature = "config"), not(loom)))]
#[cfg_attr(not(feature = "openclaw"), allow(dead_code, unreachable_pub, reason = "for the catalogue"))]
mod section;
#[cfg(all(feature = "serve", not(loom)))]
pub mod serve;
#[cfg(all(any(feature = "serve", feature = "web-config"), not(loom)))]
mod stamp;
#[cfg(not(loom))]
pub mod testing;
#[cfg(all(any(feature = "serve", feature = "config", feature = "rpc"), not(loom)))]
mod token;
#[cfg(all(feature = "web-config", not(loom)))]
pub mod web;
#[cfg(all(feature = "openclaw", not(loom)))]
mod window;

pub use clock::{Clock, ManualClock, SystemClock};
#[cfg(not(loom))]
pub use families::*;
pub use label::{
    ClosedLabels, LabelEnum, LabelId, LabelName, MAX_LABELS, MAX_VALUE_BYTES, MetricName, NameError, RejectReason,
};
#[cfg(not(loom))]
pub use read::SampleValue;
#[cfg(not(loom))]
pub use record::{
    Amount, Bounds, BoundsError, ClosedFamily, Counter, CounterRef, Family, Gauge, GaugeRef, Histogram, HistogramRef,
    InFlight, InFlightGuard, InFlightRef, Instrument, LocalCounter, LocalHistogram, MAX_AMOUNT, MAX_BOUNDS, Rejected,
    SignedBounds, SignedHistogram, SignedHistogramRef, Timer,
};
#[cfg(not(loom))]
pub use registry::{
    BuildError, ClosedFamilyBuilder, FamilyBuilder, FamilyId, FamilyInfo, LabelledFamilyBuilder, Memory, MetricKind,
    RegisterError, Registry, RegistryBuilder, SectionSet, Sections, SnapshotFamily, SnapshotFamilyBuilder,
};

/// The guide: a page for each thing that a user does, its code compiled and run with the tests.
///
/// [`declare`](guide::declare) families, [`record`](guide::record) what happens, [`collect`](guide::collect) what nobody
/// records, `serve` the pages, `embed` all of it; then what it [costs](guide::cost) and where its [limits](guide::limits)
/// are.
#[cfg(not(loom))]
pub mod guide {
    #[doc = include_str!("guide/declare.md")]
    pub mod declare {}

    #[doc = include_str!("guide/record.md")]
    pub mod record {}

    #[doc = include_str!("guide/collect.md")]
    pub mod collect {}

    #[cfg(feature = "serve")]
    #[doc = include_str!("guide/serve.md")]
    pub mod serve {}

    #[cfg(all(feature = "openclaw", feature = "serve", feature = "config"))]
    #[doc = include_str!("guide/embed.md")]
    pub mod embed {}

    #[doc = include_str!("guide/cost.md")]
    pub mod cost {}

    #[doc = include_str!("guide/limits.md")]
    pub mod limits {}
}

#[cfg(not(loom))]
mod families {
    use super::{ClosedFamily, Counter, Family, Gauge, Histogram, InFlight, SignedHistogram};

    /// A counter family with `N` labels.
    pub type CounterFamily<const N: usize, V = u64> = Family<Counter<V>, N>;
    /// A gauge family with `N` labels.
    pub type GaugeFamily<const N: usize> = Family<Gauge, N>;
    /// An in-flight family with `N` labels.
    pub type InFlightFamily<const N: usize> = Family<InFlight, N>;
    /// A histogram family with `N` labels.
    pub type HistogramFamily<const N: usize> = Family<Histogram, N>;
    /// A family of histograms of values that may be negative, with `N` labels.
    pub type SignedHistogramFamily<const N: usize> = Family<SignedHistogram, N>;
    /// A counter family over closed label sets.
    pub type ClosedCounter<L, V = u64> = ClosedFamily<Counter<V>, L>;
    /// A gauge family over closed label sets.
    pub type ClosedGauge<L> = ClosedFamily<Gauge, L>;
    /// A histogram family over closed label sets.
    pub type ClosedHistogram<L> = ClosedFamily<Histogram, L>;
}

/// What benches and tests reach into; no part of the interface, and free to change.
#[cfg(not(loom))]
#[doc(hidden)]
pub mod internals {
    pub use crate::encode::{Encoder, Segment};
    pub use crate::read::{Block, BlockIndex, Reader, Reading};
}

/// The code of README and guide in both languages, compiled and run.
#[cfg(all(doctest, feature = "openclaw", feature = "serve"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../README.zh-CN.md")]
#[doc = include_str!("../docs/library.md")]
#[doc = include_str!("../docs/library.zh-CN.md")]
struct Readme;
