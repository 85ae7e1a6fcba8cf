//! How documents are taken together.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

use serde_json::json;

use super::super::{Caller, DocumentKind, Policy, PolicySet, Reason, Request, RequestContext};
use super::{ACCOUNT, OBJECT, denied_by, policy, presigner, user};

fn allow_put() -> Policy {
    policy(&json!([{"Sid": "Put", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]))
}

fn allow_put_to(principal: &serde_json::Value) -> Policy {
    policy(
        &json!([{"Sid": "Shared", "Effect": "Allow", "Principal": principal, "Action": "s3:PutObject", "Resource": "*"}]),
    )
}

fn allow_get() -> Policy {
    policy(&json!([{"Sid": "Get", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]))
}

fn deny_put() -> Policy {
    policy(
        &json!([{"Sid": "NoPut", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}]),
    )
}

fn decide(set: &PolicySet<'_>, caller: &Caller) -> Reason {
    set.decide(&Request::new(caller, "s3:PutObject", OBJECT, &RequestContext::new())).reason
}

fn allowed(document: DocumentKind, statement: &str) -> Reason {
    Reason::Allowed { document, statement: statement.into() }
}

fn lacking(lacking: DocumentKind) -> Reason {
    Reason::ImplicitDeny { lacking }
}

#[test]
fn nothing_allows_nothing() {
    let set = PolicySet { resource_account: ACCOUNT, ..PolicySet::default() };
    assert_eq!(decide(&set, &user()), lacking(DocumentKind::Identity));
    assert_eq!(decide(&set, &Caller::Anonymous), lacking(DocumentKind::Resource));
}

#[test]
fn an_identity_policy_is_enough_within_the_account() {
    let identity = [allow_get(), allow_put()];
    let set = PolicySet { identity: &identity, resource_account: ACCOUNT, ..PolicySet::default() };
    assert_eq!(decide(&set, &user()), allowed(DocumentKind::Identity, "Put"));
    let abroad = PolicySet { resource_account: "999999999999", ..set };
    assert_eq!(decide(&abroad, &user()), lacking(DocumentKind::Resource));
}

#[test]
fn a_deny_anywhere_wins() {
    let (allow, deny) = ([allow_put()], deny_put());
    let both = [allow_put(), deny_put()];
    let base = PolicySet { identity: &allow, resource_account: ACCOUNT, ..PolicySet::default() };
    for (set, document) in [
        (PolicySet { resource: Some(&deny), ..base }, DocumentKind::Resource),
        (PolicySet { identity: &both, ..base }, DocumentKind::Identity),
        (PolicySet { boundary: Some(&deny), ..base }, DocumentKind::PermissionsBoundary),
        (PolicySet { session: std::slice::from_ref(&deny), ..base }, DocumentKind::Session),
    ] {
        assert_eq!(
            decide(&set, &presigner()),
            Reason::ExplicitDeny { document, statement: "NoPut".into() }
        );
    }
}

#[test]
fn the_root_user_needs_no_allow_but_obeys_a_deny() {
    let root = Caller::Root { account: ACCOUNT.into(), partition: "aws".into() };
    let set = PolicySet { resource_account: ACCOUNT, ..PolicySet::default() };
    assert_eq!(decide(&set, &root), Reason::RootUser);
    let deny = deny_put();
    let decision = PolicySet { resource: Some(&deny), ..set }.decide(&Request::new(
        &root,
        "s3:PutObject",
        OBJECT,
        &RequestContext::new(),
    ));
    assert_eq!(denied_by(&decision), Some("NoPut"));
    let abroad = PolicySet { resource_account: "999999999999", ..set };
    assert_eq!(decide(&abroad, &root), lacking(DocumentKind::Resource));
}

#[test]
fn a_resource_policy_speaks_for_those_it_names() {
    let to_user = allow_put_to(&json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/ann")}));
    let set =
        PolicySet { resource: Some(&to_user), resource_account: ACCOUNT, ..PolicySet::default() };
    assert_eq!(decide(&set, &user()), allowed(DocumentKind::Resource, "Shared"));
    assert_eq!(decide(&set, &presigner()), lacking(DocumentKind::Identity));

    // naming the account delegates to its own policies
    let to_account = allow_put_to(&json!({"AWS": ACCOUNT}));
    let set = PolicySet {
        resource: Some(&to_account),
        resource_account: ACCOUNT,
        ..PolicySet::default()
    };
    assert_eq!(decide(&set, &user()), lacking(DocumentKind::Identity));

    let to_everyone = allow_put_to(&json!("*"));
    let set = PolicySet {
        resource: Some(&to_everyone),
        resource_account: ACCOUNT,
        ..PolicySet::default()
    };
    assert_eq!(decide(&set, &Caller::Anonymous), allowed(DocumentKind::Resource, "Shared"));
    assert_eq!(decide(&set, &user()), allowed(DocumentKind::Resource, "Shared"));
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let identity = [allow_put()];
    let shared = allow_put_to(&json!({"AWS": ACCOUNT}));
    let both = PolicySet {
        identity: &identity,
        resource: Some(&shared),
        resource_account: "999999999999",
        ..PolicySet::default()
    };
    assert_eq!(decide(&both, &user()), allowed(DocumentKind::Identity, "Put"));
    assert_eq!(
        decide(&PolicySet { identity: &[], ..both }, &user()),
        lacking(DocumentKind::Identity)
    );
    assert_eq!(
        decide(&PolicySet { resource: None, ..both }, &user()),
        lacking(DocumentKind::Resource)
    );
}

#[test]
fn a_boundary_and_session_policies_only_limit() {
    let (put, get) = ([allow_put()], [allow_get()]);
    let base = PolicySet { identity: &put, resource_account: ACCOUNT, ..PolicySet::default() };
    assert_eq!(
        decide(&PolicySet { boundary: Some(&put[0]), ..base }, &presigner()),
        allowed(DocumentKind::Identity, "Put")
    );
    assert_eq!(
        decide(&PolicySet { boundary: Some(&get[0]), ..base }, &presigner()),
        lacking(DocumentKind::PermissionsBoundary)
    );
    assert_eq!(
        decide(&PolicySet { session: &put, ..base }, &presigner()),
        allowed(DocumentKind::Identity, "Put")
    );
    assert_eq!(
        decide(&PolicySet { session: &get, ..base }, &presigner()),
        lacking(DocumentKind::Session)
    );
    let only_limits = PolicySet { identity: &[], boundary: Some(&put[0]), session: &put, ..base };
    assert_eq!(decide(&only_limits, &presigner()), lacking(DocumentKind::Identity));
}

#[test]
fn limits_hold_against_a_grant_to_the_role_but_not_to_the_session() {
    let get = [allow_get()];
    let to_role =
        allow_put_to(&json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/app/presigner")}));
    let to_session =
        allow_put_to(&json!({"AWS": format!("arn:aws:sts::{ACCOUNT}:assumed-role/presigner/one")}));
    let base =
        PolicySet { resource: Some(&to_role), resource_account: ACCOUNT, ..PolicySet::default() };
    assert_eq!(decide(&base, &presigner()), allowed(DocumentKind::Resource, "Shared"));
    assert_eq!(
        decide(&PolicySet { session: &get, ..base }, &presigner()),
        lacking(DocumentKind::Session)
    );
    assert_eq!(
        decide(&PolicySet { boundary: Some(&get[0]), ..base }, &presigner()),
        lacking(DocumentKind::PermissionsBoundary)
    );
    let direct =
        PolicySet { resource: Some(&to_session), session: &get, boundary: Some(&get[0]), ..base };
    assert_eq!(decide(&direct, &presigner()), allowed(DocumentKind::Resource, "Shared"));
}

#[test]
fn a_trust_policy_is_the_resource_policy_of_a_role() {
    let trust = policy(&json!([
        {"Sid": "Tasks", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
        {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": "s3cret"}}}
    ]));
    let may_assume = [policy(
        &json!([{"Sid": "Assume", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]),
    )];
    let role = format!("arn:aws:iam::{ACCOUNT}:role/presigner");
    let assume = |caller: &Caller, identity: &[Policy], context: RequestContext| {
        let set = PolicySet {
            identity,
            resource: Some(&trust),
            resource_account: ACCOUNT,
            resource_must_allow: true,
            ..PolicySet::default()
        };
        set.decide(&Request::new(caller, "sts:AssumeRole", &role, &context)).allowed
    };
    let ecs = Caller::Service("ecs-tasks.amazonaws.com".into());
    assert!(assume(&ecs, &[], RequestContext::new().with("aws:SourceAccount", ACCOUNT)));
    assert!(!assume(&ecs, &[], RequestContext::new().with("aws:SourceAccount", "999999999999")));
    assert!(!assume(
        &Caller::Service("ec2.amazonaws.com".into()),
        &[],
        RequestContext::new().with("aws:SourceAccount", ACCOUNT)
    ));
    let partner = Caller::User { arn: "arn:aws:iam::999999999999:user/p".into() };
    assert!(assume(&partner, &may_assume, RequestContext::new().with("sts:ExternalId", "s3cret")));
    assert!(!assume(&partner, &may_assume, RequestContext::new().with("sts:ExternalId", "guess")));
    assert!(!assume(&partner, &may_assume, RequestContext::new()));
    assert!(!assume(&partner, &[], RequestContext::new().with("sts:ExternalId", "s3cret")));
    assert!(!assume(&user(), &may_assume, RequestContext::new()));
}
