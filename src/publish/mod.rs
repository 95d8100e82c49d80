//! Publishing: a background thread reads the registry once a tick and keeps a finished page ready.
//!
//! A scrape takes the newest page with one pointer load. Nothing is allocated while the set of series stands still:
//! at most four pages exist, and one is written again only when nobody holds it.

#[cfg(not(loom))]
mod page;
#[cfg(not(loom))]
mod pages;
pub(crate) mod recycle;
#[cfg(not(loom))]
mod ticker;

#[cfg(not(loom))]
pub use page::Page;
#[cfg(not(loom))]
pub use pages::{Fresh, Pages};
#[cfg(not(loom))]
pub use ticker::{PublishError, Publisher, Ticker};
