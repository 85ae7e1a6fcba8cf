//! The circumstances of a request that a bucket policy can see.

use crate::contract::{Contract, Encryption, Mode};
use crate::policy::needs::{self, TAG, UPLOAD};
use iam_policy::AccountId;
use iam_policy::evaluate::{Caller, RequestContext};

const ENCRYPTION: &str = "s3:x-amz-server-side-encryption";
const KMS_KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const SSE_C: &str = "s3:x-amz-server-side-encryption-customer-algorithm";
const IF_NONE_MATCH: &str = "s3:if-none-match";
const CREATION: &str = "s3:ObjectCreationOperation";

/// What has to become of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// It is what the contract is for.
    Pass,
    /// It is what the contract promises to keep out.
    BeDenied,
    /// That is for the statements of one's own to say.
    Either,
}

/// How a request differs from the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstance {
    /// A few words that go after "an upload": "over plain HTTP".
    pub name: String,
    /// The one action that can be made so; none where any can.
    pub only: Option<&'static str>,
    /// What has to become of an upload by the presigner role that is made so.
    pub must: Must,
    /// Condition keys with the value that each has; none: it is absent.
    changes: Vec<(String, Option<String>)>,
}

impl Circumstance {
    /// The name of the usual circumstances.
    pub const USUAL: &str = "as granted";

    pub(super) fn new(name: impl Into<String>, changes: &[(&str, Option<&str>)]) -> Self {
        let changes = changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)))
            .collect();
        Self { name: name.into(), only: None, must: Must::BeDenied, changes }
    }

    fn of_uploads(self) -> Self {
        Self { only: Some(UPLOAD), ..self }
    }

    pub(super) fn that(self, must: Must) -> Self {
        Self { must, ..self }
    }

    /// Whether a request for this action can be made so.
    #[must_use]
    pub fn suits(&self, action: &str) -> bool {
        self.only.is_none_or(|only| action.eq_ignore_ascii_case(only))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|(key, _)| key.as_str())
    }

    pub(super) fn change(&self, mut context: RequestContext) -> RequestContext {
        for (key, value) in &self.changes {
            context = match value {
                Some(value) => context.with(key, value.as_str()),
                None => context.without(key),
            };
        }
        context
    }
}

/// The condition keys of a request as a grant of this contract makes it, just signed.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
pub(super) fn usual(
    contract: &Contract,
    account: &AccountId,
    caller: &Caller,
    action: &str,
) -> Vec<(&'static str, String)> {
    let mut keys = vec![
        ("aws:SecureTransport", contract.is_tls().to_string()),
        ("aws:ResourceAccount", account.to_string()),
        ("s3:ResourceAccount", account.to_string()),
        ("aws:RequestedRegion", contract.bucket.region.to_string()),
    ];
    if contract.is_tls() {
        keys.push(("s3:TlsVersion", "1.3".to_owned()));
    }
    let kind = match caller {
        Caller::Anonymous => "Anonymous",
        Caller::Root { .. } => "Account",
        Caller::User { .. } => "User",
        Caller::RoleSession { .. } => "AssumedRole",
        Caller::Service(_) => "Service",
        Caller::Federated(_) => "FederatedUser",
    };
    keys.push(("aws:PrincipalType", kind.to_owned()));
    keys.extend(caller.principal_arn().map(|arn| ("aws:PrincipalArn", arn)));
    if let Caller::User { arn } = caller {
        keys.extend(arn.rsplit('/').next().map(|name| ("aws:username", name.to_owned())));
    }
    if *caller != Caller::Anonymous {
        keys.extend(caller.account().map(|account| ("aws:PrincipalAccount", account.to_owned())));
        keys.extend([
            ("s3:authType", "REST-QUERY-STRING".to_owned()),
            ("s3:signatureversion", "AWS4-HMAC-SHA256".to_owned()),
            ("s3:signatureAge", "1000".to_owned()),
            ("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD".to_owned()),
        ]);
    }
    if action.eq_ignore_ascii_case(TAG) {
        keys.extend(
            contract.tag_keys().next().map(|key| ("s3:RequestObjectTagKeys", key.to_owned())),
        );
    }
    if ["s3:ListBucket", "s3:ListBucketVersions"]
        .iter()
        .any(|listing| action.eq_ignore_ascii_case(listing))
    {
        keys.push(("s3:prefix", contract.upload.key.prefix().to_owned()));
    }
    if is_upload(action) {
        keys.push((CREATION, "true".to_owned()));
        if contract.upload.mode == Mode::Strict {
            keys.push((IF_NONE_MATCH, "*".to_owned()));
        }
        if contract.upload.sign_encryption_headers {
            keys.extend(encryption(contract));
        }
    }
    keys
}

