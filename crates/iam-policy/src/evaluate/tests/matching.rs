//! Actions, resources and principals.

use serde_json::{Value, json};

use super::super::{Caller, Policy, PolicySet, Request, RequestContext};
use super::{ACCOUNT, policy, presigner, user};

fn allows(statement: &Value, action: &str, resource: &str) -> bool {
    let identity = [policy(&json!([statement]))];
    let set = PolicySet { identity: &identity, resource_account: ACCOUNT, ..PolicySet::default() };
    set.decide(&Request::new(
        &user(),
        action,
        resource,
        &RequestContext::new().with("aws:username", "ann"),
    ))
    .allowed
}

#[test]
fn actions() {
    for (pattern, action, matches) in [
        ("s3:PutObject", "s3:PutObject", true),
        ("s3:PutObject", "S3:putobject", true),
        ("S3:PUTOBJECT", "s3:PutObject", true),
        ("s3:PutObject", "s3:PutObjectAcl", false),
        ("s3:Put*", "s3:PutObjectAcl", true),
        ("s3:*", "s3:GetObject", true),
        ("s3:*", "sts:AssumeRole", false),
        ("*", "sts:AssumeRole", true),
        ("s3:?etObject", "s3:GetObject", true),
        ("s3:*Object", "s3:PutObject", true),
        ("s3:*Object", "s3:PutObjectTagging", false),
        ("*:*", "s3:PutObject", true),
    ] {
        let allow = |element: &str| {
            allows(
                &json!({"Effect": "Allow", element: pattern, "Resource": "*"}),
                action,
                "arn:aws:s3:::b/k",
            )
        };
        assert_eq!(allow("Action"), matches, "Action {pattern} {action}");
        assert_eq!(allow("NotAction"), !matches, "NotAction {pattern} {action}");
    }
}

#[test]
fn resources() {
    for (pattern, resource, matches) in [
        ("*", "arn:aws:s3:::b/k", true),
        ("arn:aws:s3:::b/k", "arn:aws:s3:::b/k", true),
        ("arn:aws:s3:::b/k", "arn:aws:s3:::b/K", false),
        ("arn:aws:s3:::b/uploads/*", "arn:aws:s3:::b/uploads/1", true),
        ("arn:aws:s3:::b/uploads/*", "arn:aws:s3:::b/uploads/", true),
        ("arn:aws:s3:::b/uploads/*", "arn:aws:s3:::b/uploads", false),
        ("arn:aws:s3:::b/uploads/*", "arn:aws:s3:::b/uploadsx/1", false),
        ("arn:aws:s3:::b/uploads/*.png", "arn:aws:s3:::b/uploads/2026/1.png", true),
        ("arn:aws:s3:::b/uploads/*.png", "arn:aws:s3:::b/uploads/1.png.exe", false),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b", true),
        ("arn:aws:s3:::b*", "arn:aws:s3:::bigger/k", true),
        ("arn:aws:s3:::b", "arn:aws:s3:::b/k", false),
        ("arn:aws:s3:::*", "arn:aws:s3:::b/k:with:colons", true),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/k", true),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/kk", false),
        ("arn:*:s3:::b/k", "arn:aws-cn:s3:::b/k", true),
        // at the end of a segment a wildcard goes beyond the colon
        ("arn:aws:*", "arn:aws:s3:::b/k", true),
        ("arn:aws:s3:*", "arn:aws:s3:::b/k", true),
        ("arn:aws:s3:*:b/k", "arn:aws:s3:::b/k", true),
        ("arn:aws:s3:::b/*:1", "arn:aws:s3:::b/k:0:1", true),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1///test///k", true),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/k", true),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/k", false),
        ("ARN:aws:s3:::b/k", "arn:aws:s3:::b/k", false),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/ann/1", true),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/1", false),
        ("arn:aws:s3:::b/${aws:userid}/*", "arn:aws:s3:::b/ann/1", false),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*", "arn:aws:s3:::b/all/1", true),
        ("arn:aws:s3:::b/${aws:username}*", "arn:aws:s3:::b/annex", true),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/k", false),
    ] {
        let allow = |element: &str| {
            allows(
                &json!({"Effect": "Allow", "Action": "*", element: pattern}),
                "s3:GetObject",
                resource,
            )
        };
        assert_eq!(allow("Resource"), matches, "Resource {pattern} {resource}");
        assert_eq!(allow("NotResource"), !matches, "NotResource {pattern} {resource}");
    }
}

