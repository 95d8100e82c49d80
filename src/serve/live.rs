//! The live page as a file: one document for browsers that loads nothing but its data.

use std::fmt;
use std::sync::Arc;

use crate::publish;

/// A page for browsers, and what it may do.
#[derive(Clone)]
pub(crate) struct LivePage {
    pub(super) html: Arc<[u8]>,
    /// None without the feature `gzip`.
    pub(super) gzip: Option<Arc<[u8]>>,
    /// Its Content-Security-Policy.
    pub(super) policy: &'static str,
}

impl fmt::Debug for LivePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePage").field("bytes", &self.html.len()).finish_non_exhaustive()
    }
}

impl LivePage {
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    /// A page, compressed once for all.
    pub(crate) fn new(html: &str, policy: &'static str) -> Self {
        Self { html: html.as_bytes().into(), gzip: publish::packed(html.as_bytes()).map(Arc::from), policy }
    }
}
