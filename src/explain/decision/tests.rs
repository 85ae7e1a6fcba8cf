#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use gatepass_core::policy::fixtures::{PLAIN, account};
use iam_policy::evaluate::RequestContext;

/// The verdict with every reason, a line each.
fn explain(
    who: &str,
    what: &str,
    named: Option<&str>,
    change: impl FnOnce(RequestContext) -> RequestContext,
) -> String {
    let (contract, account, documents) = (PLAIN.contract(), account(), PLAIN.documents());
    let principal = Principal::parse(who, &contract, &account).unwrap();
    let action = Action::parse(what).unwrap();
    let resource = resource(named, &action, &contract, &account).unwrap();
    let explanation =
        Explanation::of(&contract, &account, &documents, &principal, &action, &resource, change)
            .unwrap();
    let mut lines = vec![format!(
        "{} {}",
        if explanation.allowed { "allowed" } else { "denied" },
        explanation.resource
    )];
    for denial in &explanation.denied_by {
        lines.push(format!(
            "{} of the {}: {}",
            denial.sid,
            denial.document,
            denial.because.join(" and ")
        ));
    }
    lines.extend(
        explanation
            .allowed_by
            .map(|allowing| format!("{} of the {} allows it", allowing.sid, allowing.document)),
    );
    lines.extend(explanation.lacking.map(|lacking| format!("nothing in the {lacking} allows it")));
    lines.extend(
        explanation
            .near_misses
            .into_iter()
            .map(|near| format!("{}: {}", near.sid, near.because.join(" and "))),
    );
    lines.extend(explanation.assumed);
    lines.join("\n")
}

fn usual(context: RequestContext) -> RequestContext {
    context
}