#[test]
fn variables_are_text_in_the_old_version() {
    let statement =
        json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}"});
    let old = [Policy::parse(&json!({"Version": "2008-10-17", "Statement": statement})).unwrap()];
    let set = PolicySet { identity: &old, resource_account: ACCOUNT, ..PolicySet::default() };
    let context = RequestContext::new().with("aws:username", "ann");
    let allowed = |resource: &str| {
        set.decide(&Request::new(&user(), "s3:GetObject", resource, &context)).allowed
    };
    assert!(!allowed("arn:aws:s3:::b/ann"));
    assert!(allowed("arn:aws:s3:::b/${aws:username}"));
}

/// Whether a deny for these principals hits the caller.
fn denies(element: &str, principals: &Value, caller: &Caller) -> bool {
    let resource =
        policy(&json!([{"Effect": "Deny", element: principals, "Action": "*", "Resource": "*"}]));
    let set =
        PolicySet { resource: Some(&resource), resource_account: ACCOUNT, ..PolicySet::default() };
    let decision = set.decide(&Request::new(
        caller,
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        &RequestContext::new(),
    ));
    super::denied_by(&decision).is_some()
}

#[test]
fn principals() {
    let root = Caller::Root { account: ACCOUNT.into(), partition: "aws".into() };
    let other = Caller::User { arn: "arn:aws:iam::999999999999:user/eve".into() };
    let ecs = Caller::Service("ecs-tasks.amazonaws.com".into());
    let github = Caller::Federated(
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com".into(),
    );
    for (principals, caller, named) in [
        (json!("*"), &user(), true),
        (json!("*"), &Caller::Anonymous, true),
        (json!({"AWS": "*"}), &Caller::Anonymous, true),
        (json!({"AWS": ACCOUNT}), &user(), true),
        (json!({"AWS": ACCOUNT}), &presigner(), true),
        (json!({"AWS": ACCOUNT}), &root, true),
        (json!({"AWS": ACCOUNT}), &other, false),
        (json!({"AWS": ACCOUNT}), &Caller::Anonymous, false),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}), &user(), true),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/ann")}), &user(), true),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/bob")}), &user(), false),
        (
            json!({"AWS": [format!("arn:aws:iam::{ACCOUNT}:user/bob"), format!("arn:aws:iam::{ACCOUNT}:user/ann")]}),
            &user(),
            true,
        ),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/app/presigner")}), &presigner(), true),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/presigner")}), &presigner(), false),
        (
            json!({"AWS": format!("arn:aws:sts::{ACCOUNT}:assumed-role/presigner/one")}),
            &presigner(),
            true,
        ),
        (
            json!({"AWS": format!("arn:aws:sts::{ACCOUNT}:assumed-role/presigner/two")}),
            &presigner(),
            false,
        ),
        (json!({"Service": "ecs-tasks.amazonaws.com"}), &ecs, true),
        (json!({"Service": "ec2.amazonaws.com"}), &ecs, false),
        (json!({"AWS": ACCOUNT}), &ecs, false),
        (
            json!({"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}),
            &github,
            true,
        ),
        (json!({"Federated": "cognito-identity.amazonaws.com"}), &github, false),
        (
            json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
            &user(),
            false,
        ),
    ] {
        assert_eq!(
            denies("Principal", &principals, caller),
            named,
            "Principal {principals} {caller:?}"
        );
    }
}

