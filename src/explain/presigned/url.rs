//! A presigned URL explained: everything for which S3 would refuse it.

use serde::Serialize;

use super::parameters::Claim;
use super::place::Place;
use super::sent::wrong_value;
use super::{Basis, Finding, Sent, SignedUrl};
use crate::explain::decision::{Action, Explanation};
use gatepass_core::contract::{Contract, Encryption, Mode};
use iam_policy::evaluate::{PolicyError, RequestContext};
use iam_policy::{S3Resource, S3SubResource, s3_sub_resources};

/// What a URL is about and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrlExplanation {
    /// Whether S3 would take it, as far as can be seen without the secret key.
    pub allowed: bool,
    /// The URL, with what makes it a right masked.
    pub url: String,
    /// The method that it is used with.
    pub method: String,
    /// The object key; empty for the bucket itself.
    pub key: String,
    /// The headers that a client must send, beside those that HTTP sends by itself: names, in lower case.
    pub signed_headers: Vec<String>,
    /// What was found, apart from the policies.
    pub findings: Vec<Finding>,
    /// What the contract's documents say to it; none where they have no say.
    pub policies: Option<Explanation>,
}

/// Methods of `x-id`, which the AWS SDKs and gatepass name the operation with.
const OPERATIONS: [(&str, &str); 9] = [
    ("PutObject", "PUT"),
    ("UploadPart", "PUT"),
    ("GetObject", "GET"),
    ("HeadObject", "HEAD"),
    ("DeleteObject", "DELETE"),
    ("CreateMultipartUpload", "POST"),
    ("CompleteMultipartUpload", "POST"),
    ("AbortMultipartUpload", "DELETE"),
    ("ListParts", "GET"),
];

impl UrlExplanation {
    /// Explains a URL that is used now, with what is told of the request.
    ///
    /// # Errors
    /// A document that cannot be evaluated.
    pub fn of(url: &SignedUrl, sent: &Sent, basis: Basis<'_>) -> Result<Self, PolicyError> {
        let contract = basis.contract;
        let mut findings = Vec::new();
        let claim = Claim::read(url, contract, basis.now, &mut findings);
        let place = Place::of(url, contract, &mut findings);
        let method = method(url, sent, &mut findings);
        let signed = url.signed_headers();
        check_headers(url, &method, sent, contract, &place, &mut findings);
        let policies = match action(&method, url, &place).filter(|_| place.is_own(contract)) {
            Some(action) => Some(policies(url, sent, &claim, &place, action, basis)?),
            None => None,
        };
        let denied = policies.as_ref().is_some_and(|policies| !policies.allowed);
        Ok(Self {
            allowed: !denied && !findings.iter().any(|finding| finding.refused),
            url: url.to_string(),
            method,
            key: place.key,
            signed_headers: signed.into_iter().filter(|name| name != "host").collect(),
            findings,
            policies,
        })
    }
}

/// The method of an operation that `x-id` names.
pub(super) fn method_of(operation: &str) -> Option<&'static str> {
    OPERATIONS.iter().find(|(name, _)| *name == operation).map(|(_, method)| *method)
}

/// The method that the URL is signed for, as far as it tells.
fn signed_method(url: &SignedUrl) -> Option<&'static str> {
    method_of(&url.get("x-id")?)
}

fn method(url: &SignedUrl, sent: &Sent, findings: &mut Vec<Finding>) -> String {
    match (&sent.method, signed_method(url)) {
        (Some(sent), Some(signed)) if sent != signed => {
            findings.push(Finding::refused(
                "wrong_method",
                format!(
                    "the URL is signed for {signed} (x-id={}), and {sent} is sent",
                    url.get("x-id").unwrap_or_default()
                ),
                format!("send {signed}"),
            ));
            sent.clone()
        }
        (Some(sent), _) => sent.clone(),
        (None, signed) => signed.unwrap_or("PUT").to_owned(),
    }
}

/// What is sent against what is signed, and both against what the contract would sign.
fn check_headers(
    url: &SignedUrl,
    method: &str,
    sent: &Sent,
    contract: &Contract,
    place: &Place,
    findings: &mut Vec<Finding>,
) {
    let signed = url.signed_headers();
    // a client that uploads counts the bytes itself
    let by_itself = |name: &str| matches!(name, "host" | "content-length");
    if sent.tells_headers() {
        for name in signed.iter().filter(|name| !by_itself(name) && sent.header(name).is_none()) {
            findings.push(Finding::refused(
                "header_missing",
                format!("the header {name} is signed and not sent"),
                "send every header of the grant, exactly as it was given",
            ));
        }
        for (name, _) in sent.headers().filter(|(name, _)| {
            name.starts_with("x-amz-") && !signed.iter().any(|signed| signed == name)
        }) {
            findings.push(Finding::refused(
                "header_not_signed",
                format!("the header {name} is sent and not signed, and S3 takes no x-amz- header that is not"),
                "leave it out, or have it signed",
            ));
        }
    }
    for (name, value) in
        sent.headers().filter(|(name, _)| signed.iter().any(|signed| signed == name))
    {
        if let Some(wanted) = wrong_value(contract, &place.key, name, value) {
            findings.push(Finding::refused(
                "header_differs",
                format!("the header {name} is {value:?}, and the contract signs {wanted}"),
                "send every header of the grant, exactly as it was given",
            ));
        }
    }
    let is_upload = method == "PUT" && url.get("uploadId").is_none();
    // a condition counts in the query too
    let is_signed = |name: &str| {
        signed.iter().any(|signed| signed == name)
            || (name == "if-none-match" && url.get(name).is_some())
    };
    let unsigned: Vec<&str> =
        of_contract(contract).into_iter().filter(|name| !is_signed(name)).collect();
    if is_upload && !signed.is_empty() && !unsigned.is_empty() && place.is_own(contract) {
        let text = format!(
            "not signed: {}; so the URL was not made under this contract, and what these headers keep is open",
            unsigned.join(", ")
        );
        findings.push(Finding::note("header_unsigned", text, "let gatepass make the grant"));
    }
}