#[test]
fn every_reason_is_told_and_not_only_the_first() {
    insta::assert_snapshot!(explain("role", "GetObject", Some("other/a.png"), usual), @r#"
    denied arn:aws:s3:::acme-uploads/other/a.png
    GatepassPresignerOnlyPrefix of the bucket policy: aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
    GatepassPresignerOnlyUploadActions of the bucket policy: aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
    nothing in the role's permissions policy allows it
    GatepassUpload: it is about other actions and it is about other resources
    "#);
}

#[test]
fn what_a_grant_allows() {
    insta::assert_snapshot!(explain("role", "s3:putobject", Some("uploads/a.png"), usual), @r#"
    allowed arn:aws:s3:::acme-uploads/uploads/a.png
    GatepassUpload of the role's permissions policy allows it
    "#);
}

#[test]
fn circumstances_are_told_with_what_the_request_has() {
    let old = |context: RequestContext| {
        context.with("s3:signatureAge", "900001").without("s3:if-none-match")
    };
    insta::assert_snapshot!(explain("role", "s3:PutObject", Some("uploads/a.png"), old), @r#"
    denied arn:aws:s3:::acme-uploads/uploads/a.png
    GatepassDenyOldSignatures of the bucket policy: s3:signatureAge > 900000 (here: 900001)
    GatepassPresignerWriteOnce of the bucket policy: aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:if-none-match is absent and s3:ObjectCreationOperation = true
    GatepassUpload of the role's permissions policy allows it
    "#);
}

#[test]
fn others_than_the_role() {
    insta::assert_snapshot!(explain("anonymous", "s3:PutObject", Some("uploads/a.png"), usual), @r#"
    denied arn:aws:s3:::acme-uploads/uploads/a.png
    nothing in the bucket policy allows it
    "#);
    insta::assert_snapshot!(explain("arn:aws:iam::444455556666:user/eve", "s3:PutObject", Some("uploads/a.png"), usual), @r#"
    denied arn:aws:s3:::acme-uploads/uploads/a.png
    nothing in the bucket policy allows it
    arn:aws:iam::444455556666:user/eve is not the presigner role: its own policies are not known here and are taken to allow everything.
    "#);
    insta::assert_snapshot!(explain("arn:aws:iam::111122223333:user/ann", "s3:DeleteBucket", None, usual), @r#"
    allowed arn:aws:s3:::acme-uploads
    arn:aws:iam::111122223333:user/ann is not the presigner role: its own policies are not known here and are taken to allow everything.
    "#);
    insta::assert_snapshot!(explain("arn:aws:iam::111122223333:root", "s3:ListBucket", None, usual), @r#"
    allowed arn:aws:s3:::acme-uploads
    The account's root user needs no allow in its own account.
    "#);
    let session = "arn:aws:sts::111122223333:assumed-role/acme-uploads-presigner/one";
    assert_eq!(
        explain(session, "s3:GetObject", Some("a"), usual),
        explain("role", "s3:GetObject", Some("a"), usual)
    );
}

#[test]
fn assuming_the_role_is_decided_by_its_trust_policy() {
    insta::assert_snapshot!(explain("lambda.amazonaws.com", "sts:AssumeRole", None, usual), @r#"
    allowed arn:aws:iam::111122223333:role/acme-uploads-presigner
    GatepassTrustLambda of the role's trust policy allows it
    "#);
    insta::assert_snapshot!(explain("ec2.amazonaws.com", "sts:assumerole", None, usual), @r#"
    denied arn:aws:iam::111122223333:role/acme-uploads-presigner
    nothing in the role's trust policy allows it
    GatepassTrustLambda: it is for other principals
    "#);
}

#[test]
fn another_bucket_is_none_of_the_contracts() {
    insta::assert_snapshot!(explain("role", "s3:PutObject", Some("s3://others/uploads/a.png"), usual), @r#"
    denied arn:aws:s3:::others/uploads/a.png
    nothing in the role's permissions policy allows it
    GatepassUpload: it is about other resources
    arn:aws:s3:::others/uploads/a.png is none of the contract's, so its own policy is not known here; it is taken to be of the same account and to deny nothing.
    "#);
}

#[test]
fn what_is_mistyped_is_told_with_what_was_meant() {
    let (contract, account) = (PLAIN.contract(), account());
    let wrong = |invalid: iam_policy::Invalid| {
        format!("{}; {}", invalid.problem, invalid.hint.unwrap_or_default())
    };
    let action = |text: &str| format!("{text} {}", wrong(Action::parse(text).unwrap_err()));
    let actions = [
        "s3:GetObjet",
        "s3:PutObjects",
        "HeadObject",
        "s3:CreateMultipartUpload",
        "s3:*",
        "s4",
        "S3s:GetObject",
        "a b:c",
        "s3:",
    ];
    insta::assert_snapshot!(actions.map(action).join("\n"), @r#"
    s3:GetObjet is not an action of S3; did you mean s3:GetObject?
    s3:PutObjects is not an action of S3; did you mean s3:PutObject?
    HeadObject is not an action of S3: HeadObject is an operation; it needs s3:GetObject, so ask about that
    s3:CreateMultipartUpload is not an action of S3: CreateMultipartUpload is an operation; it needs s3:PutObject, so ask about that
    s3:* stands for many actions; name one action; `gatepass policy check` tries all of them
    s4 is not an action of S3; AWS lists them: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    S3s:GetObject is of a service "S3s", which there is not; write "s3:GetObject"
    a b:c is not an action; write e.g. "s3:PutObject"
    s3: is not an action of S3; AWS lists them: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    "#);
    let place = |(what, named): (&str, Option<&str>)| {
        format!(
            "{what} {named:?} {}",
            wrong(resource(named, &Action::parse(what).unwrap(), &contract, &account).unwrap_err())
        )
    };
    let places = [
        ("s3:GetObject", None),
        ("s3:GetObject", Some("s3://acme-uploads")),
        ("s3:ListBucket", Some("uploads/")),
        ("s3:GetObject", Some("arn:aws:s3")),
        ("s3:CreateJob", Some("x")),
        ("kms:Decrypt", None),
    ];
    insta::assert_snapshot!(places.map(place).join("\n"), @r#"
    s3:GetObject None is about an object, and none is named; name a key after it, e.g. uploads/x.png
    s3:GetObject Some("s3://acme-uploads") names a bucket, and s3:GetObject is about an object; write "arn:aws:s3:::acme-uploads/KEY"
    s3:ListBucket Some("uploads/") names an object, and s3:ListBucket is about a bucket; leave the key out; for what a listing begins with, write --context s3:prefix=PREFIX
    s3:GetObject Some("arn:aws:s3") is no ARN; write e.g. "arn:aws:s3:::acme-uploads"
    s3:CreateJob Some("x") is no ARN; an action that is not about buckets or objects needs one
    kms:Decrypt None is about something that is neither bucket nor object; name its ARN
    "#);
    let who = |text: &str| {
        format!("{text} {}", wrong(Principal::parse(text, &contract, &account).unwrap_err()))
    };
    insta::assert_snapshot!(["ann", "arn:aws:iam::1:user/ann", "arn:aws:iam::111122223333:group/x"].map(who).join("\n"), @r#"
    ann is nobody who can ask; write "role", "anonymous", the ARN of a user or a role, or a service such as "ecs-tasks.amazonaws.com"
    arn:aws:iam::1:user/ann is nobody who can ask; write "role", "anonymous", the ARN of a user or a role, or a service such as "ecs-tasks.amazonaws.com"
    arn:aws:iam::111122223333:group/x is nobody who can ask; write "role", "anonymous", the ARN of a user or a role, or a service such as "ecs-tasks.amazonaws.com"
    "#);
}

#[test]
fn every_operation_that_is_no_action_names_one() {
    for name in ["CompleteMultipartUpload", "PostObject", "ListBuckets", "DeletePublicAccessBlock"]
    {
        let hint = Action::parse(name).unwrap_err().hint.unwrap();
        let named = hint
            .split_whitespace()
            .find(|word| word.starts_with("s3:"))
            .unwrap()
            .trim_end_matches(',')
            .to_owned();
        assert_eq!(Action::parse(&named).unwrap().as_str(), named, "{name}");
    }
}
