//! The proof: every promise of the contract is attacked on the live system, and what is refused has held.
//!
//! - A probe sends one thing that must be refused and expects the *specific* refusal. Before all of
//!   them stands a positive control, an upload that must work, without which no refusal would say anything.
//! - Requests are made by hand from [`grant`](crate::grant)'s signer, as an attacker would make them, so that nothing
//!   between repairs what was broken on purpose.
//! - Where an attack goes through on another endpoint than AWS's, the backend itself is looked at: the same attack on a
//!   scratch bucket or by a scratch role, where nothing of the contract counts. Only where that goes through too is the
//!   guardrail *not enforced* rather than broken. On AWS, broken is broken.
//! - Whatever is made is noted before it is made, and removed at the end.

mod bucket;
mod bucket_policy;
mod cleanup;
mod cors;
mod endpoint;
mod finding;
mod http;
mod junit;
mod old_tls;
mod operator;
mod permissions;
mod place;
mod positive;
mod probe;
mod proof;
mod role;
mod run;
mod samples;
mod seen;
mod signature;
mod sigv2;
mod stage;
mod table;
mod transport;

pub use operator::Operator;
pub use permissions::permissions;
pub use proof::{EnforcedBy, Guardrail, Outcome, ProbeResult, Proof};
pub use run::{Progress, Verified, verify};
pub use seen::Seen;
pub use stage::Subject;
