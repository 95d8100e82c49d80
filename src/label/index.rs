//! The numbers of families, series and cells, each a type of its own, so that one cannot stand for another.

/// Declares a number that names one thing of many.
macro_rules! index_type {
    ($(#[$doc:meta])* $vis:vis $name:ident) => {
        $(#[$doc])*
        #[allow(unreachable_pub, reason = "hidden methods of public traits take one")]
        #[repr(transparent)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        $vis struct $name(pub(crate) u32);

        #[allow(unreachable_pub, reason = "as above")]
        impl $name {
            /// As a place in a list.
            #[inline(always)]
            $vis fn as_usize(self) -> usize {
                self.0 as usize
            }
        }

        impl std::ops::Add<u32> for $name {
            type Output = Self;

            #[inline(always)]
            fn add(self, more: u32) -> Self {
                Self(self.0 + more)
            }
        }
    };
}
pub(crate) use index_type;

index_type! {
    /// A family of the label table. Never given again.
    pub(crate) FamilyIndex
}
index_type! {
    /// A series: of the label table, of its closed set, or among the rows of its snapshot.
    pub(crate) SeriesIndex
}
index_type! {
    /// A cell: the same in each slab.
    pub CellIndex
}
