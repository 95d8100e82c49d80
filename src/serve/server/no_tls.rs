//! What stands for TLS where it is not compiled in: a session that nobody can have.

use std::io::{self, IoSlice};
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;
use tokio::sync::Notify;

use super::state::Connection;
use super::stream::Stream;

/// Whose turn it is to shake hands: nobody's.
#[derive(Debug)]
pub(super) struct Turns;

impl Turns {
    pub(super) fn new(_: Rc<Notify>) -> Self {
        Self
    }

    pub(super) fn are_many(&self) -> bool {
        false
    }
}

/// A session, of which there is none.
pub(super) enum Session {}

impl Session {
    pub(super) fn poll_read(&mut self, _: &Stream, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    pub(super) fn poll_write(
        &mut self,
        _: &Stream,
        _: &Connection,
        _: &mut Context<'_>,
        _: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match *self {}
    }

    pub(super) fn poll_flush(&mut self, _: &Stream, _: &Connection, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    pub(super) fn say_end(&mut self, _: &Stream) {
        match *self {}
    }
}
