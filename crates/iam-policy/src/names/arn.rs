//! ARNs that a contract can name. See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

use std::fmt;

use super::{AccountId, Partition, Region};
use crate::Invalid;

/// The fields of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
struct Fields<'a> {
    partition: Partition,
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Fields<'a> {
    fn split(text: &'a str) -> Result<Self, Invalid> {
        let mut fields = text.splitn(6, ':');
        let mut next = || fields.next().unwrap_or_default();
        if next() != "arn" {
            return Err(Invalid::new("is not an ARN"));
        }
        let partition = next();
        let partition = Partition::parse(partition).ok_or_else(|| {
            Invalid::new(format!(
                "is in partition {partition:?}; gatepass knows aws, aws-cn and aws-us-gov"
            ))
        })?;
        let fields =
            Self { partition, service: next(), region: next(), account: next(), resource: next() };
        // An ARN is put into conditions and resources, where `*`, `?` and `$` stand for something else.
        match text.chars().find(|c| !c.is_ascii_alphanumeric() && !":/+=,.@_-".contains(*c)) {
            Some(other) => {
                Err(Invalid::new(format!("has {other:?} in an ARN, which must name one thing")))
            }
            None => Ok(fields),
        }
    }
}

macro_rules! arn {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name {
            text: String,
            partition: Partition,
            account: Option<AccountId>,
        }

        impl $name {
            /// The ARN.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }

            /// The partition it names.
            #[must_use]
            pub fn partition(&self) -> Partition {
                self.partition
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }
    };
}

arn! {
    /// The ARN of an IAM principal: an account's root, a user, a role, or a role's session.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
    PrincipalArn
}

arn! {
    /// The ARN of a KMS key.
    /// See <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN>.
    KmsKeyArn
}

arn! {
    /// The ARN of a managed IAM policy.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>.
    PolicyArn
}

const PRINCIPAL_FORM: &str =
    "write e.g. \"arn:aws:iam::111122223333:role/NAME\", or an account's 12 digits";

impl PrincipalArn {
    /// Parses `arn:P:iam::ACCOUNT:root`, `…:user/…`, `…:role/…` or `arn:P:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    ///
    /// # Errors
    /// Anything else, wildcards among it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let fields = Fields::split(text).map_err(|invalid| invalid.hint(PRINCIPAL_FORM))?;
        let named = |kind: &str| {
            fields
                .resource
                .strip_prefix(kind)
                .is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
        };
        let principal = match fields.service {
            "iam" => fields.resource == "root" || named("user/") || named("role/"),
            "sts" => named("assumed-role/") && fields.resource.matches('/').count() == 2,
            _ => false,
        };
        if !principal || !fields.region.is_empty() {
            return Err(Invalid::new("is not the ARN of an account, user, role or role session")
                .hint(PRINCIPAL_FORM));
        }
        let account = AccountId::parse(fields.account)?;
        Ok(Self { text: text.to_owned(), partition: fields.partition, account: Some(account) })
    }

    /// The ARN that stands for a whole account.
    #[must_use]
    pub fn account_root(partition: Partition, account: &AccountId) -> Self {
        Self {
            text: format!("arn:{partition}:iam::{account}:root"),
            partition,
            account: Some(account.clone()),
        }
    }
}

const KEY_FORM: &str = "write the key's ARN, e.g. \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"";

impl KmsKeyArn {
    /// Parses `arn:P:kms:REGION:ACCOUNT:key/ID`.
    ///
    /// # Errors
    /// Anything else. An alias among it: permissions on a key are given by the key's own ARN.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let fields = Fields::split(text).map_err(|invalid| invalid.hint(KEY_FORM))?;
        let wrong = |problem: &str| Err(Invalid::new(problem).hint(KEY_FORM));
        if fields.service != "kms" {
            return wrong("is not the ARN of a KMS key");
        }
        let Some(id) = fields.resource.strip_prefix("key/") else {
            return wrong(if fields.resource.starts_with("alias/") {
                "names an alias, and permissions are given on the key itself"
            } else {
                "is not the ARN of a KMS key"
            });
        };
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return wrong("has no key id");
        }
        Region::parse(fields.region)?;
        let account = AccountId::parse(fields.account)?;
        Ok(Self { text: text.to_owned(), partition: fields.partition, account: Some(account) })
    }

    /// The code of the region that the key is in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.text.split(':').nth(3).unwrap_or_default()
    }
}

const POLICY_FORM: &str = "write e.g. \"arn:aws:iam::111122223333:policy/NAME\"";

