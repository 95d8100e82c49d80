//! What the live page is made of: groups of columns, tables with what their rows have, and figures that stand alone.

use super::history::How;

/// What stands for those that have no place of their own.
pub(super) const OTHER: &str = "other";

/// Declares an enum whose variants have names in documents; a `counted` one knows how many they are.
macro_rules! named {
    (counted $(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        named! { $(#[$meta])* $name { $($(#[$variant_meta])* $variant = $text,)* } }

        impl $name {
            pub(super) const COUNT: usize = [$(Self::$variant),*].len();
        }
    };
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// What it is called in documents.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

/// Declares an enum that knows how many variants it has.
macro_rules! counted {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            pub(super) const COUNT: usize = [$(Self::$variant),*].len();
        }
    };
}

named! {
    /// Columns of one subject: what happened over time, each by a part of it.
    Group {
        Runs = "runs",
        Calls = "calls",
        FailedCalls = "failed_calls",
        Tokens = "tokens",
        Cost = "cost",
        Messages = "messages",
        Deliveries = "deliveries",
        Tools = "tools",
        RunSeconds = "run_seconds",
        FirstByteSeconds = "first_byte_seconds",
        Lane = "lane",
        Sessions = "sessions",
        Trouble = "trouble",
        Quota = "quota",
        LoopSeconds = "loop_seconds",
        MemoryBytes = "memory_bytes",
        GcSeconds = "gc_seconds",
        Rpc = "rpc",
        Scrapes = "scrapes",
    }
}

impl Group {
    /// What a minute keeps of its seconds.
    pub(super) fn how(self) -> How {
        match self {
            Self::RunSeconds | Self::FirstByteSeconds | Self::Sessions | Self::Quota | Self::MemoryBytes => How::Last,
            Self::Lane | Self::LoopSeconds => How::Max,
            _ => How::Sum,
        }
    }

    /// How many columns with a name of their own it has at most; what comes later goes into one more, `other`.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Calls | Self::FailedCalls | Self::Lane => 6,
            Self::Cost => 7,
            _ => 4,
        }
    }
}

counted! {
    /// Rows of one kind of thing.
    Table {
        Models,
        Providers,
        Quotas,
        Auth,
        Tools,
        Agents,
        Channels,
        Cron,
        Sessions,
        Lanes,
        Collectors,
    }
}

impl Table {
    /// How many rows with a name of their own it has at most. What is counted of others goes into one more, `other`.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Tools | Self::Channels | Self::Cron | Self::Collectors | Self::Auth => 24,
            Self::Quotas => 16,
            _ => 8,
        }
    }

    /// What of a row adds up over a range.
    pub(super) fn counts(self) -> &'static [Count] {
        match self {
            Self::Models => &[Count::Calls, Count::Failed, Count::Tokens, Count::Usd],
            Self::Providers => &[Count::Calls, Count::Failed, Count::Failovers],
            Self::Tools => &[Count::Ended, Count::Failed, Count::Blocked, Count::Loops],
            Self::Agents => &[Count::Runs, Count::Failed, Count::Calls, Count::Tokens, Count::Usd],
            Self::Channels => &[Count::Received, Count::Sent, Count::Failed],
            Self::Quotas | Self::Auth | Self::Cron | Self::Sessions | Self::Lanes | Self::Collectors => &[],
        }
    }

    /// What of a row is kept as it was over a range.
    pub(super) fn kept(self) -> &'static [Gauge] {
        match self {
            Self::Quotas => &[Gauge::Left],
            _ => &[],
        }
    }
}

named! {
    /// What of a row adds up.
    Count {
        Calls = "calls",
        Failed = "failed",
        Tokens = "tokens",
        Usd = "usd",
        Failovers = "failovers",
        Ended = "ended",
        Blocked = "blocked",
        Loops = "loops",
        Runs = "runs",
        Received = "received",
        Sent = "sent",
    }
}

named! { counted
    /// What of a row is a number now.
    Gauge {
        P95 = "p95",
        FirstByteP95 = "first_byte_p95",
        Left = "left",
        Resets = "resets",
        Expires = "expires",
        Linked = "linked",
        Running = "running",
        Connected = "connected",
        Enabled = "enabled",
        LastIn = "last_in",
        LastOut = "last_out",
        Last = "last",
        Took = "took",
        Failures = "failures",
        Next = "next",
        Overdue = "overdue",
        Number = "count",
        Entries = "entries",
        Oldest = "oldest",
        Limit = "limit",
        Well = "well",
        Hanging = "hanging",
    }
}

named! { counted
    /// What of a row is a word now.
    Word {
        Status = "status",
        Health = "health",
        Ended = "ended",
        Why = "why",
        Stopped = "stopped",
    }
}

counted! {
    /// A figure that stands alone.
    Figure {
        Window,
        GatewayUp,
        Answers,
        Ready,
        RunP50,
        RunP95,
        FirstByteP95,
        MessageP50,
        MessageP95,
        OldestRun,
        OldestCall,
        OldestTool,
        Budget,
        Today,
        /// Between two questions for it.
        TodayInterval,
        Demo,
        Listening,
        Series,
        SeriesLimit,
        LabelBytes,
        LabelLimit,
        PageBytes,
        RenderSeconds,
    }
}

counted! {
    /// What only ever grows, and is asked how much it did within minutes.
    Tally {
        Refused,
        PressureWarning,
        PressureCritical,
        Events,
        /// Samples of the event loop, which come about once a second while it turns.
        LoopSamples,
    }
}
