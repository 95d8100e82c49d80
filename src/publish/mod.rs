//! Publishing: a background thread reads the registry once a tick and keeps finished pages ready.
//!
//! A scrape takes the newest page with one pointer load. Nothing is allocated while the set of series stands still:
//! at most four pages of a format exist, and one is written again only when nobody holds it. Formats that nobody takes
//! are not rendered, and a page is compressed only if somebody takes it so.

#[cfg(not(loom))]
mod collect;
#[cfg(not(loom))]
mod demand;
#[cfg(not(loom))]
mod gzip;
#[cfg(not(loom))]
mod page;
#[cfg(not(loom))]
mod pages;
#[cfg(not(loom))]
mod panics;
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
mod ticker;
#[cfg(not(loom))]
mod worker;

#[cfg(all(feature = "serve", not(loom)))]
pub(crate) use collect::Ours;
#[cfg(not(loom))]
pub use collect::{Collect, CollectError, Collector, CollectorStatus, Collectors};
#[cfg(not(loom))]
pub use page::{Coding, Page};
#[cfg(not(loom))]
pub use pages::Pages;
#[cfg(not(loom))]
pub use panics::{PanicSite, SurvivedPanic};
#[cfg(not(loom))]
pub use pending::{PendingPage, PendingView, TakenPage};
#[cfg(not(loom))]
pub use publisher::{PublishError, Publisher, RenderObserver};
#[cfg(not(loom))]
pub use ticker::Ticker;
