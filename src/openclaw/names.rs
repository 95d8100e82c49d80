//! Finds a name in a fixed list with one cheap hash and, as a rule, one comparison.
//!
//! The table is built by the compiler: a list that does not fit, or a name looked up with `index_of` that is not in
//! the list, does not compile.

const SLOTS: usize = 256;
const FREE: u8 = u8::MAX;

/// `N` distinct names and where to find them.
pub(super) struct Names<const N: usize> {
    names: [&'static str; N],
    slots: [u8; SLOTS],
}

impl<const N: usize> Names<N> {
    pub(super) const fn new(names: [&'static str; N]) -> Self {
        assert!(N <= SLOTS / 2, "more names than keep the probes short");
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
    use super::Names;

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
}
