//! Which state of a file something was read from.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file that was changed less than this ago may change again without another time stamp.
pub(crate) const RACY: Duration = Duration::from_secs(2);

/// What tells one state of a file from another. The time is the one that nobody can set back.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    pub(crate) changed_s: i64,
    pub(crate) changed_ns: i64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let (changed_s, changed_ns) = (metadata.ctime(), metadata.ctime_nsec());
        Self { device: metadata.dev(), inode: metadata.ino(), bytes: metadata.len(), changed_s, changed_ns }
    }

    /// Whether a change after `now` will show.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let changed = Duration::new(self.changed_s.try_into().unwrap_or(0), self.changed_ns.try_into().unwrap_or(0));
        now.duration_since(UNIX_EPOCH).is_ok_and(|now| now.checked_sub(changed).is_some_and(|age| age > RACY))
    }
}
