//! The proof: every promise of the contract is attacked on the live system, and what is refused has held.
//!
//! - A probe sends one thing that must be refused and expects the *specific* refusal. Before all of
//!   them stands a positive control, an upload that must work, without which no refusal would say anything.
//! - Requests are made by hand from [`grant`](gatepass_core::grant)'s signer, as an attacker would make them, so that nothing
//!   between repairs what was broken on purpose.
//! - Where an attack goes through on another endpoint than AWS's, the backend itself is looked at: the same attack by the
//!   same kind of principal, a session of a scratch role, on a scratch bucket where nothing of the contract counts and one
//!   statement denies exactly this. Only where that goes through too is the guardrail *not enforced* rather than broken.
//!   On AWS, broken is broken.
//! - What only a wider policy on the presigner role would show is attacked through one, which opens nothing to anybody but
//!   the run itself and ends within minutes: see `window`.
//! - Nothing is made before it is seen that it can be removed: see `rights`, and `scratch` for scratch buckets and roles.
//! - Whatever is made is noted before it is made, and removed at the end. It carries the run's name, by which a later run
//!   finds and removes what one that was killed has left.

mod backstop;
mod bucket;
mod bucket_policy;
mod cleanup;
mod confirm;
mod cors;
mod download;
mod endpoint;
mod finding;
mod form;
mod grants;
mod http;
mod junit;
mod leftovers;
mod names;
mod old_tls;
mod operator;
mod parts;
mod permissions;
mod place;
mod positive;
mod probe;
mod proof;
mod rights;
mod role;
mod run;
mod samples;
mod scratch;
mod seen;
mod signature;
mod sigv2;
mod stage;
mod table;
mod transport;
mod window;

pub use grants::{ByContract, Granted, GrantedForm, Grants, Part};
pub use leftovers::Leftovers;
pub use operator::{NotMade, Operator, RolePolicies};
pub use permissions::permissions;
pub use proof::{EnforcedBy, Guardrail, Outcome, ProbeResult, Proof};
pub use run::{CleanedUp, Progress, Verified, clean_up, verify};
pub use seen::Seen;
pub use stage::Subject;