fn is_upload(action: &str) -> bool {
    action.eq_ignore_ascii_case(UPLOAD)
}

fn encryption(contract: &Contract) -> Vec<(&'static str, String)> {
    match &contract.bucket.encryption {
        Encryption::SseS3 => vec![(ENCRYPTION, "AES256".to_owned())],
        Encryption::SseKms { key } => {
            vec![(ENCRYPTION, "aws:kms".to_owned()), (KMS_KEY, key.to_string())]
        }
    }
}

/// The usual circumstances, and those that the contract's guardrails are there for.
pub(super) fn all(contract: &Contract) -> Vec<Circumstance> {
    let upload = &contract.upload;
    let in_parts = if upload.multipart.is_some() { Must::Pass } else { Must::Either };
    let mut all = vec![
        Circumstance::new(Circumstance::USUAL, &[]).that(Must::Pass),
        Circumstance::new("in parts", &[(CREATION, Some("false")), (IF_NONE_MATCH, None)])
            .of_uploads()
            .that(in_parts),
    ];
    if contract.is_tls() {
        all.push(Circumstance::new(
            "over plain HTTP",
            &[("aws:SecureTransport", Some("false")), ("s3:TlsVersion", None)],
        ));
        for version in ["1.1", "1.0"] {
            all.push(Circumstance::new(
                format!("over TLS {version}"),
                &[("s3:TlsVersion", Some(version))],
            ));
        }
    }
    let too_old = (upload.max_signature_age.milliseconds() + 1).to_string();
    all.push(Circumstance::new(
        format!("signed more than {} s ago", upload.max_signature_age.seconds()),
        &[("s3:signatureAge", Some(&too_old))],
    ));
    // S3 does not know the age of such a signature and reports 0
    let sigv2 = [("s3:signatureversion", Some("AWS")), ("s3:signatureAge", Some("0"))];
    all.push(Circumstance::new("signed with Signature Version 2", &sigv2));
    all.push(
        Circumstance::new("encrypted with a key of the client's", &[(SSE_C, Some("AES256"))])
            .of_uploads(),
    );
    match &contract.bucket.encryption {
        Encryption::SseS3 => {
            for other in ["aws:kms", "aws:kms:dsse"] {
                all.push(
                    Circumstance::new(
                        format!("encrypted with {other}"),
                        &[(ENCRYPTION, Some(other))],
                    )
                    .of_uploads(),
                );
            }
        }
        Encryption::SseKms { key } => {
            for other in ["AES256", "aws:kms:dsse"] {
                // with the right key, which only the algorithm is wrong for
                let named = [(ENCRYPTION, Some(other)), (KMS_KEY, Some(key.as_str()))];
                all.push(Circumstance::new(format!("encrypted with {other}"), &named).of_uploads());
            }
            let foreign = format!("{}-other", key.as_str());
            let other_key = [(ENCRYPTION, Some("aws:kms")), (KMS_KEY, Some(foreign.as_str()))];
            all.push(Circumstance::new("encrypted with another KMS key", &other_key).of_uploads());
            let no_key = [(ENCRYPTION, Some("aws:kms")), (KMS_KEY, None)];
            all.push(
                Circumstance::new("encrypted with the AWS managed KMS key", &no_key).of_uploads(),
            );
        }
    }
    if let Some(listing) = needs::listing(contract) {
        for (name, prefix) in
            [("beyond the prefix", Some("gatepass-check/")), ("without a prefix", None)]
        {
            all.push(Circumstance {
                only: Some(listing),
                ..Circumstance::new(name, &[("s3:prefix", prefix)])
            });
        }
    }
    if upload.mode == Mode::Strict {
        all.push(Circumstance::new("without if-none-match", &[(IF_NONE_MATCH, None)]).of_uploads());
    }
    all
}
