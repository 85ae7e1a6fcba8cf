//! A bucket's policy, kept.

use s3s::dto::*;
use s3s::{S3Result, s3_error};
use serde_json::Value;

use crate::local::policy_form::{self, Kind};

use crate::local::s3::Buckets;

const MISSING: (&str, &str) = ("NoSuchBucketPolicy", "The bucket policy does not exist");

/// 20 KB, without the whitespace that S3 takes away.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>.
const LONGEST: usize = 20 * 1024;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
pub(crate) async fn get(buckets: &Buckets, input: GetBucketPolicyInput) -> S3Result<GetBucketPolicyOutput> {
    let policy = buckets.setting(&input.bucket, MISSING, |bucket| bucket.policy.clone())?;
    Ok(GetBucketPolicyOutput { policy: Some(policy) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
pub(crate) async fn put(buckets: &Buckets, input: PutBucketPolicyInput) -> S3Result<PutBucketPolicyOutput> {
    let PutBucketPolicyInput { bucket, policy, .. } = input;
    let blocks_public = buckets
        .read(&bucket, |bucket| bucket.public_access_block.as_ref().and_then(|block| block.block_public_policy).unwrap_or_default())?;
    let arn = format!("arn:{}:s3:::{bucket}", buckets.account.region.partition());
    policy_form::check(Kind::Bucket(&arn), &policy).map_err(|problem| s3_error!(MalformedPolicy, "{problem}"))?;
    let normalized = serde_json::from_str::<Value>(&policy).map(|value| value.to_string().len()).unwrap_or(policy.len());
    if normalized > LONGEST {
        return Err(s3_error!(MalformedPolicy, "Normalized policy document exceeds the maximum allowed size of {LONGEST} bytes."));
    }
    if blocks_public && is_public(&policy) {
        return Err(s3_error!(
            AccessDenied,
            "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the BlockPublicPolicy block public access setting."
        ));
    }
    buckets.change(&bucket, |bucket| bucket.policy = Some(policy))?;
    Ok(PutBucketPolicyOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
pub(crate) async fn delete(buckets: &Buckets, input: DeleteBucketPolicyInput) -> S3Result<DeleteBucketPolicyOutput> {
    buckets.change(&input.bucket, |bucket| bucket.policy = None)?;
    Ok(DeleteBucketPolicyOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>
pub(crate) async fn status(buckets: &Buckets, input: GetBucketPolicyStatusInput) -> S3Result<GetBucketPolicyStatusOutput> {
    let policy = buckets.setting(&input.bucket, MISSING, |bucket| bucket.policy.clone())?;
    Ok(GetBucketPolicyStatusOutput { policy_status: Some(PolicyStatus { is_public: Some(is_public(&policy)) }) })
}

/// Whether a policy lets everybody in: an Allow for `*` that no condition limits to fixed values of the keys that count.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.
pub(crate) fn is_public(policy: &str) -> bool {
    let document: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.iter().collect(),
        statement => vec![statement],
    };
    statements.into_iter().any(|statement| {
        let everybody = |names: &Value| match names {
            Value::Array(names) => names.iter().any(|name| name == "*"),
            name => name == "*",
        };
        let for_everybody =
            statement.get("NotPrincipal").is_some() || everybody(&statement["Principal"]) || everybody(&statement["Principal"]["AWS"]);
        statement["Effect"] == "Allow" && for_everybody && !is_limited(&statement["Condition"])
    })
}

fn is_limited(condition: &Value) -> bool {
    const KEYS: [&str; 14] = [
        "aws:principalorgid",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:userid",
        "aws:principalorgpaths",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ];
    let fixed = |values: &Value| match values {
        Value::Array(values) => values.iter().all(is_fixed),
        value => is_fixed(value),
    };
    condition.as_object().is_some_and(|operators| {
        operators.iter().any(|(operator, keys)| {
            // a condition with Not or IfExists lets more through than it names
            let names = !operator.contains("Not") && !operator.ends_with("IfExists") && operator != "Null";
            let limits = |(key, values): (&String, &Value)| KEYS.contains(&key.to_ascii_lowercase().as_str()) && fixed(values);
            names && keys.as_object().is_some_and(|keys| keys.iter().any(limits))
        })
    })
}

fn is_fixed(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains(['*', '?', '$']) && text != "0.0.0.0/0" && text != "::/0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(effect: &str, principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Statement":{{"Effect":"{effect}","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}}}"#
        )
    }

    #[test]
    fn public_is_an_allow_for_everybody_that_nothing_limits() {
        assert!(is_public(&policy("Allow", r#""*""#, "{}")));
        assert!(is_public(&policy("Allow", r#"{"AWS":["*"]}"#, "{}")));
        assert!(is_public(&policy("Allow", r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#)));
        assert!(is_public(&policy("Allow", r#""*""#, r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#)));
        assert!(!is_public(&policy("Deny", r#""*""#, "{}")));
        assert!(!is_public(&policy("Allow", r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "{}")));
        assert!(!is_public(&policy("Allow", r#""*""#, r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#)));
    }
}