impl PolicyArn {
    /// Parses `arn:P:iam::ACCOUNT:policy/NAME`, where ACCOUNT is `aws` for AWS's own policies.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let fields = Fields::split(text).map_err(|invalid| invalid.hint(POLICY_FORM))?;
        let named = fields
            .resource
            .strip_prefix("policy/")
            .is_some_and(|name| !name.is_empty() && !name.ends_with('/'));
        if fields.service != "iam" || !fields.region.is_empty() || !named {
            return Err(Invalid::new("is not the ARN of a managed policy").hint(POLICY_FORM));
        }
        let account =
            if fields.account == "aws" { None } else { Some(AccountId::parse(fields.account)?) };
        Ok(Self { text: text.to_owned(), partition: fields.partition, account })
    }

    /// The account whose policy it is; None for AWS's own.
    #[must_use]
    pub fn account_id(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::test_support::verdicts;

    #[test]
    fn principals() {
        let texts = [
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/path/ada",
            "arn:aws-cn:iam::111122223333:role/app",
            "arn:aws:sts::111122223333:assumed-role/app/session",
            "arn:aws:sts::111122223333:assumed-role/app",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:group/all",
            "arn:aws:iam::111122223333:oidc-provider/example.com",
            "arn:aws:iam:eu-central-1:111122223333:role/app",
            "arn:aws:iam::1111:role/app",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:role/${aws:username}",
            "arn:aws:iam::111122223333:role/a\"b",
            "arn:aws:iam::111122223333:role/a b",
            "arn:aws:s3:::bucket",
            "arn:aws-iso:iam::111122223333:root",
            "arn:aws",
            "ada",
        ];
        insta::assert_snapshot!(verdicts(PrincipalArn::parse, &texts), @r#"
        "arn:aws:iam::111122223333:root" → arn:aws:iam::111122223333:root
        "arn:aws:iam::111122223333:user/path/ada" → arn:aws:iam::111122223333:user/path/ada
        "arn:aws-cn:iam::111122223333:role/app" → arn:aws-cn:iam::111122223333:role/app
        "arn:aws:sts::111122223333:assumed-role/app/session" → arn:aws:sts::111122223333:assumed-role/app/session
        "arn:aws:sts::111122223333:assumed-role/app" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::111122223333:role/" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::111122223333:group/all" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::111122223333:oidc-provider/example.com" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam:eu-central-1:111122223333:role/app" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::1111:role/app" ✗ is not an AWS account id; hint: write its 12 digits as a string, e.g. "111122223333"
        "arn:aws:iam::111122223333:role/*" ✗ has '*' in an ARN, which must name one thing; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::111122223333:role/${aws:username}" ✗ has '$' in an ARN, which must name one thing; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::111122223333:role/a\"b" ✗ has '"' in an ARN, which must name one thing; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:iam::111122223333:role/a b" ✗ has ' ' in an ARN, which must name one thing; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws:s3:::bucket" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws-iso:iam::111122223333:root" ✗ is in partition "aws-iso"; gatepass knows aws, aws-cn and aws-us-gov; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "arn:aws" ✗ is not the ARN of an account, user, role or role session; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "ada" ✗ is not an ARN; hint: write e.g. "arn:aws:iam::111122223333:role/NAME", or an account's 12 digits
        "#);
    }

    #[test]
    fn keys() {
        let texts = [
            "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            "arn:aws:kms:eu-central-1:111122223333:alias/uploads",
            "arn:aws:kms:eu-central-1:111122223333:key/",
            "arn:aws:kms:eu-central-1:111122223333:key/*",
            "arn:aws:kms::111122223333:key/1234",
            "arn:aws:s3:::bucket",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
        ];
        insta::assert_snapshot!(verdicts(KmsKeyArn::parse, &texts), @r#"
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" → arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
        "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab" → arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab
        "arn:aws:kms:eu-central-1:111122223333:alias/uploads" ✗ names an alias, and permissions are given on the key itself; hint: write the key's ARN, e.g. "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        "arn:aws:kms:eu-central-1:111122223333:key/" ✗ has no key id; hint: write the key's ARN, e.g. "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        "arn:aws:kms:eu-central-1:111122223333:key/*" ✗ has '*' in an ARN, which must name one thing; hint: write the key's ARN, e.g. "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        "arn:aws:kms::111122223333:key/1234" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "arn:aws:s3:::bucket" ✗ is not the ARN of a KMS key; hint: write the key's ARN, e.g. "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        "1234abcd-12ab-34cd-56ef-1234567890ab" ✗ is not an ARN; hint: write the key's ARN, e.g. "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        "#);
    }

    #[test]
    fn policies() {
        let texts = [
            "arn:aws:iam::111122223333:policy/boundary",
            "arn:aws:iam::aws:policy/AmazonS3FullAccess",
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:policy/",
            "boundary",
        ];
        insta::assert_snapshot!(verdicts(PolicyArn::parse, &texts), @r#"
        "arn:aws:iam::111122223333:policy/boundary" → arn:aws:iam::111122223333:policy/boundary
        "arn:aws:iam::aws:policy/AmazonS3FullAccess" → arn:aws:iam::aws:policy/AmazonS3FullAccess
        "arn:aws:iam::111122223333:role/app" ✗ is not the ARN of a managed policy; hint: write e.g. "arn:aws:iam::111122223333:policy/NAME"
        "arn:aws:iam::111122223333:policy/" ✗ is not the ARN of a managed policy; hint: write e.g. "arn:aws:iam::111122223333:policy/NAME"
        "boundary" ✗ is not an ARN; hint: write e.g. "arn:aws:iam::111122223333:policy/NAME"
        "#);
    }
}
