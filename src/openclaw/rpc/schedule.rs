//! When each method is asked: by its cadence, by what it costs the Gateway, and by how it went.
//!
//! A pure function of what it was told and the time that it is given.
//!
//! - A method is asked again after its cadence, which `snapshotIntervalMs` scales, and not before 1,000 times what it last
//!   cost the Gateway's main thread: then all methods together take 0.1 % each at most. Ten cadences are enough in any case.
//! - One whose answer says that the Gateway is still counting is asked again after 5 s, or what it costs.
//! - One that fails is asked again after one cadence, then two, four, eight, ten: its circuit is open, and still tried.
//! - One at a time, [`GAP`] apart, so that never two are in one turn of the event loop; none while the loop is late.

use std::time::Duration;

use super::method::Method;

/// The time between the end of a call and the next one.
const GAP: Duration = Duration::from_millis(50);
/// A delay of the event loop from which on it is left alone.
const LATE: Duration = Duration::from_millis(50);
/// The cadences hold for this interval.
pub(super) const USUAL_INTERVAL: Duration = Duration::from_secs(60);
/// No method is asked more often.
const SHORTEST: Duration = Duration::from_secs(5);
/// How many times its cost a method has to wait.
const COST_FACTOR: u32 = 1_000;
/// How many cadences a method waits at most.
const MOST_CADENCES: u32 = 10;

/// Whether an event loop with this delay is left alone.
pub(super) fn is_late(loop_delay: Duration) -> bool {
    loop_delay >= LATE
}

/// What is asked next, and when.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    methods: [Planned; Method::ALL.len()],
    /// What is not asked at all, by the place of the method.
    left_out: [bool; Method::ALL.len()],
    open: Option<OpenCall>,
    /// When the next call may begin.
    free_at: Duration,
}

/// A call that is not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OpenCall {
    method: Method,
    asked_at: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
struct Planned {
    due_at: Duration,
    /// Failures since it last succeeded.
    failures: u32,
    /// Until when what it last answered may be shown; none if there is nothing.
    shown_until: Option<Duration>,
}

impl Schedule {
    /// All methods due at `now`, for a `snapshotIntervalMs` of `interval`.
    pub(super) fn new(interval: Duration, now: Duration) -> Self {
        let planned = Planned { due_at: now, ..Planned::default() };
        let (methods, left_out) = ([planned; Method::ALL.len()], [false; Method::ALL.len()]);
        Self { interval, methods, left_out, open: None, free_at: now }
    }

    /// One with nothing to ask.
    pub(super) fn idle() -> Self {
        Self::new(USUAL_INTERVAL, Duration::MAX)
    }

    /// The same as at the beginning, for an `interval`, with what is left out.
    pub(super) fn again(&self, interval: Duration, now: Duration) -> Self {
        Self { left_out: self.left_out, ..Self::new(interval, now) }
    }

    /// Asks neither now nor later for what is left out, and gives up its open call; whether that is new. What was left out and is
    /// no more is due as if nobody had said so.
    pub(super) fn leave_out(&mut self, method: Method, is_left_out: bool) -> bool {
        if is_left_out {
            self.open.take_if(|open| open.method == method);
        }
        std::mem::replace(&mut self.left_out[method as usize], is_left_out) != is_left_out
    }

    fn is_asked(&self, method: Method) -> bool {
        !self.left_out[method as usize]
    }

    /// The time between two questions.
    pub(super) fn cadence(&self, method: Method) -> Duration {
        method.cadence().mul_f64(self.interval.as_secs_f64() / USUAL_INTERVAL.as_secs_f64()).max(SHORTEST)
    }

    /// The method to ask now, if one is due. It counts as asked until it has [`succeeded`](Self::succeeded) or
    /// [`failed`](Self::failed). Of those that are due the cheap ones come first: with the shortest cadence.
    pub(super) fn next(&mut self, now: Duration, loop_delay: Duration) -> Option<Method> {
        if self.open.is_some() || now < self.free_at || is_late(loop_delay) {
            return None;
        }
        let is_due = |method: &Method| self.is_asked(*method) && self.planned(*method).due_at <= now;
        let method = Method::ALL.into_iter().filter(is_due).min_by_key(|method| method.cadence())?;
        self.open = Some(OpenCall { method, asked_at: now });
        Some(method)
    }

