//! What is on its way to clients, and who has to give up when too much of it is.
//!
//! A client that reads slowly holds the page that it was given. The newest page and the one that is written next are
//! nobody's burden; what is held beside them is bounded in bytes. Over the bound the deliveries with the least progress
//! are revoked, until what is left fits: whoever reads at a decent pace is never among them while a slower one is there,
//! and a page that nobody has replaced yet is never taken away.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Waker;
use std::time::Duration;

use super::content::{Content, ItemId};

/// Bytes of replaced pages and views that answers on their way may hold unless it is said otherwise.
pub(crate) const IN_FLIGHT_BYTES: usize = 24 << 20;
/// Over how long the progress of a delivery is seen.
const WINDOW: Duration = Duration::from_secs(4);
/// How long a delivery is on its way before its progress can be judged.
const YOUNG: Duration = Duration::from_secs(1);

/// Why a reader was reset in the middle of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResetReason {
    /// Too much was in flight, and others got on better.
    OverBudget,
    /// It took nothing at all for a while.
    Stalled,
    /// It was not done in the time that an answer has.
    TooSlow,
    /// The first byte could not be sent before what it asked for was too old.
    TooOld,
}

impl ResetReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::OverBudget, Self::Stalled, Self::TooSlow, Self::TooOld];

    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OverBudget => "over_budget",
            Self::Stalled => "stalled",
            Self::TooSlow => "too_slow",
            Self::TooOld => "too_old",
        }
    }
}

/// The deliveries of all servers of a publisher.
#[derive(Debug)]
pub(crate) struct Deliveries {
    list: Mutex<List>,
    /// Those that are not in the list yet. Who begins one is about to send and waits for nobody who goes through the list, as
    /// that may be a thread without a core.
    begun: Mutex<Vec<Entry>>,
    bound: AtomicUsize,
    /// Bytes of replaced pages and views that are held, as of the last call of [`relieve`](Self::relieve).
    held: AtomicUsize,
    /// The bound at that time: never less than two pages.
    bound_then: AtomicUsize,
    /// Bytes of answers that a host holds copies of.
    outside: AtomicUsize,
    /// Whether those that can never be revoked are over the bound.
    is_full: AtomicBool,
    /// Whether all are that have not been revoked.
    is_crowded: AtomicBool,
    /// Deliveries of what is replaced.
    slow: AtomicUsize,
    /// By reason.
    resets: [AtomicU64; ResetReason::ALL.len()],
}

/// Who is on the way, and what of that is replaced.
#[derive(Debug, Default)]
struct List {
    entries: Vec<Entry>,
    /// Replaced pages that are held, as of the last render.
    pages: Vec<HeldItem>,
    /// Bytes of the largest newest page then.
    newest: usize,
    /// Whether those stay whose progress cannot be judged yet.
    spares_young: bool,
}

/// A delivery in the list, and how it gets on.
#[derive(Debug)]
struct Entry {
    delivery: Arc<DeliveryState>,
    /// Where its progress was last seen: when, and how many bytes were sent.
    mark: (Duration, u64),
    /// Bytes a second over the last window; none while it is young.
    rate: Option<u64>,
}

#[derive(Debug)]
struct DeliveryState {
    /// What is delivered.
    item: ItemId,
    began_at: Duration,
    sent: AtomicU64,
    is_revoked: AtomicBool,
    /// Whether it has ended, and is to be taken off the list.
    is_over: AtomicBool,
    /// Told when it is revoked.
    waker: Mutex<Option<Waker>>,
    /// What goes at once when it is revoked, wherever its reader is.
    kept: Mutex<Option<Content>>,
}

/// A page or view that is replaced and that somebody holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldItem {
    pub(super) id: ItemId,
    pub(super) bytes: usize,
}

/// One delivery, until this is dropped.
#[derive(Debug)]
pub(crate) struct Delivery {
    state: Arc<DeliveryState>,
    deliveries: Arc<Deliveries>,
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // Now, as the list may know it for a while yet.
        drop(self.state.kept().take());
        drop(self.state.waker().take());
        self.state.is_over.store(true, Ordering::Relaxed);
        self.deliveries.lock_begun().retain(|entry| !entry.is_over());
        match self.deliveries.list.try_lock() {
            Ok(mut list) => list.entries.retain(|entry| !entry.is_over()),
            // Somebody goes through it: then it is taken off by the next who does.
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Poisoned(list)) => list.into_inner().entries.retain(|entry| !entry.is_over()),
        }
    }
}

