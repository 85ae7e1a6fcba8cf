//! How much one address or one subject may ask for.
//!
//! Every copy of the endpoint counts for itself: behind a load balancer with `n` copies a limit is up to `n` times as high.

mod address;
mod bounded;
mod outstanding;
mod rate;

use std::sync::Arc;

use gatepass_core::contract::{Contract, Limits as Stated, Subject};

pub(super) use address::{Network, client};
pub(super) use outstanding::{Outstanding, Reserved};
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
            Some(limit) if stated.per_address == before.stated.per_address => {
                Some(Arc::clone(limit))
            }
            _ => stated.per_address.map(|rate| Arc::new(RateLimit::new(rate))),
        };
        let per_subject = match &before.per_subject {
            Some(limit) if stated.per_subject == before.stated.per_subject => {
                Some(Arc::clone(limit))
            }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Instant;

    use gatepass_core::contract::{Overrides, Rate};

    use super::*;

    fn contract(per_subject: &str, outstanding_bytes: u64) -> Contract {
        let text = "[bucket]\nname = \"acme-uploads\"\nregion = \"eu-central-1\"\n[upload]\ncontent_types = [\"*/*\"]\nmax_size = 1\n\
                    allowed_origins = []\n[[role.trust]]\nprincipal = \"account\"";
        let mut contract = Contract::parse(text, "gatepass.toml", &Overrides::default()).unwrap();
        contract.limits.per_subject = Some(Rate::parse(per_subject).unwrap());
        contract.limits.outstanding_bytes = Some(outstanding_bytes);
        contract
    }

    #[test]
    fn what_was_counted_counts_on_under_another_contract() {
        let alice = Arc::new(Subject::parse("alice").unwrap());
        let ask =
            |limits: &Limits| limits.per_subject.as_ref().unwrap().check(&alice, "subject").is_ok();
        let reserve = |limits: &Limits| {
            limits.outstanding.as_ref().unwrap().reserve(&alice, 5, 300, Instant::now()).is_ok()
        };
        let first = Limits::new(&contract("1/h", 10));
        assert!(ask(&first) && !ask(&first));
        assert!(reserve(&first));

        let second = Limits::after(&first, &contract("1/h", 9));
        assert!(!ask(&second) && !reserve(&second));
        // another rate begins anew; what is granted stays granted
        let third = Limits::after(&second, &contract("2/h", 10));
        assert!(ask(&third) && reserve(&third) && !reserve(&third));
        let without =
            Limits::after(&third, &Contract { limits: Stated::default(), ..contract("1/h", 1) });
        assert!(without.per_subject.is_none() && without.outstanding.is_none());
    }
}
