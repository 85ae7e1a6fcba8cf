//! How much one address or one subject may ask for.
//!
//! Every copy of the endpoint counts for itself: behind a load balancer with `n` copies a limit is up to `n` times as high.

mod address;
mod bounded;
mod outstanding;
mod rate;

use std::sync::Arc;

use crate::contract::{Contract, Limits as Stated, Subject};

pub(super) use address::{Network, client};
pub(super) use outstanding::Outstanding;
use rate::RateLimit;

/// The limits of a contract, with what has been counted.
#[derive(Default)]
pub(super) struct Limits {
    stated: Stated,
    pub(super) per_address: Option<Arc<RateLimit<Network>>>,
    pub(super) per_subject: Option<Arc<RateLimit<Arc<Subject>>>>,
    pub(super) outstanding: Option<Arc<Outstanding>>,
}

impl Limits {
    pub(super) fn new(contract: &Contract) -> Self {
        Self::after(&Self::default(), contract)
    }

    /// The limits of a new contract. What was counted under another one counts on: who had used up theirs has no new ones, and what was
    /// granted stays granted.
    pub(super) fn after(before: &Self, contract: &Contract) -> Self {
        let stated = contract.limits.clone();
        let per_address = match &before.per_address {
            Some(limit) if stated.per_address == before.stated.per_address => Some(Arc::clone(limit)),
            _ => stated.per_address.map(|rate| Arc::new(RateLimit::new(rate))),
        };
        let per_subject = match &before.per_subject {
            Some(limit) if stated.per_subject == before.stated.per_subject => Some(Arc::clone(limit)),
            _ => stated.per_subject.map(|rate| Arc::new(RateLimit::new(rate))),
        };
        let outstanding = stated.outstanding_bytes.map(|limit| match &before.outstanding {
            Some(outstanding) => {
                outstanding.allow(limit);
                Arc::clone(outstanding)
            }
            None => Arc::new(Outstanding::new(limit)),
        });
        Self { stated, per_address, per_subject, outstanding }
    }
}
