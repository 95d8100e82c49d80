//! How old the oldest is of what is in flight: agent runs, model calls, tool executions, entries of queue lanes.
//!
//! Events tell when something began, by the time of day; the first look at it turns that into a time of the monotonic clock, so
//! that an age grows by itself. No age is ever above the true one: of what cannot be known the younger is taken. So it is with
//! an event from before the system's clock was set forward that came after it; only a second at most, which may as well be
//! drift, makes an age that much too high.
//!
//! A beginning whose end was lost is not believed for ever. A model call and a tool end with their run; of a lane no more
//! entries are kept than its events tell, or than the Gateway answers when it is asked for its lanes; and what is older than [`LONGEST`], the time after which the host ends a run by
//! itself, is taken for lost and counted.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::catalogue::Flight as Kind;
use super::super::field::Id;
use super::flights::{Flight, Flights, NoPlace};
use crate::LabelId;
use crate::sync::{AtomicU64, Relaxed};

/// The host's own limit for a run is 48 hours, and that of a model call within it.
pub(super) const LONGEST: Duration = Duration::from_secs(48 * 3600);
/// Two clocks that drift apart by more between two looks: one of them was set.
const STEP: f64 = 1.0;
/// Lanes with a name of their own; those of sessions have one together.
const LANES: usize = if cfg!(loom) { 1 } else { 32 };

/// What is in flight.
#[derive(Debug)]
pub(super) struct Oldest {
    runs: Flights,
    pub(super) calls: InRuns,
    pub(super) tools: InRuns,
    entries: Flights,
    /// The ids of the names of lanes, in the order in which they were seen; 0 behind the last.
    lanes: [AtomicU64; LANES],
    /// Entries that were put into lanes. The group of one is its number, and in the last byte the place of its lane's name.
    numbered: AtomicU64,
    seen: Mutex<Seen>,
}

/// What runs do: model calls, or tools. Different runs may use one id.
#[derive(Debug)]
pub(super) struct InRuns(Flights);

/// What the last look saw.
#[derive(Debug, Default)]
struct Seen {
    /// By the monotonic clock, and the time of day, in seconds.
    looked_at: Option<(f64, f64)>,
    /// By how many seconds the time of day was set forward in all, and when that was last seen, by the monotonic clock.
    forward: f64,
    forward_at: f64,
    runs: Vec<Known>,
    calls: Vec<Known>,
    tools: Vec<Known>,
    entries: Vec<Known>,
}

/// Something in flight that was looked at.
#[derive(Debug, Clone, Copy)]
struct Known {
    flight: Flight,
    /// By the monotonic clock, in seconds.
    began: f64,
    /// Whether the run that it belongs to was in flight.
    had_run: bool,
}

/// One look: what is shown.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ages {
    /// Of kinds of which something ever began, the oldest's, in seconds; 0 if none is in flight.
    pub(super) kinds: Vec<(Kind, f64)>,
    /// The same of lanes.
    pub(super) lanes: Vec<(LabelId, f64)>,
    /// How many were given up as lost just now.
    pub(super) forgotten: Vec<Kind>,
}

impl InRuns {
    #[inline]
    pub(super) fn begin(&self, id: Id, run: Option<Id>, began_ms: f64) -> Result<(), NoPlace> {
        self.0.begin(id.within(run).bits(), run.map_or(0, Id::bits), began_ms as u64)
    }

    #[inline]
    pub(super) fn end(&self, id: Id, run: Option<Id>) {
        self.0.end(id.within(run).bits());
    }
}

impl Oldest {
    pub(super) fn new() -> Self {
        Self {
            runs: Flights::new(),
            calls: InRuns(Flights::new()),
            tools: InRuns(Flights::new()),
            entries: Flights::new(),
            lanes: std::array::from_fn(|_| AtomicU64::new(0)),
            numbered: AtomicU64::new(0),
            seen: Mutex::default(),
        }
    }

    // --- as events tell

