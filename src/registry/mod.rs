//! The registry: what may be recorded, how much of it, and how it is read.
//!
//! Capacities are fixed when a registry is built. Families are declared once, with a name, a help text and a kind, and their
//! handles record without the registry. Reading is one [`Reader`]'s business and disturbs no recording thread.
//!
//! Any number of registries may live in one process; none is global. For a `static` see [`Registry`].

mod capacity;
pub(crate) mod created;
mod declare;
mod declared;
mod error;
pub(crate) mod family;
mod kind;
mod memory;
mod names;
pub(crate) mod origin;
mod rejections;
pub(crate) mod rows;
mod sections;
mod shared;
mod snapshot;

pub use capacity::{BuildError, RegistryBuilder};
pub use declare::{ClosedFamilyBuilder, FamilyBuilder, LabelledFamilyBuilder, SnapshotFamilyBuilder};
pub use error::RegisterError;
pub use family::{FamilyId, FamilyInfo};
pub use kind::MetricKind;
pub use memory::Memory;
pub use sections::{SectionSet, Sections};
pub use shared::Registry;
pub use snapshot::SnapshotFamily;
