//! Why a page could not be fetched or read, each in a sentence that says what to do.

use std::io;

use crate::fetch::FetchError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("probe: {0}")]
    Fetch(#[from] FetchError),
    #[error("probe: the page is protobuf, which is not read here; ask for another with --format text")]
    Protobuf,
    #[error("probe: cannot read standard input: {0}")]
    Input(#[source] io::Error),
}