    #[inline]
    pub(super) fn run_began(&self, run: Id, began_ms: f64) -> Result<(), NoPlace> {
        self.runs.begin(run.bits(), 0, began_ms as u64)
    }

    #[inline]
    pub(super) fn run_ended(&self, run: Id) {
        self.runs.end(run.bits());
    }

    /// An entry was put into a lane, in which there are now so many that wait or are at work.
    #[inline]
    pub(super) fn entry_began(
        &self,
        lane: Id,
        name: LabelId,
        began_ms: f64,
        depth: Option<f64>,
    ) -> Result<(), NoPlace> {
        let place = self.lane(name).ok_or(NoPlace)?;
        let group = self.numbered.fetch_add(1, Relaxed) << 8 | place;
        let outcome = self.entries.add(lane.bits(), group, began_ms as u64);
        if let Some(depth) = depth {
            self.entries.keep(lane.bits(), depth as u64);
        }
        outcome
    }

    /// An entry that was put into a lane then has left it, and so many wait there still.
    #[inline]
    pub(super) fn entry_ended(&self, lane: Id, began_ms: Option<f64>, left: Option<f64>) {
        self.entries.end_one(lane.bits(), began_ms.map(|ms| ms as u64), left.map(|left| left as u64));
    }

    /// The host says that no more than `most` wait in a lane. Of those that began before `before_ms`, and of which it knew when it
    /// said so, the first ones beyond that have left without a word.
    pub(super) fn keep_waiting(&self, name: LabelId, most: u64, before_ms: u64) {
        let Some(place) = self.lanes.iter().position(|lane| lane.load(Relaxed) == name.word()) else { return };
        let is_known = |entry: &Flight| entry.group & 0xff == place as u64 && entry.began_ms < before_ms;
        let mut waiting: Vec<Flight> = self.entries.look().filter(is_known).collect();
        waiting.sort_unstable_by_key(|entry| entry.group);
        let surplus = waiting.len().saturating_sub(usize::try_from(most).unwrap_or(usize::MAX));
        for entry in waiting.iter().take(surplus) {
            self.entries.take_away(entry.place, entry.key);
        }
    }

    /// All work has ended, with or without a word. What waits in lanes goes on waiting.
    pub(super) fn all_ended(&self) {
        [&self.runs, &self.calls.0, &self.tools.0].into_iter().for_each(Flights::clear);
    }

    /// The place of a lane's name.
    #[inline]
    fn lane(&self, name: LabelId) -> Option<u64> {
        let word = name.word();
        self.lanes.iter().zip(0..).find_map(|(lane, place)| {
            // Relaxed: the word is all there is, and is written once.
            let seen = match lane.load(Relaxed) {
                0 => lane.compare_exchange(0, word, Relaxed, Relaxed).map_or_else(|other| other, |_| word),
                known => known,
            };
            (seen == word).then_some(place)
        })
    }

    // --- looking

    /// What is shown at `now` by the monotonic clock, which is `unix` by the time of day, both in seconds.
    pub(super) fn look(&self, now: f64, unix: f64) -> Ages {
        // Whatever a panic left is looked at anew.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { looked_at, forward, forward_at, runs, calls, tools, entries } = &mut *seen;
        let step = looked_at.map_or(0.0, |(then, day)| (unix - day) - (now - then));
        if step > STEP {
            *forward += step;
            *forward_at = now;
        }
        *looked_at = Some((now, unix));
        let moment = Moment { now, unix, forward: *forward, forward_at: *forward_at };
        let mut ages = Ages::default();
        moment.look(&self.runs, Kind::Run, runs, &mut ages.forgotten);
        moment.look(&self.calls.0, Kind::ModelCall, calls, &mut ages.forgotten);
        moment.look(&self.tools.0, Kind::Tool, tools, &mut ages.forgotten);
        moment.look(&self.entries, Kind::LaneEntry, entries, &mut ages.forgotten);
        for (flights, known) in [(&self.calls.0, &mut *calls), (&self.tools.0, &mut *tools)] {
            end_with_their_run(flights, known, runs);
        }
        for (kind, flights, known) in [
            (Kind::Run, &self.runs, &*runs),
            (Kind::ModelCall, &self.calls.0, &*calls),
            (Kind::Tool, &self.tools.0, &*tools),
        ] {
            if flights.is_used() {
                ages.kinds.push((kind, moment.oldest(known.iter())));
            }
        }
        let names = self.lanes.iter().map(|lane| lane.load(Relaxed)).take_while(|word| *word != 0);
        for (word, place) in names.zip(0..) {
            let name = LabelId::of_word(word);
            ages.lanes.push((name, moment.oldest(entries.iter().filter(|entry| entry.flight.group & 0xff == place))));
        }
        ages
    }
}

