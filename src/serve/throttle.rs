//! Wrong tokens, slowed down by the address that they come from.
//!
//! After a few, each further answer to a wrong token from that address is held back, twice as long as the one before. The
//! token is compared first, so a right one never waits, from whatever address; nobody can be locked out. That is also why
//! this does not hide whether a token was right: what keeps a token is its length. This keeps those who try from being the
//! server's main work, and shows them.
//!
//! The table of addresses is bounded, and so is the number of answers that are held back at a time: one more is 429 at
//! once, and ends its connection.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Wrong tokens of an address that are answered at once: somebody mistypes, or a scraper has not heard of the new token.
const FREE: u32 = 5;
/// How long the first answer after those is held back, and the longest.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(2);
/// After this time without a wrong token an address is as any other.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);
/// Addresses that are known at most.
const ADDRESSES: usize = 256;
/// Answers that are held back at a time at most: each keeps a connection, of 512.
const HELD: usize = 16;

/// Who has sent wrong tokens of late.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    addresses: Mutex<Vec<Address>>,
    held: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Address {
    from: IpAddr,
    wrong: u32,
    last: Duration,
}

/// What becomes of the answer to a wrong token.
#[derive(Debug)]
pub(super) enum Verdict {
    AtOnce,
    Held(Hold),
    /// Too many are held back.
    TooMany,
}

/// An answer that is held back; dropped when it is sent or given up.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) delay: Duration,
    held: Arc<AtomicUsize>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Relaxed: a number, which nothing is passed along with.
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Throttle {
    /// Notes a wrong token. From an address that is not known nothing is slowed.
    pub(super) fn wrong_token(&self, from: Option<IpAddr>, now: Duration) -> Verdict {
        let Some(from) = from else { return Verdict::AtOnce };
        let wrong = self.count(network(from), now);
        let Some(further) = wrong.checked_sub(FREE + 1) else { return Verdict::AtOnce };
        let delay = FIRST_DELAY.saturating_mul(1 << further.min(16)).min(LONGEST_DELAY);
        if self.held.fetch_add(1, Ordering::Relaxed) >= HELD {
            self.held.fetch_sub(1, Ordering::Relaxed);
            return Verdict::TooMany;
        }
        Verdict::Held(Hold { delay, held: self.held.clone() })
    }

    /// How many wrong tokens this address has sent, with this one.
    fn count(&self, from: IpAddr, now: Duration) -> u32 {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |last: Duration| now.saturating_sub(last) >= FORGOTTEN_AFTER;
        let place = match addresses.iter().position(|address| address.from == from) {
            Some(place) => place,
            None if addresses.len() < ADDRESSES => {
                addresses.push(Address { from, wrong: 0, last: now });
                addresses.len() - 1
            }
            // Who takes the place of another takes its count too: many addresses are no way around this.
            None => {
                let oldest = addresses.iter().enumerate().min_by_key(|(_, address)| address.last);
                let place = oldest.map_or(0, |(place, _)| place);
                addresses[place].from = from;
                place
            }
        };
        let address = &mut addresses[place];
        if is_over(address.last) {
            address.wrong = 0;
        }
        address.last = now;
        address.wrong = address.wrong.saturating_add(1);
        address.wrong
    }
}

/// Of an IPv6 address the network, whose other addresses its owner has too.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn delay(verdict: &Verdict) -> Option<Duration> {
        match verdict {
            Verdict::AtOnce => Some(Duration::ZERO),
            Verdict::Held(hold) => Some(hold.delay),
            Verdict::TooMany => None,
        }
    }

    /// The delay of one more wrong token, sent and forgotten.
    fn next(throttle: &Throttle, from: &str, now: Duration) -> Option<Duration> {
        delay(&throttle.wrong_token(Some(from.parse().unwrap()), now))
    }

    #[test]
    fn each_further_wrong_token_waits_twice_as_long_until_its_address_is_forgotten() {
        let throttle = Throttle::default();
        let delays: Vec<_> = (0..11).map(|_| next(&throttle, "10.0.0.7", SECOND).unwrap().as_millis()).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 2000]);
        for _ in 0..100 {
            assert_eq!(next(&throttle, "10.0.0.7", SECOND), Some(LONGEST_DELAY));
        }
        assert_eq!(next(&throttle, "10.0.0.8", SECOND), Some(Duration::ZERO), "another address is another");
        assert_eq!(next(&throttle, "::ffff:10.0.0.7", SECOND * 60), Some(LONGEST_DELAY), "the same, in IPv6");
        assert_eq!(next(&throttle, "10.0.0.7", SECOND * 120), Some(Duration::ZERO), "forgotten after a minute");
        for last in 1..=5 {
            assert_eq!(next(&throttle, &format!("2001:db8::{last}"), SECOND), Some(Duration::ZERO));
        }
        assert_eq!(next(&throttle, "2001:db8::ffff", SECOND), Some(FIRST_DELAY), "one network is one");
        assert_eq!(next(&throttle, "2001:db8:0:1::1", SECOND), Some(Duration::ZERO));
        assert_eq!(delay(&throttle.wrong_token(None, SECOND)), Some(Duration::ZERO));
    }

    #[test]
    fn the_table_is_bounded_and_many_addresses_are_no_way_around_it() {
        let throttle = Throttle::default();
        let address = |number: u32| IpAddr::from((0x0a00_0000 + number).to_be_bytes());
        let mut waits = Duration::ZERO;
        for number in 0..100_000 {
            waits += delay(&throttle.wrong_token(Some(address(number)), SECOND)).unwrap();
        }
        assert_eq!(throttle.addresses.lock().unwrap().len(), ADDRESSES);
        assert!(waits > SECOND * 100_000, "{waits:?}");
    }

    #[test]
    fn a_few_answers_are_held_back_at_a_time_and_no_more() {
        let throttle = Throttle::default();
        let from = Some([10, 0, 0, 7].into());
        (0..FREE).for_each(|_| drop(throttle.wrong_token(from, SECOND)));
        let mut held: Vec<Verdict> = (0..HELD).map(|_| throttle.wrong_token(from, SECOND)).collect();
        assert!(held.iter().all(|verdict| matches!(verdict, Verdict::Held(_))));
        assert!(matches!(throttle.wrong_token(from, SECOND), Verdict::TooMany));
        held.pop();
        assert!(matches!(throttle.wrong_token(from, SECOND), Verdict::Held(_)));
        drop(held);
        assert_eq!(throttle.held.load(Ordering::Relaxed), 0);
    }
}
