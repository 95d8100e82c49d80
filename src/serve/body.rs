//! Bodies of replies: bytes that lie ready. Nothing is copied, a page is held until it is sent.
//!
//! Our own server sends the pieces of a page with as few system calls as it can ([`WholeBody`]). Servers on the `http`
//! crate's types mostly want [`Bytes`], which hold one piece at a time ([`ReplyBody`]).

use std::convert::Infallible;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::reply::Reply;

/// The body of a reply, a piece at a time.
#[derive(Debug)]
pub struct ReplyBody {
    reply: Arc<Reply>,
    next: usize,
}

/// One piece of a reply.
struct Piece {
    reply: Arc<Reply>,
    index: usize,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        self.reply.piece(self.index)
    }
}

impl From<Reply> for ReplyBody {
    fn from(reply: Reply) -> Self {
        Self { reply: Arc::new(reply), next: 0 }
    }
}

impl ReplyBody {
    fn next_piece(&self) -> Option<usize> {
        (self.next..self.reply.piece_count()).find(|index| !self.reply.piece(*index).is_empty())
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(index) = self.next_piece() else { return Poll::Ready(None) };
        self.next = index + 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(Piece { reply: self.reply.clone(), index })))))
    }

    fn is_end_stream(&self) -> bool {
        self.next_piece().is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = (self.next..self.reply.piece_count()).map(|index| self.reply.piece(index).len() as u64).sum();
        SizeHint::with_exact(rest)
    }
}

/// The body of a reply in one frame.
///
/// hyper collects no more than a few frames, nor more bytes than a head may have, before it writes. One frame with all
/// pieces goes to the system 64 pieces a call, and needs no allocation.
#[derive(Debug)]
pub(super) struct WholeBody(Option<Pieces>);

/// The pieces of a reply that are still to be sent.
#[derive(Debug)]
pub(super) struct Pieces {
    reply: Reply,
    /// INVARIANT: unless nothing is left, the first piece that is left, and how much of it is gone: never all.
    index: usize,
    gone: usize,
    left: usize,
}

impl From<Reply> for WholeBody {
    fn from(reply: Reply) -> Self {
        let left = if reply.is_head() { 0 } else { reply.len() as usize };
        let mut pieces = Pieces { reply, index: 0, gone: 0, left };
        pieces.skip();
        Self(Some(pieces))
    }
}

impl Body for WholeBody {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        Poll::Ready(self.0.take_if(|pieces| pieces.left > 0).map(|pieces| Ok(Frame::data(pieces))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|pieces| pieces.left == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |pieces| pieces.left as u64))
    }
}

impl Pieces {
    /// Goes on to the piece that the next byte is in.
    fn skip(&mut self) {
        while self.left > 0 && self.gone >= self.reply.piece(self.index).len() {
            self.gone -= self.reply.piece(self.index).len();
            self.index += 1;
        }
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.left
    }

    fn chunk(&self) -> &[u8] {
        self.reply.piece(self.index).get(self.gone..).unwrap_or(&[])
    }

    fn chunks_vectored<'a>(&'a self, target: &mut [IoSlice<'a>]) -> usize {
        let behind = (self.index + 1..self.reply.piece_count()).map(|index| self.reply.piece(index));
        let pieces = std::iter::once(self.chunk()).chain(behind).filter(|piece| !piece.is_empty());
        let places = target.iter_mut().zip(pieces);
        places.map(|(place, piece)| *place = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.gone += count;
        self.skip();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Publisher;
    use crate::serve::{RequestHead, Site, respond};
    use crate::{ManualClock, Registry};
    use proptest::prelude::*;
    use std::time::Duration;

    /// Answers with many pieces, with one, and with none.
    fn replies() -> Vec<Reply> {
        let registry = Registry::builder().series(1000).build().unwrap();
        let family = registry.counter("calls_total", "Calls.").labels(["number"]).register().unwrap();
        (0..1000).for_each(|number| family.with([&*number.to_string()]).inc());
        let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        let site = Site::new(publisher.pages());
        let requests = [("GET", "/metrics"), ("GET", "/"), ("HEAD", "/metrics")];
        requests.map(|(method, path)| respond(&site, &RequestHead::new(method, path))).into()
    }

    fn frame(body: &mut WholeBody) -> Option<Pieces> {
        match Pin::new(body).poll_frame(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(frame) => frame.map(|frame| frame.unwrap().into_data().unwrap()),
            Poll::Pending => unreachable!(),
        }
    }

    proptest! {
        #[test]
        fn a_body_sent_in_parts_of_any_size_is_the_pieces_in_order(
            steps in proptest::collection::vec((1usize..20_000, 1usize..5), 1..20),
        ) {
            for reply in replies() {
                let expected: Vec<u8> = reply.pieces().flatten().copied().collect();
                let mut body = WholeBody::from(reply);
                prop_assert_eq!(body.size_hint().exact(), Some(expected.len() as u64));
                prop_assert_eq!(body.is_end_stream(), expected.is_empty());
                let mut sent = Vec::new();
                if let Some(mut pieces) = frame(&mut body) {
                    for (bytes, places) in steps.iter().cycle() {
                        let mut target = vec![IoSlice::new(&[]); *places];
                        let used = pieces.chunks_vectored(&mut target);
                        let offered: Vec<u8> = target[..used].iter().flat_map(|slice| slice.iter()).copied().collect();
                        prop_assert!(offered.starts_with(pieces.chunk()));
                        let part = offered.len().min(*bytes);
                        sent.extend_from_slice(&offered[..part]);
                        pieces.advance(part);
                        prop_assert_eq!(pieces.remaining(), expected.len() - sent.len());
                        if !pieces.has_remaining() {
                            break;
                        }
                        prop_assert!(part > 0 && !pieces.chunk().is_empty());
                    }
                }
                prop_assert_eq!(sent, expected);
                prop_assert!(frame(&mut body).is_none() && body.is_end_stream());
            }
        }
    }
}
