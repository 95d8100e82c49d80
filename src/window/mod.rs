//! Ratios and quantiles of the last minutes: a window of time that slides.
//!
//! Whoever records adds 1 to one of a few thousand cells ([`cells`]), each a step of a log-linear scale ([`scale`]). The
//! render thread takes what was added since it last looked, so that nothing is lost, and puts it into the slot of that time, an
//! hdrhistogram; slots stand in a ring ([`ring`]), and the oldest goes when its time is over. There is no sample and no decay:
//! a quantile is that of all observations of the window, within [`scale::PRECISION`].
//!
//! Windows are kept for a few *levels* and, where a level is split, for the first few *targets* of it, a label value each;
//! those that come later are summed up as the level's others. So the memory is bounded when the windows are made.

mod cells;
mod ring;
mod scale;

pub(crate) use ring::{Stats, Target, Windows};
