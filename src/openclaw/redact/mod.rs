//! What may be shown of a text: the [policy] for label values, the secrets it looks for, and a [memo] of its verdicts.

pub(super) mod memo;
pub mod policy;
mod secret;
mod token;
