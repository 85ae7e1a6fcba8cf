//! When each of the built-in statements stands in a contract's documents, and what is lost without it.

use super::grammar::Kind;
use super::needs;
use crate::contract::{Contract, Encryption, Mode, Trust};

/// One of the built-in statements. A file of the same name in a directory of one's own follows the same condition.
pub(super) struct BuiltIn {
    pub(super) kind: Kind,
    pub(super) sid: &'static str,
    /// Whether the contract wants it.
    pub(super) wanted: fn(&Contract) -> bool,
    /// What is so without it, as the end of "… is missing: ".
    pub(super) without: &'static str,
}

const fn built_in(
    kind: Kind,
    sid: &'static str,
    wanted: fn(&Contract) -> bool,
    without: &'static str,
) -> BuiltIn {
    BuiltIn { kind, sid, wanted, without }
}

pub(super) const TRUST_ECS_TASKS: &str = "GatepassTrustEcsTasks";
pub(super) const TRUST_EC2: &str = "GatepassTrustEc2";
pub(super) const TRUST_LAMBDA: &str = "GatepassTrustLambda";
pub(super) const TRUST_PRINCIPAL: &str = "GatepassTrustPrincipal";
pub(super) const TRUST_PRINCIPAL_WITH_EXTERNAL_ID: &str = "GatepassTrustPrincipalWithExternalId";

/// All of them, sorted by directory and `Sid`.
pub(super) const BUILT_IN: [BuiltIn; 24] = [
    built_in(
        Kind::Bucket,
        "GatepassDenyInsecureTransport",
        Contract::is_tls,
        "S3 takes requests over plain HTTP",
    ),
    built_in(
        Kind::Bucket,
        "GatepassDenyOldSignatures",
        always,
        "a presigned URL works for as long as its signer said, up to 7 days",
    ),
    built_in(
        Kind::Bucket,
        "GatepassDenyOtherEncryption",
        always,
        "an upload may name another encryption than the bucket's",
    ),
    built_in(
        Kind::Bucket,
        "GatepassDenyOtherKmsKey",
        is_kms,
        "an upload may name another KMS key than the bucket's",
    ),
    built_in(
        Kind::Bucket,
        "GatepassDenySignatureV2",
        always,
        "S3 takes Signature Version 2 where it still can, whose age it does not know",
    ),
    built_in(
        Kind::Bucket,
        "GatepassDenySseC",
        always,
        "an upload may be encrypted with a key that only its sender has",
    ),
    built_in(
        Kind::Bucket,
        "GatepassDenyTlsBelow12",
        Contract::is_tls,
        "S3 takes whatever TLS it still offers",
    ),
    built_in(
        Kind::Bucket,
        "GatepassPresignerOnlyExtensions",
        ends_in_extension,
        "the role may upload keys with any extension",
    ),
    built_in(
        Kind::Bucket,
        "GatepassPresignerOnlyListsPrefix",
        lists,
        "a wider policy on the role lists beyond the prefix",
    ),
    built_in(
        Kind::Bucket,
        "GatepassPresignerOnlyPrefix",
        always,
        "a wider policy on the role reaches beyond the prefix",
    ),
    built_in(
        Kind::Bucket,
        "GatepassPresignerOnlyUploadActions",
        always,
        "a wider policy on the role allows more than uploads",
    ),
    built_in(
        Kind::Bucket,
        "GatepassPresignerWriteOnce",
        is_strict,
        "only the signed if-none-match header keeps a grant to one upload",
    ),
    built_in(Kind::Role, "GatepassConfirm", lists, "no upload can be confirmed by this statement"),
    built_in(
        Kind::Role,
        "GatepassDownload",
        has_downloads,
        "the role may not read uploads by this statement",
    ),
    built_in(
        Kind::Role,
        "GatepassKeepConfirmed",
        removes_unconfirmed,
        "no upload can be confirmed, for by this statement the tag stays by which S3 removes it",
    ),
    built_in(
        Kind::Role,
        "GatepassTagUploads",
        has_tags,
        "uploads with tags are denied by this statement",
    ),
    built_in(Kind::Role, "GatepassUpload", always, "the role may not upload by this statement"),
    built_in(
        Kind::Role,
        "GatepassUploadInParts",
        is_multipart,
        "the role may neither list nor give up uploads in parts by this statement",
    ),
    built_in(
        Kind::Role,
        "GatepassUseKmsKey",
        is_kms,
        "the role may not use the bucket's KMS key by this statement",
    ),
    built_in(
        Kind::Trust,
        TRUST_EC2,
        |contract| trusts(contract, TRUST_EC2),
        "EC2 instances cannot assume the role by it",
    ),
    built_in(
        Kind::Trust,
        TRUST_ECS_TASKS,
        |contract| trusts(contract, TRUST_ECS_TASKS),
        "ECS tasks cannot assume the role by it",
    ),
    built_in(
        Kind::Trust,
        TRUST_LAMBDA,
        |contract| trusts(contract, TRUST_LAMBDA),
        "Lambda functions cannot assume the role by it",
    ),
    built_in(
        Kind::Trust,
        TRUST_PRINCIPAL,
        |contract| trusts(contract, TRUST_PRINCIPAL),
        "the contract's principals cannot assume the role by it",
    ),
    built_in(
        Kind::Trust,
        TRUST_PRINCIPAL_WITH_EXTERNAL_ID,
        |contract| trusts(contract, TRUST_PRINCIPAL_WITH_EXTERNAL_ID),
        "the contract's principals with an external id cannot assume the role by it",
    ),
];

/// The built-in statement that has this `Sid`.
pub(super) fn find(kind: Kind, sid: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|built_in| built_in.kind == kind && built_in.sid == sid)
}

/// The statement that says what one `[[role.trust]]` says.
pub(super) fn trust_sid(trust: &Trust) -> &'static str {
    match trust {
        Trust::EcsTasks => TRUST_ECS_TASKS,
        Trust::Ec2 => TRUST_EC2,
        Trust::Lambda => TRUST_LAMBDA,
        Trust::SameAccount { external_id: None } | Trust::Principal { external_id: None, .. } => {
            TRUST_PRINCIPAL
        }
        Trust::SameAccount { external_id: Some(_) }
        | Trust::Principal { external_id: Some(_), .. } => TRUST_PRINCIPAL_WITH_EXTERNAL_ID,
    }
}

fn trusts(contract: &Contract, sid: &str) -> bool {
    contract.role.trust.iter().any(|trust| trust_sid(trust) == sid)
}

fn always(_: &Contract) -> bool {
    true
}

fn is_kms(contract: &Contract) -> bool {
    matches!(contract.bucket.encryption, Encryption::SseKms { .. })
}

fn lists(contract: &Contract) -> bool {
    needs::listing(contract).is_some()
}

fn has_downloads(contract: &Contract) -> bool {
    contract.download.is_some()
}

fn removes_unconfirmed(contract: &Contract) -> bool {
    contract.bucket.lifecycle.unconfirmed_expiration.is_some()
}

fn has_tags(contract: &Contract) -> bool {
    contract.tag_keys().next().is_some()
}

fn is_multipart(contract: &Contract) -> bool {
    contract.upload.multipart.is_some()
}

fn is_strict(contract: &Contract) -> bool {
    contract.upload.mode == Mode::Strict
}

fn ends_in_extension(contract: &Contract) -> bool {
    contract.upload.key.ends_in_extension()
}
