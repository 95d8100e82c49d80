//! Answers for the Gateway's own routes: what lies ready at once, what has to be made when it is asked for again.
//!
//! The event loop never waits. A page in a format that nobody took of late, or a view, is made by the render thread;
//! until then JavaScript holds a number and asks again in a moment.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use openclaw_prometheus::serve::Reply;

/// Answers that are waited for at most, in a thread; the oldest goes for one more.
const MAX_WAITING: usize = 64;

type PendingReply = Pin<Box<dyn Future<Output = Reply>>>;

thread_local!(static WAITING: RefCell<(u32, VecDeque<(u32, PendingReply)>)> = const { RefCell::new((0, VecDeque::new())) });

/// The answer if it lies ready, or the number to ask again with.
pub(crate) fn now_or_later(reply: Reply) -> Result<Reply, u32> {
    if reply.is_ready() {
        return Ok(reply);
    }
    let mut pending: PendingReply = Box::pin(reply.ready());
    match poll(&mut pending) {
        Some(reply) => Ok(reply),
        None => Err(WAITING.with_borrow_mut(|(next, waiting)| {
            *next = next.wrapping_add(1);
            if waiting.len() == MAX_WAITING {
                waiting.pop_front();
            }
            waiting.push_back((*next, pending));
            *next
        })),
    }
}

/// The answer of this number: none if there is none any more, or the number again if it is still pending.
pub(crate) fn later(number: u32) -> Option<Result<Reply, u32>> {
    WAITING.with_borrow_mut(|(_, waiting)| {
        let place = waiting.iter().position(|(known, _)| *known == number)?;
        match poll(&mut waiting.get_mut(place)?.1) {
            Some(reply) => {
                waiting.remove(place);
                Some(Ok(reply))
            }
            None => Some(Err(number)),
        }
    })
}

fn poll(pending: &mut PendingReply) -> Option<Reply> {
    match pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(reply) => Some(reply),
        Poll::Pending => None,
    }
}
