//! Bodies of replies: bytes that lie ready, and are let go when they have to be.
//!
//! Our own server sends the pieces of a page with as few system calls as it can, holds the page until it is sent, and drops
//! it with the connection when it is told to ([`WholeBody`]). Servers on the `http` crate's types want [`Bytes`], and nobody
//! can make them drop a body: theirs copies a piece at a time ([`ReplyBody`]).

use std::convert::Infallible;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::outgoing::{BodyError, Outgoing};
use super::reply::Reply;
use crate::publish::Coding;

/// The body of a reply, a piece at a time. Ends with a [`BodyError`] if it has to be given up.
#[derive(Debug)]
pub struct ReplyBody {
    /// Its text, if it is one; and whom to tell when it is sent.
    reply: Reply,
    outgoing: Option<(Outgoing, Coding)>,
    next: usize,
    left: usize,
}

impl From<Reply> for ReplyBody {
    fn from(mut reply: Reply) -> Self {
        let left = if reply.is_head() { 0 } else { reply.len() as usize };
        let outgoing = reply.shared().map(|shared| (shared.send(true), shared.coding()));
        if outgoing.is_some() || reply.is_head() {
            reply.release();
        }
        Self { reply, outgoing, next: 0, left }
    }
}

impl ReplyBody {
    /// The next piece that has bytes.
    fn piece(&mut self) -> Result<Bytes, BodyError> {
        let Self { reply, outgoing, next, .. } = self;
        let Some((outgoing, coding)) = outgoing else {
            *next += 1;
            return Ok(Bytes::copy_from_slice(reply.piece(*next - 1)));
        };
        outgoing.may_go()?;
        let bytes = outgoing.with_kept(|content| {
            let count = content.piece_count(*coding);
            while *next < count && content.piece(*next, *coding).is_empty() {
                *next += 1;
            }
            *next += 1;
            Bytes::copy_from_slice(content.piece(*next - 1, *coding))
        })?;
        outgoing.note_sent(bytes.len());
        Ok(bytes)
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = self.piece();
        self.left = piece.as_ref().map_or(0, |bytes| self.left - bytes.len());
        Poll::Ready(Some(piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

/// The body of a reply in one frame.
///
/// hyper collects no more than a few frames, nor more bytes than a head may have, before it writes. One frame with all
/// pieces goes to the system 64 pieces a call, and needs no allocation.
#[derive(Debug)]
pub(super) struct WholeBody {
    pieces: Option<Pieces>,
    outgoing: Option<Arc<Outgoing>>,
}

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
        let outgoing = reply.shared().map(|shared| Arc::new(shared.send(false)));
        let mut pieces = Pieces { reply, index: 0, gone: 0, left };
        pieces.skip();
        Self { pieces: Some(pieces), outgoing }
    }
}

impl WholeBody {
    /// The page or view that it sends, if it is one.
    pub(super) fn outgoing(&self) -> Option<&Arc<Outgoing>> {
        self.outgoing.as_ref()
    }
}

impl Body for WholeBody {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        Poll::Ready(self.pieces.take_if(|pieces| pieces.left > 0).map(|pieces| Ok(Frame::data(pieces))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.as_ref().is_none_or(|pieces| pieces.left == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.pieces.as_ref().map_or(0, |pieces| pieces.left as u64))
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
    use crate::encode::Format;
    use crate::publish::{Publisher, ResetReason};
    use crate::serve::respond::{Holder, respond_to};
    use crate::serve::{RequestHead, Site, respond};
    use crate::{ManualClock, Registry, SystemClock};
    use proptest::prelude::*;
    use std::time::Duration;

    /// Answers with many pieces, with one, and with none.
    fn replies() -> Vec<Reply> {
        let section_of = |family: &str| usize::from(family.starts_with("b_"));
        let registry = Registry::builder().series(2000).sections(&["a", "b"], section_of).build().unwrap();
        for name in ["a_total", "b_total", "c_total"] {
            let family = registry.counter(name, "Calls.").labels(["number"]).register().unwrap();
            (0..600).for_each(|number| family.with([&*number.to_string()]).inc());
        }
        let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        let site = Site::new(publisher.pages());
        let whole = [("GET", "/metrics"), ("GET", "/"), ("HEAD", "/metrics")].map(|request| (request, ""));
        let parts = ["collect[]=a", "collect[]=b", "exclude[]=b"].map(|query| (("GET", "/metrics"), query));
        let requests = whole.into_iter().chain(parts);
        requests
            .map(|((method, path), query)| respond(&site, &RequestHead { query, ..RequestHead::new(method, path) }))
            .collect()
    }

    #[test]
    fn a_body_in_a_foreign_server_ends_with_an_error_when_it_is_revoked_and_lets_its_page_go_at_once() {
        let registry = Registry::builder().series(1000).build().unwrap();
        let family = registry.counter("calls_total", "Calls.").labels(["number"]).register().unwrap();
        (0..1000).for_each(|number| family.with([&*number.to_string()]).inc());
        let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        let pages = publisher.pages();
        pages.bound_in_flight(0);
        let site = Site::new(pages.clone());
        let frame = |body: &mut ReplyBody| match Pin::new(body)
            .poll_frame(&mut Context::from_waker(std::task::Waker::noop()))
        {
            Poll::Ready(Some(frame)) => frame.map(|frame| frame.into_data().unwrap()),
            _ => panic!("a frame"),
        };
        // Each has begun to be sent, and then its reader stands still.
        let mut bodies: Vec<ReplyBody> = (0..6)
            .map(|_| {
                family.with(["0"]).inc();
                publisher.tick();
                let mut body =
                    ReplyBody::from(respond_to(&site, &RequestHead::new("GET", "/metrics"), Holder::Revocable));
                assert!(!frame(&mut body).unwrap().is_empty());
                body
            })
            .collect();
        family.with(["0"]).inc();
        publisher.tick();
        let outcomes: Vec<_> = bodies.iter_mut().map(|body| frame(body).err()).collect();
        assert!(outcomes.contains(&Some(BodyError::Revoked)) && outcomes.contains(&None), "{outcomes:?}");
        // They are still there, and yet hold nothing.
        let page = pages.current().memory_bytes();
        publisher.tick();
        assert!(pages.in_flight_bytes() <= 3 * page, "{} bytes of pages of {page}", pages.in_flight_bytes());
        assert!(publisher.page_count(Format::Text) <= 5, "{}", publisher.page_count(Format::Text));
        drop(bodies);
        publisher.tick();
        assert_eq!(pages.in_flight_bytes(), 0);
    }

    #[test]
    fn on_demand_who_cannot_give_up_is_answered_though_readers_that_have_only_begun_hold_too_much() {
        let registry = Registry::builder().series(1000).build().unwrap();
        let family = registry.counter("calls_total", "Calls.").labels(["number"]).register().unwrap();
        (0..1000).for_each(|number| family.with([&*number.to_string()]).inc());
        let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
        let pages = ticker.pages();
        pages.bound_in_flight(0);
        let site = Site::new(pages.clone());
        let ask = |path, holder| respond_to(&site, &RequestHead::new("GET", path), holder);
        // Each has a page of its own. Three that are replaced are more than may be in flight, and nobody can be judged yet.
        let bodies: Vec<ReplyBody> = (0..4)
            .map(|_| {
                family.with(["0"]).inc();
                ReplyBody::from(ask("/metrics", Holder::Revocable).wait())
            })
            .collect();
        while pages.slow_readers() < 3 {
            std::thread::yield_now();
        }
        let replies = ["/metrics", "/metrics/per-object"].map(|path| ask(path, Holder::Foreign));
        // They wait until it is known who is slow.
        assert_eq!(replies.map(|reply| reply.wait().status()), [200; 2]);
        assert!(pages.reset_readers(ResetReason::OverBudget) > 0);
        drop(bodies);
    }

    #[test]
    fn a_body_in_a_foreign_server_is_the_pieces_in_order() {
        for reply in replies() {
            let expected: Vec<u8> = reply.pieces().flatten().copied().collect();
            let mut body = ReplyBody::from(reply);
            assert_eq!(body.size_hint().exact(), Some(expected.len() as u64));
            let mut sent = Vec::new();
            while let Poll::Ready(Some(frame)) =
                Pin::new(&mut body).poll_frame(&mut Context::from_waker(std::task::Waker::noop()))
            {
                sent.extend_from_slice(&frame.unwrap().into_data().unwrap());
            }
            assert!(sent == expected && body.is_end_stream());
        }
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
