/// Something that a wait rests on because the input does not say better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A median stands for the 99th percentile of somebody's own work.
    Median,
    /// Somebody's own work is unknown and not counted.
    OwnWork,
    /// Nothing says that a call has a limit, so it is taken to have none.
    NoLimitKnown,
}

impl Basis {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Median, Self::OwnWork, Self::NoLimitKnown];

    /// The id of the assumption.
    pub fn id(self) -> &'static str {
        match self {
            Self::Median => "median-work",
            Self::OwnWork => "own-work-not-counted",
            Self::NoLimitKnown => "no-limit-known",
        }
    }
}

/// A set of [`Basis`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bases(pub(super) u8);

impl Bases {
    /// The set with one more.
    #[must_use]
    pub fn with(self, basis: Basis) -> Self {
        Self(self.0 | 1 << basis as u8)
    }

    /// Both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is in the set.
    pub fn has(self, basis: Basis) -> bool {
        self.0 & 1 << basis as u8 != 0
    }

    /// What is in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Basis> {
        Basis::ALL.into_iter().filter(move |b| self.has(*b))
    }
}
