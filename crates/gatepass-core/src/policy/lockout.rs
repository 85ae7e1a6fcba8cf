//! Bucket policies that nobody could change any more.

use serde_json::Value;

use super::RenderError;
use iam_policy::AccountId;
use iam_policy::evaluate::{Caller, Policy, PolicySet, Reason, Request, RequestContext};
use iam_policy::{Document, Statement};

/// Without these nobody but the account's root user can mend a bucket policy.
const MENDING: [&str; 3] = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// The statement, if there is one, that denies everybody, without a condition, to read, change or remove the policy of the
/// bucket with this ARN. A condition may spare somebody, so a statement with one is not certain to lock out.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>.
fn find_lockout<'a>(
    bucket_policy: &'a Document,
    bucket_arn: &str,
    account: &AccountId,
) -> Option<&'a Statement> {
    // somebody whom no statement can mean: what is denied to them is denied to everybody
    let caller = Caller::User { arn: format!("arn:aws:iam::{account}:user/") };
    let context = RequestContext::new();
    let denied = |policy: &Policy, action: &str| {
        let set = PolicySet {
            resource: Some(policy),
            resource_account: account.as_str(),
            ..PolicySet::default()
        };
        matches!(
            set.decide(&Request::new(&caller, action, bucket_arn, &context)).reason,
            Reason::ExplicitDeny { .. }
        )
    };
    bucket_policy.statements().iter().filter(|statement| !has_condition(statement)).find(
        |statement| {
            let alone = Policy::parse(&bucket_policy.with_only(statement).to_json());
            alone.is_ok_and(|alone| MENDING.iter().any(|action| denied(&alone, action)))
        },
    )
}

fn has_condition(statement: &Statement) -> bool {
    statement
        .json()
        .get("Condition")
        .and_then(Value::as_object)
        .is_some_and(|operators| !operators.is_empty())
}

/// Refuses a rendered bucket policy that locks everybody out.
pub(super) fn check(
    bucket_policy: &Document,
    bucket_arn: &str,
    account: &AccountId,
) -> Result<(), RenderError> {
    let Some(statement) = find_lockout(bucket_policy, bucket_arn, account) else { return Ok(()) };
    let sid = statement.sid().unwrap_or_default();
    Err(RenderError {
        problem: format!(
            "bucket/{sid}.json: denies everybody to read, change or remove the bucket policy: nobody could mend it"
        ),
        hint: Some(format!(
            "name other actions or only objects (\"{bucket_arn}/*\"), or add a Condition that spares somebody"
        )),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use crate::policy::Documents;
    use crate::policy::fixtures::{PLAIN, account, own_files};

    #[test]
    fn a_policy_that_nobody_could_mend_is_refused() {
        let with = |changes: Value| {
            let mut statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "{{bucket_arn}}"});
            for (name, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => statement.as_object_mut().unwrap().remove(name),
                    value => statement.as_object_mut().unwrap().insert(name.clone(), value.clone()),
                };
            }
            Documents::render(
                &PLAIN.contract(),
                &account(),
                &own_files(&[("bucket/GatepassMine.json", &statement.to_string())]),
            )
        };
        insta::assert_snapshot!(with(json!({})).unwrap_err(), @r#"
        bucket/GatepassMine.json: denies everybody to read, change or remove the bucket policy: nobody could mend it
          hint: name other actions or only objects ("arn:aws:s3:::acme-uploads/*"), or add a Condition that spares somebody
        "#);
        for lockout in [
            json!({"Action": "*"}),
            json!({"Action": "S3:putbucket*"}),
            json!({"Action": ["s3:GetObject", "s3:DeleteBucketPolicy"]}),
            json!({"Action": "s3:?etBucketPolicy", "Resource": ["{{bucket_arn}}/*", "arn:aws:s3:::acme-*"]}),
            json!({"Action": null, "NotAction": "s3:GetObject"}),
            json!({"Resource": null, "NotResource": "{{bucket_arn}}/*"}),
            json!({"Resource": null, "NotResource": "arn:aws:s3:::${aws:username}"}),
            json!({"Principal": {"AWS": ["444455556666", "*"]}}),
            json!({"Principal": {"AWS": "{{account}}"}}),
            json!({"Principal": {"AWS": "arn:{{partition}}:iam::{{account}}:root"}}),
            json!({"Principal": null, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/somebody"}}),
            json!({"Condition": {}}),
        ] {
            assert!(with(lockout.clone()).is_err(), "{lockout}");
        }
        for harmless in [
            json!({"Action": "s3:PutObject"}),
            json!({"Action": null, "NotAction": ["s3:GetBucketPolicy", "s3:*BucketPolicy"]}),
            json!({"Resource": "{{bucket_arn}}/*"}),
            json!({"Resource": "arn:aws:s3:::${aws:username}"}),
            json!({"Resource": null, "NotResource": ["{{bucket_arn}}*"]}),
            json!({"Principal": {"AWS": "444455556666"}}),
            json!({"Principal": {"Service": "logging.s3.amazonaws.com"}}),
            json!({"Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin"}}}),
            json!({"Effect": "Allow", "Principal": {"AWS": "{{account}}"}}),
        ] {
            assert!(with(harmless.clone()).is_ok(), "{harmless}");
        }
    }
}