/// When a look is, and how the time of day was set before it.
struct Moment {
    now: f64,
    unix: f64,
    forward: f64,
    forward_at: f64,
}

impl Moment {
    /// Brings what is known up to what is in flight.
    fn look(&self, flights: &Flights, kind: Kind, known: &mut Vec<Known>, forgotten: &mut Vec<Kind>) {
        let before = std::mem::take(known);
        for flight in flights.look() {
            let new = Known { flight, began: self.now - self.age(flight.began_ms), had_run: false };
            let now_known = before.iter().find(|known| known.flight == flight).copied().unwrap_or(new);
            if self.now - now_known.began > LONGEST.as_secs_f64() {
                if flights.take_away(flight.place, flight.key) {
                    forgotten.push(kind);
                }
            } else {
                known.push(now_known);
            }
        }
    }

    /// How old something is at least that is seen for the first time, in seconds.
    fn age(&self, began_ms: u64) -> f64 {
        let told = (self.unix - began_ms as f64 / 1000.0).max(0.0);
        let since_set = self.now - self.forward_at;
        // What began before the clock was set seems older by as much.
        if told <= since_set { told } else { (told - self.forward).max(since_set.min(told)) }
    }

    fn oldest<'k>(&self, known: impl Iterator<Item = &'k Known>) -> f64 {
        known.map(|known| self.now - known.began).fold(0.0, f64::max)
    }
}