/// The headers that every grant of the contract signs.
fn of_contract(contract: &Contract) -> Vec<&'static str> {
    match contract.upload.mode {
        Mode::Strict => vec!["content-length", "content-type", "if-none-match"],
        Mode::Compatible => vec!["content-type"],
    }
}

/// The action that S3 asks the policies about; none where there is no such operation.
fn action(method: &str, url: &SignedUrl, place: &Place) -> Option<&'static str> {
    let of = if place.key.is_empty() { S3Resource::Bucket } else { S3Resource::Object };
    let has = |name: &str| url.parameters.iter().any(|parameter| parameter.name == name);
    let asked: Vec<S3SubResource> = s3_sub_resources().filter(|known| has(known.name)).collect();
    if !asked.is_empty() {
        let method = if method == "HEAD" { "GET" } else { method };
        let own = asked.iter().filter(|known| known.of == of).flat_map(|known| known.operations);
        return own.copied().find(|(known, _)| *known == method).map(|(_, action)| action);
    }
    match (method, place.key.is_empty()) {
        ("PUT" | "POST", false) => Some("PutObject"),
        ("GET" | "HEAD", false) => Some("GetObject"),
        ("DELETE", false) => Some("DeleteObject"),
        ("GET" | "HEAD", true) => Some("ListBucket"),
        _ => None,
    }
}

/// What the documents say, with what the URL tells of the request.
fn policies(
    url: &SignedUrl,
    sent: &Sent,
    claim: &Claim,
    place: &Place,
    action: &str,
    basis: Basis<'_>,
) -> Result<Explanation, PolicyError> {
    let Basis { contract, account, documents, principal, now } = basis;
    let partition = contract.bucket.region.partition();
    let bucket = format!("arn:{partition}:s3:::{}", contract.bucket.name);
    let resource = if place.key.is_empty() { bucket } else { format!("{bucket}/{}", place.key) };
    let anonymous = crate::explain::decision::Principal::anonymous();
    let principal = if claim.is_signed { principal } else { &anonymous };
    let Ok(action) = Action::parse(&format!("s3:{action}")) else {
        return Err(PolicyError { statement: "?".to_owned(), problem: action.to_owned() });
    };
    let change = |mut context: RequestContext| {
        if let Some(age) = claim.signed_at.and_then(|signed_at| now.duration_since(signed_at).ok())
        {
            context.set("s3:signatureAge", age.as_millis().to_string());
        }
        if claim.is_version_2 {
            context = context.with("s3:signatureversion", "AWS").with("s3:signatureAge", "0");
        }
        context.set("aws:SecureTransport", (url.scheme == "https").to_string());
        if url.scheme == "http" {
            context = context.without("s3:TlsVersion");
        }
        if url.get("partNumber").is_some() || url.get("uploads").is_some() {
            context.set("s3:ObjectCreationOperation", "false");
        }
        headers_of_policies(contract).into_iter().fold(context, |context, (name, value)| {
            let is_signed = url.signed_headers().iter().any(|signed| signed == name);
            let sent = if sent.tells_headers() {
                sent.header(name).map(str::to_owned)
            } else {
                is_signed.then_some(value)
            };
            match sent.or_else(|| url.get(name)) {
                Some(value) => context.with(&format!("s3:{name}"), value),
                None => context.without(&format!("s3:{name}")),
            }
        })
    };
    Explanation::of(contract, account, documents, principal, &action, &resource, change)
}

/// The headers that policies see, with the value that the contract signs.
fn headers_of_policies(contract: &Contract) -> [(&'static str, String); 4] {
    let (algorithm, key) = match &contract.bucket.encryption {
        Encryption::SseS3 => ("AES256", String::new()),
        Encryption::SseKms { key } => ("aws:kms", key.to_string()),
    };
    [
        ("if-none-match", "*".to_owned()),
        ("x-amz-server-side-encryption", algorithm.to_owned()),
        ("x-amz-server-side-encryption-aws-kms-key-id", key),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256".to_owned()),
    ]
}
