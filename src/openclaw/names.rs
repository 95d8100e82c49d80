//! Finds a name in a fixed list with one cheap hash and, as a rule, one comparison.
//!
//! The table is built by the compiler: a list that does not fit, or a name looked up with `index_of` that is not in
//! the list, does not compile.

const SLOTS: usize = 512;
const FREE: u8 = u8::MAX;

/// `N` distinct names and where to find them.
pub(super) struct Names<const N: usize> {
    names: [&'static str; N],
    slots: [u8; SLOTS],
}

impl<const N: usize> Names<N> {
    pub(super) const fn new(names: [&'static str; N]) -> Self {
        assert!(N < FREE as usize, "more names than a slot can tell apart");
        let mut slots = [FREE; SLOTS];
        let mut index = 0;
        while index < N {
            let mut slot = hash(names[index].as_bytes());
            while slots[slot] != FREE {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = index as u8;
            index += 1;
        }
        Names { names, slots }
    }

    /// The place of `name` in the list. The probe ends: at least half of the slots are free.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let mut slot = hash(name.as_bytes());
        loop {
            let index = usize::from(*self.slots.get(slot)?);
            if *self.names.get(index)? == name {
                return Some(index);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// The place of a name that must be in the list; for use in constants.
    pub(super) const fn index_of(&self, name: &str) -> usize {
        let mut index = 0;
        while index < N {
            if same(self.names[index].as_bytes(), name.as_bytes()) {
                return index;
            }
            index += 1;
        }
        panic!("the list lacks this name")
    }

    pub(super) const fn len(&self) -> usize {
        N
    }

    #[cfg(test)]
    pub(super) fn as_slice(&self) -> &[&'static str] {
        &self.names
    }
}

/// How many distinct names there are in some lists.
pub(super) const fn distinct_count(lists: &[&[&str]]) -> usize {
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            count += is_first(lists, list, at) as usize;
            at += 1;
        }
        list += 1;
    }
    count
}

/// The distinct names in some lists, in the order in which they first occur; as many as [`distinct_count`] says.
pub(super) const fn distinct<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            if is_first(lists, list, at) {
                names[count] = lists[list][at];
                count += 1;
            }
            at += 1;
        }
        list += 1;
    }
    names
}

/// Whether a name does not occur before its place.
const fn is_first(lists: &[&[&str]], list: usize, at: usize) -> bool {
    let (mut earlier, name) = (0, lists[list][at].as_bytes());
    while earlier <= list {
        let end = if earlier == list { at } else { lists[earlier].len() };
        let mut other = 0;
        while other < end {
            if same(lists[earlier][other].as_bytes(), name) {
                return false;
            }
            other += 1;
        }
        earlier += 1;
    }
    true
}

/// Length, first, middle and last byte tell our names apart well enough.
const fn hash(name: &[u8]) -> usize {
    let len = name.len();
    if len == 0 {
        return 0;
    }
    let (first, middle, last) = (name[0] as usize, name[len / 2] as usize, name[len - 1] as usize);
    (len * 37 + first * 5 + middle * 11 + last * 23) % SLOTS
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAMES: Names<4> = Names::new(["model", "provider", "madel", ""]);

    #[test]
    fn every_name_is_found_at_its_place_and_nothing_else_is_found() {
        for (index, name) in NAMES.as_slice().iter().enumerate() {
            assert_eq!(NAMES.find(name), Some(index));
            assert_eq!(NAMES.index_of(name), index);
        }
        assert_eq!(NAMES.find("mdel"), None);
        assert_eq!(NAMES.find("model "), None);
        assert_eq!(NAMES.find("\u{fffd}"), None);
    }

    #[test]
    fn names_that_occur_again_are_there_once() {
        const LISTS: &[&[&str]] = &[&["type", "ts"], &["model", "ts", "model", "type", "kind"]];
        const NAMES: [&str; distinct_count(LISTS)] = distinct(LISTS);
        assert_eq!(NAMES, ["type", "ts", "model", "kind"]);
    }
}