/// Takes away what belongs to a run that was in flight and is no more.
fn end_with_their_run(flights: &Flights, known: &mut Vec<Known>, runs: &[Known]) {
    known.retain_mut(|known| {
        let has_run = runs.iter().any(|run| run.flight.key == known.flight.group);
        if known.had_run && !has_run {
            flights.take_away(known.flight.place, known.flight.key);
            return false;
        }
        known.had_run |= has_run;
        true
    });
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::openclaw::recorder::flights::PLACES;

    /// The time of day when the monotonic clock is at 0, in seconds.
    const START: f64 = 1_795_000_000.0;

    fn ms(at: f64) -> f64 {
        ((START + at) * 1000.0).round()
    }

    fn run(name: u64) -> Id {
        Id::of(&format!("run-{name}"))
    }

    fn call(name: u64) -> Id {
        Id::of(&format!("call-{name}"))
    }

    /// The ages of kinds at a time, in whole seconds.
    fn kinds(oldest: &Oldest, at: f64) -> Vec<(Kind, f64)> {
        let ages = oldest.look(at, START + at);
        assert_eq!(ages.forgotten, []);
        ages.kinds.into_iter().map(|(kind, age)| (kind, age.round())).collect()
    }

    #[test]
    fn an_age_grows_by_itself_until_the_end_and_is_the_oldest_ones() {
        let oldest = Oldest::new();
        assert_eq!(kinds(&oldest, 1.0), [], "nothing has ever begun");
        oldest.run_began(run(1), ms(10.0)).unwrap();
        oldest.run_began(run(2), ms(40.0)).unwrap();
        assert_eq!(kinds(&oldest, 50.0), [(Kind::Run, 40.0)]);
        assert_eq!(kinds(&oldest, 3600.0), [(Kind::Run, 3590.0)]);
        oldest.run_ended(run(1));
        assert_eq!(kinds(&oldest, 3600.0), [(Kind::Run, 3560.0)]);
        oldest.run_ended(run(2));
        oldest.run_ended(run(2));
        oldest.run_ended(run(77));
        assert_eq!(kinds(&oldest, 3601.0), [(Kind::Run, 0.0)], "none is in flight");
    }

    #[test]
    fn tools_of_different_runs_may_have_the_same_id() {
        let oldest = Oldest::new();
        oldest.tools.begin(call(1), Some(run(1)), ms(10.0)).unwrap();
        oldest.tools.begin(call(1), Some(run(2)), ms(20.0)).unwrap();
        oldest.tools.end(call(1), Some(run(1)));
        assert_eq!(kinds(&oldest, 30.0), [(Kind::Tool, 10.0)]);
        oldest.tools.end(call(1), None);
        assert_eq!(kinds(&oldest, 30.0), [(Kind::Tool, 10.0)], "that is another one");
    }

    #[test]
    fn a_run_that_begins_again_is_as_old_as_its_last_beginning() {
        let oldest = Oldest::new();
        oldest.run_began(run(1), ms(10.0)).unwrap();
        assert_eq!(kinds(&oldest, 15.0), [(Kind::Run, 5.0)]);
        oldest.run_began(run(1), ms(20.0)).unwrap();
        assert_eq!(kinds(&oldest, 25.0), [(Kind::Run, 5.0)]);
    }

    #[test]
    fn calls_and_tools_whose_end_was_lost_end_with_their_run() {
        let oldest = Oldest::new();
        oldest.run_began(run(1), ms(1.0)).unwrap();
        oldest.calls.begin(call(1), Some(run(1)), ms(2.0)).unwrap();
        oldest.tools.begin(call(2), Some(run(1)), ms(3.0)).unwrap();
        // Of one whose run began before anybody looked nothing is known; of one without a run neither.
        oldest.calls.begin(call(3), Some(run(9)), ms(4.0)).unwrap();
        oldest.tools.begin(call(4), None, ms(5.0)).unwrap();
        assert_eq!(kinds(&oldest, 10.0), [(Kind::Run, 9.0), (Kind::ModelCall, 8.0), (Kind::Tool, 7.0)]);
        oldest.run_ended(run(1));
        assert_eq!(kinds(&oldest, 10.0), [(Kind::Run, 0.0), (Kind::ModelCall, 6.0), (Kind::Tool, 5.0)]);
        oldest.all_ended();
        assert_eq!(kinds(&oldest, 10.0), [(Kind::Run, 0.0), (Kind::ModelCall, 0.0), (Kind::Tool, 0.0)]);
    }

    #[test]
    fn what_never_ends_is_forgotten_after_two_days_and_counted() {
        let oldest = Oldest::new();
        let longest = LONGEST.as_secs_f64();
        oldest.run_began(run(1), ms(0.0)).unwrap();
        assert_eq!(kinds(&oldest, longest - 1.0), [(Kind::Run, longest - 1.0)]);
        let ages = oldest.look(longest + 1.0, START + longest + 1.0);
        assert_eq!((ages.kinds, ages.forgotten), (vec![(Kind::Run, 0.0)], vec![Kind::Run]));
        assert_eq!(kinds(&oldest, longest + 2.0), [(Kind::Run, 0.0)], "counted once");
    }

    #[test]
    fn a_full_table_says_so_and_the_oldest_stays() {
        let oldest = Oldest::new();
        let begin = |number: u64| oldest.run_began(run(number), ms(number as f64));
        (0..PLACES as u64).for_each(|number| begin(number).expect("a place"));
        assert_eq!(begin(1000), Err(NoPlace));
        assert_eq!(kinds(&oldest, 2000.0), [(Kind::Run, 2000.0)]);
        oldest.run_ended(run(1000));
        oldest.run_ended(run(0));
        assert_eq!(kinds(&oldest, 2000.0), [(Kind::Run, 1999.0)]);
        assert_eq!(begin(1000), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_makes_nothing_older() {
        let oldest = Oldest::new();
        let age = |now: f64, unix: f64| oldest.look(now, unix).kinds[0].1.round();
        oldest.run_began(run(1), ms(10.0)).unwrap();
        assert_eq!(age(20.0, START + 20.0), 10.0);
        // An hour forward, then two back.
        assert_eq!(age(30.0, START + 3630.0), 20.0);
        // The event is older than the step, and comes after it.
        oldest.calls.begin(call(1), None, ms(28.0)).unwrap();
        let ages = oldest.look(40.0, START + 3640.0);
        assert_eq!(ages.kinds.iter().map(|(_, age)| age.round()).collect::<Vec<_>>(), [30.0, 12.0]);
        // This one is newer.
        oldest.tools.begin(call(2), None, ms(3641.0)).unwrap();
        let ages = oldest.look(45.0, START + 3645.0);
        assert_eq!(ages.kinds.iter().map(|(_, age)| age.round()).collect::<Vec<_>>(), [35.0, 17.0, 4.0]);
        assert_eq!(age(50.0, START - 3550.0), 40.0);
        // From a time that is not yet.
        oldest.run_ended(run(1));
        oldest.run_began(run(2), ms(0.0)).unwrap();
        assert_eq!(age(51.0, START - 3549.0), 0.0);
        assert_eq!(age(61.0, START - 3539.0), 10.0);
    }

    fn name(number: u32) -> LabelId {
        LabelId { at: number + 1, hash: 7 * number }
    }

    #[test]
    fn a_lane_is_as_old_as_the_oldest_entry_that_waits_in_it() {
        let oldest = Oldest::new();
        let (main, one, two) = (Id::of("main"), Id::of("session:a"), Id::of("session:b"));
        let ages = |at: f64| -> Vec<f64> {
            oldest.look(at, START + at).lanes.into_iter().map(|(_, age)| age.round()).collect()
        };
        for (lane, label, at, depth) in
            [(main, 0, 10.0, 1.0), (main, 0, 20.0, 2.0), (one, 1, 30.0, 1.0), (two, 1, 40.0, 1.0)]
        {
            oldest.entry_began(lane, name(label), ms(at), Some(depth)).unwrap();
        }
        assert_eq!(ages(50.0), [40.0, 20.0]);
        // Not the first that came is the first that goes.
        oldest.entry_ended(main, Some(ms(20.0)), Some(1.0));
        oldest.entry_ended(one, Some(ms(30.0)), Some(0.0));
        assert_eq!(ages(50.0), [40.0, 10.0]);
        // Its oldest has gone without a word: what is left can only be the newest.
        oldest.entry_began(main, name(0), ms(45.0), Some(1.0)).unwrap();
        assert_eq!(ages(50.0), [5.0, 10.0]);
        oldest.entry_ended(main, Some(ms(45.0)), Some(0.0));
        oldest.entry_ended(two, None, Some(0.0));
        assert_eq!(ages(60.0), [0.0, 0.0]);
        for lane in 2..LANES as u32 {
            oldest.entry_began(Id::of("x"), name(lane), ms(1.0), None).unwrap();
        }
        assert_eq!(oldest.entry_began(Id::of("x"), name(99), ms(1.0), None), Err(NoPlace), "so many lanes have names");
    }

    /// What happens next, and how many milliseconds later.
    #[derive(Debug, Clone)]
    enum Step {
        Begin,
        End(u64),
        /// The host does not say so, or the event is lost.
        EndInSilence(u64),
        Look,
        /// By so many seconds.
        SetClock(f64),
    }

    fn steps() -> impl Strategy<Value = Vec<(Step, f64)>> {
        let step = prop_oneof![
            4 => Just(Step::Begin),
            4 => (0u64..6).prop_map(Step::End),
            1 => (0u64..6).prop_map(Step::EndInSilence),
            4 => Just(Step::Look),
            1 => prop_oneof![-5000.0..5000.0f64, -2.0..2.0f64].prop_map(Step::SetClock),
        ];
        proptest::collection::vec((step, 0.0..40.0f64), 0..80)
    }

    proptest! {
        /// Each run is a run and an entry of a lane; beginnings are told late, after `delay` seconds, as by a loop that was blocked.
        #[test]
        fn no_age_is_above_that_of_the_oldest(steps in steps(), delay in prop_oneof![Just(0.0), 0.0..30.0f64]) {
            let (oldest, lane) = (Oldest::new(), Id::of("main"));
            let (mut now, mut set, mut is_exact, mut names) = (0.0, 0.0, delay == 0.0, 0);
            // By how much the clock was set forward in steps that may be drift; and the host rounds to milliseconds.
            let mut slack = 0.01;
            // Of two entries of a lane that began at one time by the clock, nearly, it is not known which one leaves.
            let (mut days, mut are_told_apart): (Vec<f64>, bool) = (Vec::new(), true);
            // Run, whether its end was told, when it began, and then by the clock.
            let mut flying: Vec<(u64, f64, f64)> = Vec::new();
            let mut waiting: Vec<(u64, f64, f64)> = Vec::new();
            let mut late: Vec<(u64, f64, f64)> = Vec::new();
            for (step, later) in steps {
                now += later;
                for (id, at, day) in std::mem::take(&mut late) {
                    if now - at < delay {
                        late.push((id, at, day));
                    } else if flying.iter().any(|(known, ..)| *known == id) {
                        oldest.run_began(run(id), (day * 1000.0).round()).unwrap();
                        oldest.entry_began(lane, name(0), (day * 1000.0).round(), None).unwrap();
                    }
                }
                match step {
                    Step::Begin => {
                        names += 1;
                        let flight = (names, now, START + now + set);
                        are_told_apart &= days.iter().all(|day| (day - flight.2).abs() > 0.2);
                        days.push(flight.2);
                        flying.push(flight);
                        waiting.push(flight);
                        late.push(flight);
                        if delay == 0.0 {
                            late.clear();
                            oldest.run_began(run(names), (flight.2 * 1000.0).round()).unwrap();
                            oldest.entry_began(lane, name(0), (flight.2 * 1000.0).round(), None).unwrap();
                        }
                    }
                    Step::End(which) | Step::EndInSilence(which) if !flying.is_empty() => {
                        let (id, _, day) = flying.remove(which as usize % flying.len());
                        waiting.retain(|(known, ..)| *known != id);
                        oldest.run_ended(run(id));
                        if matches!(step, Step::EndInSilence(_)) {
                            // Its entry left the lane without a word; the next one that leaves tells how many there are.
                            is_exact = false;
                            oldest.entries.keep(lane.bits(), waiting.len() as u64);
                        } else {
                            oldest.entry_ended(lane, Some((day * 1000.0).round()), Some(waiting.len() as f64));
                        }
                    }
                    Step::SetClock(by) => {
                        set += by;
                        slack += if by <= STEP { by.max(0.0) } else { 0.0 };
                        is_exact = false;
                    }
                    _ => {}
                }
                let looked = oldest.look(now, START + now + set);
                let truly = |all: &[(u64, f64, f64)]| all.iter().map(|(_, at, _)| now - at).fold(0.0, f64::max);
                let age = looked.kinds.first().map_or(0.0, |(_, age)| *age);
                let wait = looked.lanes.first().map_or(0.0, |(_, wait)| *wait);
                prop_assert!(age <= truly(&flying) + slack, "{age} and not {}", truly(&flying));
                // Lanes tell at once.
                let is_told = delay == 0.0 && are_told_apart;
                prop_assert!(!is_told || wait <= truly(&waiting) + slack, "{wait} and not {}", truly(&waiting));
                if is_exact {
                    prop_assert!((age - truly(&flying)).abs() < 0.01, "{age}, not {}", truly(&flying));
                    let is_right = (wait - truly(&waiting)).abs() < 0.01;
                    prop_assert!(!is_told || is_right, "{wait}, not {}", truly(&waiting));
                }
            }
        }
    }
}
