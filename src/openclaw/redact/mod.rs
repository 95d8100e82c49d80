//! What may be shown of a text: the [policy] for label values, what the [host] makes itself, the secrets that are looked for, and a
//! [memo] of verdicts.

pub(super) mod host;
pub(super) mod memo;
pub mod policy;
mod secret;
mod token;