    /// How long [`next`](Self::next) has nothing, unless the loop is late. While a call is open a moment: it may end at any time.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        if self.open.is_some() {
            return GAP;
        }
        let asked = Method::ALL.into_iter().filter(|method| self.is_asked(*method));
        let first = asked.map(|method| self.planned(method).due_at).min().unwrap_or(now + USUAL_INTERVAL);
        first.max(self.free_at).saturating_sub(now)
    }

    /// The call that has had its time at `now`, if one has; it is to be told as [`failed`](Self::failed).
    pub(super) fn overdue(&self, now: Duration) -> Option<Method> {
        let open = self.open.filter(|open| now >= open.asked_at.saturating_add(open.method.deadline()))?;
        Some(open.method)
    }

    /// Whether this method is being asked.
    pub(super) fn is_open(&self, method: Method) -> bool {
        self.open.is_some_and(|open| open.method == method)
    }

    /// Notes an answer that took the Gateway's main thread `cost`. What it says may be shown until the next one is there, and
    /// for one cadence more.
    pub(super) fn succeeded(&mut self, method: Method, cost: Duration, now: Duration) {
        let cadence = self.cadence(method);
        let wait = (cost * COST_FACTOR).clamp(cadence, cadence * MOST_CADENCES);
        let due_at = self.close(method, now).saturating_add(wait);
        let shown_until = Some(due_at.saturating_add(cadence));
        *self.planned_mut(method) = Planned { due_at, failures: 0, shown_until };
    }

    /// Notes an answer that says nothing yet, as the Gateway is still counting, which the question has set off: it is asked
    /// again soon, and that is no failure.
    pub(super) fn postponed(&mut self, method: Method, cost: Duration, now: Duration) {
        let wait = (cost * COST_FACTOR).clamp(SHORTEST, self.cadence(method));
        self.planned_mut(method).due_at = self.close(method, now).saturating_add(wait);
    }

    /// Notes that there was no answer, or none that says anything.
    pub(super) fn failed(&mut self, method: Method, now: Duration) {
        let cadence = self.cadence(method);
        let asked_at = self.close(method, now);
        let planned = self.planned_mut(method);
        let cadences = 1_u32.checked_shl(planned.failures).map_or(MOST_CADENCES, |count| count.min(MOST_CADENCES));
        planned.due_at = asked_at.saturating_add(cadence * cadences);
        planned.failures = (planned.failures + 1).min(16);
    }

    /// Gives up the open call, which nobody answers any more; its method is still due.
    pub(super) fn abandon(&mut self) {
        self.open = None;
    }

    /// Has the methods asked at once that have failed: the Gateway is another one now, or is reached another way.
    pub(super) fn retry(&mut self, now: Duration) {
        for planned in self.methods.iter_mut().filter(|planned| planned.failures > 0) {
            (planned.failures, planned.due_at) = (0, now);
        }
    }

    /// Whether what the method last answered is too old to be shown. True once.
    pub(super) fn expire(&mut self, method: Method, now: Duration) -> bool {
        let planned = self.planned_mut(method);
        let is_over = planned.shown_until.is_some_and(|until| now >= until);
        if is_over {
            planned.shown_until = None;
        }
        is_over
    }

    /// When the method is asked next, and how often it has failed since it last succeeded.
    pub(super) fn plan(&self, method: Method) -> (Duration, u32) {
        let planned = self.planned(method);
        (planned.due_at, planned.failures)
    }

    /// Ends the open call; when it began.
    fn close(&mut self, method: Method, now: Duration) -> Duration {
        self.free_at = now.saturating_add(GAP);
        self.open.take_if(|open| open.method == method).map_or(now, |open| open.asked_at)
    }

    fn planned(&self, method: Method) -> Planned {
        self.methods[method as usize]
    }

    fn planned_mut(&mut self, method: Method) -> &mut Planned {
        &mut self.methods[method as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::ZERO;
    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Asks whatever is due within `of`, each answered after a millisecond that costs `cost`; what was asked, and when.
    fn run(schedule: &mut Schedule, of: Duration, cost: fn(Method) -> Duration) -> Vec<(Method, Duration)> {
        let (mut now, mut asked) = (Duration::ZERO, Vec::new());
        while now < of {
            if let Some(method) = schedule.next(now, IDLE) {
                asked.push((method, now));
                now += Duration::from_millis(1);
                schedule.succeeded(method, cost(method), now);
            }
            now += Duration::from_millis(10);
        }
        asked
    }

    fn count(asked: &[(Method, Duration)], method: Method) -> usize {
        asked.iter().filter(|(each, _)| *each == method).count()
    }

    #[test]
    fn each_method_is_asked_at_its_cadence_one_at_a_time() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        let asked = run(&mut schedule, at(1199), |_| Duration::from_millis(1));
        for (method, times) in [
            (Method::Health, 40),
            (Method::CronList, 40),
            (Method::Sessions, 20),
            (Method::UsageCost, 20),
            (Method::AuthStatus, 4),
            (Method::Skills, 2),
        ] {
            assert_eq!(count(&asked, method), times, "{method:?}");
        }
        assert!(asked.windows(2).all(|pair| pair[1].1 - pair[0].1 >= GAP), "never two in one turn");
        assert!(asked[..9].iter().all(|(method, _)| method.cadence() == at(30)), "the cheap ones come first");
        assert!(asked[15].1 < at(2), "all are there soon");
    }

    #[test]
    fn the_interval_scales_the_cadences_and_none_is_shorter_than_five_seconds() {
        let cadence = |interval, method| Schedule::new(interval, IDLE).cadence(method);
        assert_eq!(cadence(MINUTE, Method::Health), at(30));
        assert_eq!(cadence(at(5), Method::Health), at(5));
        assert_eq!(cadence(at(5), Method::Skills), at(50));
        assert_eq!(cadence(at(600), Method::Sessions), at(600));
    }

    #[test]
    fn a_dear_method_waits_a_thousand_times_its_cost_but_no_more_than_ten_cadences() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        let asked = run(&mut schedule, at(1199), |method| match method {
            Method::SessionsUsage => Duration::from_millis(120),
            Method::Sessions => at(4),
            _ => Duration::from_millis(20),
        });
        assert_eq!(count(&asked, Method::SessionsUsage), 10, "each 120 s");
        assert_eq!(count(&asked, Method::Sessions), 2, "each 600 s");
        assert_eq!(count(&asked, Method::Health), 40);
    }

    #[test]
    fn a_method_that_fails_is_asked_ever_more_rarely_until_it_succeeds() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        let mut waits = Vec::new();
        for _ in 0..20 {
            let asked_at = schedule.plan(Method::Health).0;
            schedule.open = Some(OpenCall { method: Method::Health, asked_at });
            schedule.failed(Method::Health, asked_at + at(10));
            waits.push((schedule.plan(Method::Health).0 - asked_at).as_secs());
        }
        assert_eq!(waits[..6], [30, 60, 120, 240, 300, 300]);
        assert_eq!(waits[19], 300);
        schedule.succeeded(Method::Health, IDLE, at(10_000));
        assert_eq!(schedule.plan(Method::Health), (at(10_030), 0));
    }

    #[test]
    fn a_gateway_that_is_still_counting_is_asked_again_soon_but_not_too_soon_for_what_it_costs() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        for (cost, wait) in [(2, 5), (20, 20), (500, 60)] {
            schedule.postponed(Method::UsageCost, Duration::from_millis(cost), at(100));
            assert_eq!(schedule.plan(Method::UsageCost), (at(100 + wait), 0));
        }
    }

    #[test]
    fn nothing_is_asked_while_the_loop_is_late_or_a_call_is_open() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        assert_eq!(schedule.next(at(1), LATE), None);
        let method = schedule.next(at(1), LATE / 2).unwrap();
        assert_eq!(schedule.next(at(2), IDLE), None);
        assert_eq!((schedule.overdue(at(10)), schedule.overdue(at(11))), (None, Some(method)));
        schedule.failed(method, at(11));
        assert_eq!(schedule.overdue(at(11)), None);
        assert!(schedule.next(at(11), IDLE).is_none() && schedule.next(at(12), IDLE).is_some());
    }

    #[test]
    fn what_is_left_out_is_not_asked_until_it_is_wanted_again() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        assert!(schedule.leave_out(Method::Health, true) && !schedule.leave_out(Method::Health, true));
        let asked = run(&mut schedule, at(100), |_| Duration::from_millis(1));
        assert_eq!((count(&asked, Method::Health), count(&asked, Method::Nodes)), (0, 4));
        assert!(!schedule.again(MINUTE, at(100)).leave_out(Method::Health, true), "it is so after a new beginning");
        assert!(schedule.leave_out(Method::Health, false));
        assert_eq!(schedule.next(at(100), IDLE), Some(Method::Health));
        schedule.leave_out(Method::Health, true);
        assert!(!schedule.is_open(Method::Health), "nobody waits for its answer");
        Method::ALL.into_iter().for_each(|method| _ = schedule.leave_out(method, true));
        assert_eq!((schedule.next(at(200), IDLE), schedule.pause(at(200))), (None, MINUTE));
    }

    #[test]
    fn what_was_answered_is_shown_for_one_cadence_after_the_next_was_due() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        assert!(!schedule.expire(Method::Health, at(1_000)), "there was nothing");
        schedule.succeeded(Method::Health, IDLE, at(10));
        schedule.failed(Method::Health, at(40));
        assert!(!schedule.expire(Method::Health, at(69)));
        assert!(schedule.expire(Method::Health, at(70)));
        assert!(!schedule.expire(Method::Health, at(71)), "once");
    }

    #[test]
    fn with_another_gateway_what_has_failed_is_asked_at_once() {
        let mut schedule = Schedule::new(MINUTE, IDLE);
        schedule.succeeded(Method::Skills, IDLE, at(1));
        for _ in 0..5 {
            schedule.failed(Method::Health, at(1));
        }
        schedule.retry(at(2));
        assert_eq!(schedule.plan(Method::Health), (at(2), 0));
        assert_eq!(schedule.plan(Method::Skills), (at(601), 0));
    }
}
