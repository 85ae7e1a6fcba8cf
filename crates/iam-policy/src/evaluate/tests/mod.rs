#![allow(clippy::unwrap_used, clippy::expect_used)]

mod conditions;
mod decisions;
mod matching;
mod traps;

use serde_json::{Value, json};

use super::{Caller, Decision, Policy, PolicySet, Reason, Request, RequestContext};

const ACCOUNT: &str = "111122223333";
const OBJECT: &str = "arn:aws:s3:::acme/uploads/1.png";

fn policy(statements: &Value) -> Policy {
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn user() -> Caller {
    Caller::User { arn: format!("arn:aws:iam::{ACCOUNT}:user/ann") }
}

fn presigner() -> Caller {
    Caller::RoleSession {
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/app/presigner"),
        session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/presigner/one"),
    }
}

/// Whether one statement that allows everything under `condition` lets a request in this context pass.
fn condition_holds(condition: &Value, context: &RequestContext) -> bool {
    let identity = [policy(
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]),
    )];
    let set = PolicySet { identity: &identity, resource_account: ACCOUNT, ..PolicySet::default() };
    set.decide(&Request::new(&user(), "s3:PutObject", OBJECT, context)).allowed
}

fn denied_by(decision: &Decision) -> Option<&str> {
    match &decision.reason {
        Reason::ExplicitDeny { statement, .. } => Some(statement),
        _ => None,
    }
}