impl Delivery {
    /// So many bytes more were taken by the system.
    pub(crate) fn note_sent(&self, bytes: usize) {
        self.state.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Whether it has to be given up, and what it delivers let go.
    pub(crate) fn is_revoked(&self) -> bool {
        // ORDERING: Acquire, with the Release in `Entry::revoke`.
        self.state.is_revoked.load(Ordering::Acquire)
    }

    /// What `use_it` makes of what is kept; none once the delivery is revoked.
    pub(crate) fn with_kept<R>(&self, use_it: impl FnOnce(&Content) -> R) -> Option<R> {
        self.state.kept().as_ref().map(use_it)
    }

    /// Has `waker` woken when it is revoked.
    pub(crate) fn wake_with(&self, waker: &Waker) {
        let mut known = self.state.waker();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }
}

impl DeliveryState {
    fn kept(&self) -> MutexGuard<'_, Option<Content>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            list: Mutex::default(),
            begun: Mutex::default(),
            bound: AtomicUsize::new(IN_FLIGHT_BYTES),
            held: AtomicUsize::new(0),
            bound_then: AtomicUsize::new(IN_FLIGHT_BYTES),
            outside: AtomicUsize::new(0),
            is_full: AtomicBool::new(false),
            is_crowded: AtomicBool::new(false),
            slow: AtomicUsize::new(0),
            resets: Default::default(),
        }
    }
}

impl Deliveries {
    /// Notes that `item` is on its way to a client from `now` on. What is `kept` goes at once when the delivery is revoked.
    pub(crate) fn begin(self: &Arc<Self>, item: ItemId, kept: Option<Content>, now: Duration) -> Delivery {
        let state = Arc::new(DeliveryState {
            item,
            began_at: now,
            sent: AtomicU64::new(0),
            is_revoked: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            waker: Mutex::default(),
            kept: Mutex::new(kept),
        });
        self.lock_begun().push(Entry { delivery: state.clone(), mark: (now, 0), rate: None });
        Delivery { state, deliveries: self.clone() }
    }

