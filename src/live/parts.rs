//! What the live page is made of: groups of columns, tables with what their rows have, and figures that stand alone.

use super::history::How;

/// What stands for those that have no place of their own.
pub(super) const OTHER: &str = "other";

/// Declares an enum whose variants have names on the wire.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        #[allow(dead_code, reason = "one needs its names, another its number of variants")]
        impl $name {
            pub(super) const ALL: &[Self] = &[$(Self::$variant),*];

            /// What it is called in documents.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
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

named! {
    /// Rows of one kind of thing.
    Table {
        Models = "models",
        Providers = "providers",
        Quotas = "quotas",
        Auth = "auth",
        Tools = "tools",
        Agents = "agents",
        Channels = "channels",
        Cron = "cron",
        Sessions = "sessions",
        Lanes = "lanes",
        Collectors = "collectors",
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

named! {
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

named! {
    /// What of a row is a word now.
    Word {
        Status = "status",
        Health = "health",
        Ended = "ended",
        Why = "why",
        Stopped = "stopped",
    }
}

named! {
    /// A figure that stands alone.
    Figure {
        Window = "window",
        GatewayUp = "gateway_up",
        Answers = "answers",
        Ready = "ready",
        RunP50 = "run_p50",
        RunP95 = "run_p95",
        FirstByteP95 = "first_byte_p95",
        MessageP50 = "message_p50",
        MessageP95 = "message_p95",
        OldestRun = "oldest_run",
        OldestCall = "oldest_model_call",
        OldestTool = "oldest_tool",
        Budget = "budget",
        Today = "today",
        Demo = "demo",
        Listening = "listening",
        Series = "series",
        SeriesLimit = "series_limit",
        LabelBytes = "label_bytes",
        LabelLimit = "label_bytes_limit",
        PageBytes = "page_bytes",
        RenderSeconds = "render_seconds",
    }
}

named! {
    /// What only ever grows, and is asked how much it did within minutes.
    Tally {
        Refused = "refused",
        PressureWarning = "pressure_warning",
        PressureCritical = "pressure_critical",
        Events = "events",
        /// Samples of the event loop, which come about once a second while it turns.
        LoopSamples = "loop_samples",
    }
}
