//! Publishing: a background thread reads the registry once a tick and keeps finished pages ready.
//!
//! A scrape takes the newest page with one pointer load. Nothing is allocated while the set of series stands still and
//! readers keep up: two pages of a format are written in turn. Whoever reads slowly keeps what it was given, and nobody
//! else from what is newer; what is held so is bounded. Formats that nobody takes are not rendered, and
//! a page is compressed only if somebody takes it so. JSON views are made by a thread of their own.

#[cfg(not(loom))]
mod bell;
#[cfg(not(loom))]
mod collect;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
mod content;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
mod deliveries;
#[cfg(not(loom))]
mod demand;
#[cfg(not(loom))]
mod document;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
mod documents;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
mod follow;
#[cfg(not(loom))]
mod gzip;
#[cfg(not(loom))]
mod listening;
#[cfg(not(loom))]
mod page;
#[cfg(not(loom))]
mod pages;
#[cfg(not(loom))]
mod panics;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
mod part;
#[cfg(not(loom))]
mod pending;
#[cfg(not(loom))]
mod publisher;
pub(crate) mod recycle;
#[cfg(not(loom))]
mod requests;
#[cfg(not(loom))]
mod round;
#[cfg(not(loom))]
mod shelf;
#[cfg(not(loom))]
mod shortage;
#[cfg(not(loom))]
mod ticker;
#[cfg(not(loom))]
mod together;
#[cfg(not(loom))]
mod views;
#[cfg(not(loom))]
mod worker;

#[cfg(all(feature = "serve", not(loom)))]
pub(crate) use collect::Ours;
#[cfg(not(loom))]
pub use collect::{Collect, CollectError, Collector, CollectorStatus, Collectors};
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(unused_imports, reason = "for servers"))]
pub(crate) use content::Content;
#[cfg(not(loom))]
pub use deliveries::ResetReason;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(unused_imports, reason = "for servers"))]
pub(crate) use deliveries::{Delivery, IN_FLIGHT_BYTES};
#[cfg(not(loom))]
pub use document::Document;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "live"), allow(unused_imports, reason = "for the live page"))]
pub(crate) use documents::{Asked, Documents};
#[cfg(not(loom))]
#[cfg_attr(not(feature = "live"), allow(unused_imports, reason = "for the live page"))]
pub(crate) use follow::Follow;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "live"), allow(unused_imports, reason = "for the live page"))]
pub(crate) use gzip::packed;
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(unused_imports, reason = "for servers"))]
pub(crate) use listening::ListenerNote;
#[cfg(not(loom))]
pub use page::{Coding, Page};
#[cfg(not(loom))]
pub use pages::Pages;
#[cfg(not(loom))]
pub use panics::{PanicSite, SurvivedPanic};
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(unused_imports, reason = "for servers"))]
pub(crate) use part::{Part, PartError};
#[cfg(not(loom))]
#[cfg_attr(not(feature = "serve"), allow(unused_imports, reason = "for servers"))]
pub(crate) use pending::WaitedPage;
#[cfg(not(loom))]
pub use pending::{PendingPage, PendingView, TakenPage, TakenView};
#[cfg(not(loom))]
pub use publisher::{PublishError, Publisher, RenderObserver};
#[cfg(not(loom))]
pub use shortage::Shortage;
#[cfg(not(loom))]
pub use ticker::Ticker;
#[cfg(not(loom))]
pub use together::GroupTicker;