    pub(crate) fn set_bound(&self, bytes: usize) {
        self.bound.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn bound(&self) -> usize {
        self.bound.load(Ordering::Relaxed)
    }

    /// Bytes of what is replaced and held, at the last render.
    pub(crate) fn in_flight(&self) -> usize {
        self.held.load(Ordering::Relaxed) + self.outside.load(Ordering::Relaxed)
    }

    /// Notes how much a host holds in copies of its own, and how many of its readers it has reset since the last call; what it
    /// may hold.
    pub(crate) fn hold_outside(&self, bytes: usize, resets: u64) -> usize {
        self.outside.store(bytes, Ordering::Relaxed);
        self.resets[ResetReason::OverBudget as usize].fetch_add(resets, Ordering::Relaxed);
        self.bound_then.load(Ordering::Relaxed).saturating_sub(self.held.load(Ordering::Relaxed))
    }

    /// Whether too much is held by those who cannot be made to give it up: whoever cannot either is to get nothing more.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Whether too much is held by those, and by young ones that are spared: what is made next is to wait a moment.
    pub(super) fn is_crowded(&self) -> bool {
        self.is_crowded.load(Ordering::Relaxed)
    }

    /// Deliveries, at the last render, of what was replaced by then.
    pub(crate) fn slow(&self) -> usize {
        self.slow.load(Ordering::Relaxed)
    }

    /// A reader was reset.
    pub(crate) fn note_reset(&self, reason: ResetReason) {
        self.resets[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Readers that were reset so far.
    pub(crate) fn resets(&self, reason: ResetReason) -> u64 {
        self.resets[reason as usize].load(Ordering::Relaxed)
    }

    /// After a render: sees how deliveries get on, and revokes those with the least progress until the replaced `pages` and
    /// `views` that are held fit the bound, which is never less than two of the `newest` page (in bytes). What is let go is
    /// free a moment later.
    ///
    /// With `spares_young` those stay that began so lately that nobody can say how they get on: then
    /// [`is_crowded`](Self::is_crowded) tells that there is too much in flight all the same.
    pub(super) fn relieve(
        &self,
        pages: Vec<HeldItem>,
        views: &[HeldItem],
        newest: usize,
        spares_young: bool,
        now: Duration,
    ) {
        let mut list = self.lock();
        list.spares_young = spares_young;
        (list.pages, list.newest) = (pages, newest);
        list.entries.iter_mut().for_each(|entry| entry.note_progress(now));
        self.relieve_list(list, views);
    }

    /// The same between renders, when a view was made.
    pub(super) fn relieve_views(&self, views: &[HeldItem]) {
        self.relieve_list(self.lock(), views);
    }

    fn relieve_list(&self, mut list: MutexGuard<'_, List>, views: &[HeldItem]) {
        let List { entries, pages, newest, spares_young } = &mut *list;
        let bound = self.bound().max(2 * *newest);
        let held = || pages.iter().chain(views);
        let mut left: usize = held().map(|item| item.bytes).sum();
        self.held.store(left, Ordering::Relaxed);
        self.bound_then.store(bound, Ordering::Relaxed);
        let outside = self.outside.load(Ordering::Relaxed);
        left += outside;
        let readers = |id, is_revoked| {
            entries.iter().filter(|entry| entry.delivery.item == id && entry.is_revoked() == is_revoked).count()
        };
        let mut slow = 0;
        let mut items: Vec<(HeldItem, usize)> = Vec::new();
        for item in held() {
            let count = readers(item.id, false);
            slow += count;
            if count > 0 {
                items.push((*item, count));
            } else if readers(item.id, true) > 0 {
                // What is held by revoked deliveries alone is as good as free.
                left -= item.bytes;
            }
        }
        self.slow.store(slow, Ordering::Relaxed);
        let mut woken = Vec::new();
        if left > bound {
            // Those without a rate are young, and last.
            entries.sort_by_key(|entry| (entry.rate.is_none(), entry.rate, entry.delivery.began_at));
            let may_go = |entry: &&Entry| !entry.is_revoked() && (entry.rate.is_some() || !*spares_young);
            for entry in entries.iter().filter(may_go) {
                let of_entry = items.iter_mut().find(|(item, _)| item.id == entry.delivery.item);
                let Some((item, count)) = of_entry else { continue };
                woken.extend(entry.revoke());
                self.note_reset(ResetReason::OverBudget);
                *count -= 1;
                if *count == 0 {
                    left -= item.bytes;
                }
                if left <= bound {
                    break;
                }
            }
        }
        // The host has its own readers give up.
        left -= outside;
        self.is_crowded.store(left > bound, Ordering::Relaxed);
        // Over the bound nobody is left that may go, so that whoever is left will when it is not young any more.
        let young: usize = items.iter().filter(|(_, count)| *count > 0).map(|(item, _)| item.bytes).sum();
        self.is_full.store(left > bound.saturating_add(young), Ordering::Relaxed);
        drop(list);
        woken.into_iter().for_each(Waker::wake);
    }

    /// The list of all that are on the way.
    fn lock(&self) -> MutexGuard<'_, List> {
        // Each entry is whole by itself.
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.entries.append(&mut self.lock_begun());
        list.entries.retain(|entry| !entry.is_over());
        list
    }

    /// Held for a push, a move or a look at a few.
    fn lock_begun(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_revoked(&self) -> bool {
        self.delivery.is_revoked.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        // Relaxed: what ends later is taken off later.
        self.delivery.is_over.load(Ordering::Relaxed)
    }

    /// Who is to be woken for it.
    fn revoke(&self) -> Option<Waker> {
        // ORDERING: Release, with the Acquire in `Delivery::is_revoked`: nothing else is passed along.
        self.delivery.is_revoked.store(true, Ordering::Release);
        drop(self.delivery.kept().take());
        self.delivery.waker().take()
    }

    fn note_progress(&mut self, now: Duration) {
        let (marked_at, sent_then) = self.mark;
        let time = now.saturating_sub(marked_at);
        let is_first = marked_at == self.delivery.began_at;
        if time < if is_first { YOUNG } else { WINDOW } {
            return;
        }
        let sent = self.delivery.sent.load(Ordering::Relaxed);
        self.rate = Some((sent.saturating_sub(sent_then) as f64 / time.as_secs_f64()) as u64);
        self.mark = (now, sent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Three items of 10 bytes.
    fn items() -> [Arc<u8>; 3] {
        [1, 2, 3].map(Arc::new)
    }

    fn held(items: &[Arc<u8>]) -> Vec<HeldItem> {
        items.iter().map(|item| HeldItem { id: ItemId::of(item), bytes: 10 }).collect()
    }

    fn deliveries(bound: usize) -> Arc<Deliveries> {
        let deliveries = Arc::new(Deliveries::default());
        deliveries.set_bound(bound);
        deliveries
    }

    #[test]
    fn the_one_with_least_progress_gives_up_first_and_no_more_than_needed() {
        let (all, items) = (deliveries(20), items());
        let [slow, slower, fast] = [0, 1, 2].map(|index| all.begin(ItemId::of(&items[index]), None, SECOND));
        [(&slow, 50), (&slower, 40), (&fast, 60)].into_iter().for_each(|(delivery, bytes)| delivery.note_sent(bytes));
        all.relieve(held(&items), &[], 1, false, SECOND * 3);
        assert_eq!([&slow, &slower, &fast].map(Delivery::is_revoked), [false, true, false]);
        assert_eq!(
            (all.in_flight(), all.slow(), all.resets(ResetReason::OverBudget), all.is_full()),
            (30, 3, 1, false)
        );
        // It has not gone yet; nobody else has to for that.
        all.relieve(held(&items), &[], 1, false, SECOND * 4);
        assert_eq!(all.resets(ResetReason::OverBudget), 1);
    }

    #[test]
    fn progress_is_that_of_the_last_seconds() {
        let (all, items) = (deliveries(10), items());
        let [once, now] = [0, 1].map(|index| all.begin(ItemId::of(&items[index]), None, SECOND));
        once.note_sent(1000);
        all.relieve(Vec::new(), &[], 1, false, SECOND * 3);
        now.note_sent(100);
        all.relieve(held(&items[..2]), &[], 1, false, SECOND * 8);
        assert_eq!([&once, &now].map(Delivery::is_revoked), [true, false]);
    }

    #[test]
    fn all_who_hold_a_page_have_to_let_it_go_and_young_ones_are_last() {
        let (all, items) = (deliveries(10), items());
        let readers = [0, 0, 1].map(|index| all.begin(ItemId::of(&items[index]), None, SECOND));
        let young = all.begin(ItemId::of(&items[2]), None, SECOND * 4);
        readers[2].note_sent(100);
        all.relieve(held(&items), &[], 1, false, SECOND * 4 + SECOND / 2);
        assert_eq!(readers.each_ref().map(Delivery::is_revoked), [true; 3]);
        assert!(!young.is_revoked());
    }

    #[test]
    fn young_ones_may_be_spared_until_they_can_be_judged() {
        let (all, items) = (deliveries(10), items());
        let reader = all.begin(ItemId::of(&items[0]), None, SECOND);
        all.relieve(held(&items[..2]), &[], 1, true, SECOND + SECOND / 2);
        // What nobody knows of fits by itself.
        assert!(!reader.is_revoked() && all.is_crowded() && !all.is_full());
        all.relieve(held(&items), &[], 1, true, SECOND + SECOND / 2);
        assert!(!reader.is_revoked() && all.is_crowded() && all.is_full());
        all.relieve(held(&items[..2]), &[], 1, true, SECOND * 2);
        assert!(reader.is_revoked() && !all.is_crowded() && !all.is_full());
    }

    #[test]
    fn the_bound_is_never_less_than_two_pages() {
        let (all, items) = (deliveries(5), items());
        let reader = all.begin(ItemId::of(&items[0]), None, SECOND);
        all.relieve(held(&items[..2]), &[], 10, false, SECOND * 9);
        assert!(!reader.is_revoked());
        all.relieve(held(&items), &[], 10, false, SECOND * 9);
        assert!(reader.is_revoked());
    }

    #[test]
    fn what_nobody_can_be_made_to_give_up_is_told() {
        let (all, items) = (deliveries(10), items());
        all.relieve(held(&items), &[], 1, false, SECOND);
        assert!(all.is_full() && all.is_crowded());
        all.relieve(held(&items[..1]), &[], 1, false, SECOND);
        assert!(!all.is_full());
    }

    #[test]
    fn what_a_host_holds_in_copies_counts_and_it_is_told_what_is_left() {
        let (all, items) = (deliveries(30), items());
        let reader = all.begin(ItemId::of(&items[0]), None, SECOND);
        all.relieve(held(&items[..1]), &[], 1, false, SECOND * 9);
        assert_eq!((all.hold_outside(20, 2), all.in_flight(), all.resets(ResetReason::OverBudget)), (20, 30, 2));
        all.relieve(held(&items[..1]), &[], 1, false, SECOND * 10);
        assert!(!reader.is_revoked());
        all.hold_outside(21, 0);
        all.relieve(held(&items[..1]), &[], 1, false, SECOND * 11);
        assert!(reader.is_revoked());
        all.hold_outside(100, 0);
        all.relieve(held(&items[..1]), &[], 1, false, SECOND * 12);
        assert!(!all.is_full(), "that is the host's business");
    }

    #[test]
    fn a_delivery_that_ends_is_forgotten_and_one_that_is_revoked_is_woken() {
        struct Flag(AtomicBool);
        impl std::task::Wake for Flag {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let (all, items) = (deliveries(0), items());
        let delivery = all.begin(ItemId::of(&items[0]), None, SECOND);
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        delivery.wake_with(&flag.clone().into());
        all.relieve(held(&items[..1]), &[], 0, false, SECOND * 2);
        assert!(flag.0.load(Ordering::Relaxed));
        drop(delivery);
        assert!(all.lock().entries.is_empty());
    }
}
