//! Times that ages and differences are made of, as reports told them.
//!
//! The lock is taken by reports that come every few seconds and by the collector that brings the ages up to date; never by
//! an event.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Accounts of channels whose activity is remembered at most.
const MAX_ACCOUNTS: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Ages(Mutex<Times>);

#[derive(Debug, Default)]
pub(super) struct Times {
    /// Times of day in seconds.
    pub(super) loaded_at: Option<f64>,
    pub(super) probed_at: Option<f64>,
    accounts: Vec<Account>,
    /// Processor time of user and system code as last told, in seconds.
    pub(super) cpu: [f64; 2],
}

/// When an account of a channel was last used.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) channel: Box<str>,
    pub(super) account: Box<str>,
    pub(super) inbound_at: Option<f64>,
    pub(super) outbound_at: Option<f64>,
}

impl Ages {
    pub(super) fn lock(&self) -> MutexGuard<'_, Times> {
        // Whatever a panic left is whole: each field is written at once.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Times {
    pub(super) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Remembers when an account was used; what is not told stays. An account for which there is no room is forgotten.
    pub(super) fn used(&mut self, channel: &str, account: &str, inbound_at: Option<f64>, outbound_at: Option<f64>) {
        let known = self.accounts.iter_mut().find(|known| *known.channel == *channel && *known.account == *account);
        if let Some(known) = known {
            known.inbound_at = inbound_at.or(known.inbound_at);
            known.outbound_at = outbound_at.or(known.outbound_at);
        } else if self.accounts.len() < MAX_ACCOUNTS {
            let (channel, account) = (channel.into(), account.into());
            self.accounts.push(Account { channel, account, inbound_at, outbound_at });
        }
    }
}