/// Everybody is hit but those whose account, role and session are all listed.
#[test]
fn a_denial_with_not_principal() {
    let root = Caller::Root { account: ACCOUNT.into(), partition: "aws".into() };
    let ecs = Caller::Service("ecs-tasks.amazonaws.com".into());
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let ann = format!("arn:aws:iam::{ACCOUNT}:user/ann");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app/presigner");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/presigner/one");
    for (principals, caller, spared) in [
        (json!("*"), &user(), true),
        (json!("*"), &Caller::Anonymous, true),
        (json!({"AWS": account}), &root, true),
        (json!({"AWS": ann}), &root, false),
        (json!({"AWS": ann}), &user(), false),
        (json!({"AWS": account}), &user(), false),
        (json!({"AWS": [ann, account]}), &user(), true),
        (json!({"AWS": [ann, ACCOUNT]}), &user(), true),
        (json!({"AWS": [ann, "999999999999"]}), &user(), false),
        (json!({"AWS": [role, account]}), &presigner(), false),
        (json!({"AWS": [session, account]}), &presigner(), false),
        (json!({"AWS": [session, role]}), &presigner(), false),
        (json!({"AWS": [session, role, account]}), &presigner(), true),
        (json!({"AWS": [ann, account]}), &Caller::Anonymous, false),
        (json!({"Service": "ecs-tasks.amazonaws.com"}), &ecs, true),
        (json!({"Service": "ec2.amazonaws.com"}), &ecs, false),
        (json!({"AWS": account}), &ecs, false),
    ] {
        assert_eq!(
            denies("NotPrincipal", &principals, caller),
            !spared,
            "NotPrincipal {principals} {caller:?}"
        );
    }

    let spares_all = policy(&json!([{
        "Sid": "D", "Effect": "Deny", "NotPrincipal": {"AWS": [ann, account]}, "Action": "*", "Resource": "*"
    }]));
    let boundary = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let set = PolicySet {
        resource: Some(&spares_all),
        boundary: Some(&boundary),
        resource_account: ACCOUNT,
        ..PolicySet::default()
    };
    let decision = set.decide(&Request::new(
        &user(),
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        &RequestContext::new(),
    ));
    assert_eq!(super::denied_by(&decision), Some("D"), "a boundary is always hit");
}

#[test]
fn an_allow_with_not_principal_leaves_out_all_that_it_lists() {
    let ann = format!("arn:aws:iam::{ACCOUNT}:user/ann");
    for (principals, caller, allowed) in [
        (json!({"AWS": ann}), &user(), false),
        (json!({"AWS": ACCOUNT}), &user(), false),
        (json!({"AWS": ann}), &presigner(), true),
        (json!({"AWS": ann}), &Caller::Anonymous, true),
        (json!("*"), &presigner(), false),
    ] {
        let resource = policy(
            &json!([{"Effect": "Allow", "NotPrincipal": principals, "Action": "*", "Resource": "*"}]),
        );
        let set = PolicySet {
            resource: Some(&resource),
            resource_account: ACCOUNT,
            ..PolicySet::default()
        };
        let decision = set.decide(&Request::new(
            caller,
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            &RequestContext::new(),
        ));
        assert_eq!(decision.allowed, allowed, "{principals} {caller:?}");
    }
}

#[test]
fn what_is_no_statement_is_refused() {
    for statement in [
        json!({"Action": "*", "Resource": "*"}),
        json!({"Effect": "allow", "Action": "*", "Resource": "*"}),
        json!({"Effect": "Allow", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*", "NotPrincipal": "*"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "ann"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"Person": "ann"}}),
        json!({"Effect": "Allow", "Action": {"a": 1}, "Resource": "*"}),
        json!({"Effect": "Allow", "Action": [], "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Conditions": {"Bool": {"aws:SecureTransport": "false"}}}),
        json!("Allow"),
    ] {
        assert!(
            Policy::parse(&json!({"Version": "2012-10-17", "Statement": [statement]})).is_err(),
            "{statement} was taken"
        );
    }
    assert!(Policy::parse(&json!({"Version": "2012-10-17"})).is_err());
}
