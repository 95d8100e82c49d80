//! The live page as a file: one document for browsers that loads nothing but its data.

use std::fmt;
use std::sync::Arc;

use crate::publish;
use crate::sync::OutOfMemory;

/// A page for browsers, and what it may do.
#[derive(Clone)]
pub(crate) struct LivePage {
    pub(super) html: &'static str,
    /// None without the feature `gzip`.
    pub(super) gzip: Option<Arc<Vec<u8>>>,
    /// Its Content-Security-Policy.
    pub(super) policy: &'static str,
}

impl fmt::Debug for LivePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePage").field("bytes", &self.html.len()).finish_non_exhaustive()
    }
}

impl LivePage {
    /// A page, compressed once for all.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    pub(crate) fn new(html: &'static str, policy: &'static str) -> Result<Self, OutOfMemory> {
        Ok(Self { html, gzip: publish::packed(html.as_bytes())?.map(Arc::new), policy })
    }
}
