//! The policies that AWS manages and that this backend knows the content of. Others can be attached, and allow nothing.
//! See <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>.

/// Their names.
pub(crate) const NAMES: [&str; 5] = [
    "AdministratorAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
];

/// The document of the policy with this ARN.
pub(crate) fn document(arn: &str) -> Option<&'static str> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    Some(match name {
        "AdministratorAccess" => {
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#
        }
        "AmazonS3FullAccess" => {
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "s3-object-lambda:*"], "Resource": "*"}]}"#
        }
        "AmazonS3ReadOnlyAccess" => {
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
                "Action": ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"]}]}"#
        }
        "IAMFullAccess" => {
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
                "Action": ["iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization", "organizations:ListRoots"]}]}"#
        }
        "IAMReadOnlyAccess" => {
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
                "Action": ["iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*",
                           "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"]}]}"#
        }
        _ => return None,
    })
}
