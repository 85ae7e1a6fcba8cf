//! SigV4's own parameters: what they claim, and what S3 finds wrong with them before it looks at anything else.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::time::{Duration, SystemTime};

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::signed_url::OWN;
use super::{Finding, SignedUrl};
use gatepass_core::contract::Contract;

/// `20130524T000000Z`
const DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
const SEVEN_DAYS: u64 = 7 * 86_400;
/// How far S3's clock and the signer's may be apart.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>, `RequestTimeTooSkewed`.
const MAX_SKEW: Duration = Duration::from_secs(15 * 60);
/// The base64 form of the CRC-32 of nothing.
const CRC32_OF_NOTHING: &str = "AAAAAA==";
/// What every presigned URL has.
const REQUIRED: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];
const ASK_AGAIN: &str = "ask for a new grant";
const COPY_AGAIN: &str = "copy the whole URL again, or ask for a new grant";

/// What the parameters claim, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claim {
    /// When it was signed.
    pub(super) signed_at: Option<SystemTime>,
    /// Whether it is signed with Signature Version 2.
    pub(super) is_version_2: bool,
    /// Whether it is signed at all.
    pub(super) is_signed: bool,
}

impl Claim {
    /// Reads the parameters of a URL that is used `now`.
    pub(super) fn read(
        url: &SignedUrl,
        contract: &Contract,
        now: SystemTime,
        findings: &mut Vec<Finding>,
    ) -> Self {
        mangled(url, findings);
        if url.get("Signature").is_some() && url.get("AWSAccessKeyId").is_some() {
            findings.push(Finding::refused(
                "signature_version_2",
                "the URL is signed with Signature Version 2, whose age S3 does not know",
                "sign with Version 4: boto3 does with Config(signature_version=\"s3v4\")",
            ));
            return Self { is_version_2: true, is_signed: true, ..Self::default() };
        }
        if !url
            .parameters
            .iter()
            .any(|parameter| parameter.name.to_ascii_lowercase().starts_with(OWN))
        {
            let text = "the URL has no signature, so S3 takes it for a request of nobody";
            findings.push(Finding::refused(
                "not_signed",
                text,
                "use the whole URL that the endpoint answered, with everything after its ?",
            ));
            return Self::default();
        }
        let missing: Vec<&str> = REQUIRED
            .into_iter()
            .filter(|name| url.get(name).is_none_or(|value| value.is_empty()))
            .collect();
        if !missing.is_empty() {
            findings.push(Finding::refused(
                "parameter_missing",
                format!("the URL lacks {}", missing.join(", ")),
                COPY_AGAIN,
            ));
        }
        let twice: Vec<&str> = REQUIRED.into_iter().filter(|name| url.count(name) > 1).collect();
        if !twice.is_empty() {
            findings.push(Finding::refused(
                "parameter_twice",
                format!("{} stands in it more than once", twice.join(", ")),
                COPY_AGAIN,
            ));
        }
        forms(url, findings);
        credential(url, contract, findings);
        let signed_at = validity(url, contract, now, findings);
        Self { signed_at, is_signed: true, is_version_2: false }
    }
}

/// What became of the URL on its way here.
fn mangled(url: &SignedUrl, findings: &mut Vec<Finding>) {
    for mangling in &url.manglings {
        let (code, text, way_out) = mangling.finding();
        findings.push(Finding::refused(code, text, way_out));
    }
    for parameter in &url.parameters {
        let name = parameter.name.to_ascii_lowercase();
        let is_known = REQUIRED.iter().any(|known| known.eq_ignore_ascii_case(&name))
            || name == "x-amz-security-token";
        match name.strip_prefix(OWN) {
            Some("checksum-crc32") if parameter.value() == CRC32_OF_NOTHING => findings.push(Finding::note(
                "checksum_of_nothing",
                "the URL states the CRC-32 of an empty body, which the AWS SDK for JavaScript adds when it signs without one; \
                 S3 ignores it there, and other stores refuse every other body for it",
                "sign with requestChecksumCalculation: \"WHEN_REQUIRED\", or let gatepass sign",
            )),
            Some(_) if !is_known => findings.push(Finding::note(
                "unknown_parameter",
                format!("the parameter {} is none of SigV4's; S3 reads it as the header of that name, if it is one", parameter.name),
                "it is part of what was signed: leave it as it is",
            )),
            _ => {}
        }
    }
}

fn forms(url: &SignedUrl, findings: &mut Vec<Finding>) {
    let mut malformed = |name: &str, wanted: &str| {
        findings.push(Finding::refused(
            "parameter_malformed",
            format!("{name} is not {wanted}"),
            COPY_AGAIN,
        ));
    };
    if url.get("X-Amz-Algorithm").is_some_and(|algorithm| algorithm != "AWS4-HMAC-SHA256") {
        malformed("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    }
    let is_hex = |text: &str| {
        text.len() == 64
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    match url.get("X-Amz-Signature") {
        Some(signature) if !signature.is_empty() && signature.len() < 64 => {
            malformed("X-Amz-Signature", "whole: the URL was cut off")
        }
        Some(signature) if !signature.is_empty() && !is_hex(&signature) => {
            malformed("X-Amz-Signature", "64 hexadecimal digits")
        }
        _ => {}
    }
    if url.get("X-Amz-SignedHeaders").is_some()
        && !url.signed_headers().iter().any(|name| name == "host")
    {
        malformed("X-Amz-SignedHeaders", "a list of headers with host among them");
    }
}

/// Whose key, of which day, for which region and service.
fn credential(url: &SignedUrl, contract: &Contract, findings: &mut Vec<Finding>) {
    let Some(credential) = url.get("X-Amz-Credential").filter(|credential| !credential.is_empty())
    else {
        return;
    };
    let parts: Vec<&str> = credential.rsplitn(5, '/').collect();
    let [terminator, service, region, date, key_id] = parts.as_slice() else {
        let text = "X-Amz-Credential is not ACCESS_KEY_ID/DATE/REGION/s3/aws4_request";
        return findings.push(Finding::refused("parameter_malformed", text, COPY_AGAIN));
    };
    let wanted = contract.bucket.region.as_str();
    if *region != wanted {
        findings.push(Finding::refused(
            "wrong_region",
            format!("the URL is signed for the region {region}, and the contract's bucket is in {wanted}"),
            "let the signer sign for the bucket's region",
        ));
    }
    if *service != "s3" || *terminator != "aws4_request" {
        let text =
            format!("the URL is signed for {service}/{terminator}, and S3 wants s3/aws4_request");
        findings.push(Finding::refused(
            "wrong_service",
            text,
            "let the signer sign for the service s3",
        ));
    }
    if url.get("X-Amz-Date").is_some_and(|signed| !signed.starts_with(date)) {
        let text = "the day in X-Amz-Credential is not that of X-Amz-Date";
        findings.push(Finding::refused("parameter_malformed", text, COPY_AGAIN));
    }
    let has_token = url.get("X-Amz-Security-Token").is_some_and(|token| !token.is_empty());
    match has_token {
        false if key_id.starts_with("ASIA") => findings.push(Finding::refused(
            "token_missing",
            "the URL is signed with temporary credentials and lacks X-Amz-Security-Token",
            "give the signer the session token too (AWS_SESSION_TOKEN)",
        )),
        true if key_id.starts_with("AKIA") => findings.push(Finding::refused(
            "token_foreign",
            "the URL is signed with the key of a user and has a session token, which is of other credentials",
            "unset AWS_SESSION_TOKEN where the signer runs",
        )),
        true => findings.push(Finding::note(
            "temporary_credentials",
            "the URL is signed with temporary credentials and ends with them, which can be before X-Amz-Expires says so",
            "gatepass clamps a grant to what is left of its credentials",
        )),
        false => {}
    }
}

/// From when until when.
fn validity(
    url: &SignedUrl,
    contract: &Contract,
    now: SystemTime,
    findings: &mut Vec<Finding>,
) -> Option<SystemTime> {
    let expires_in =
        url.get("X-Amz-Expires").filter(|text| !text.is_empty()).map(|text| text.parse::<u64>());
    match expires_in {
        Some(Ok(0) | Err(_)) => {
            let text = "X-Amz-Expires is not a number of seconds between 1 and 604800";
            findings.push(Finding::refused("parameter_malformed", text, ASK_AGAIN));
        }
        Some(Ok(seconds)) if seconds > SEVEN_DAYS => findings.push(Finding::refused(
            "too_long",
            format!("X-Amz-Expires is {seconds} s, and S3 takes at most {SEVEN_DAYS} (7 days)"),
            "sign for a shorter time: upload.expires_in",
        )),
        Some(Ok(seconds)) if seconds > contract.upload.max_signature_age.seconds().into() => findings.push(Finding::note(
            "ends_early",
            format!(
                "X-Amz-Expires is {seconds} s, and the bucket policy refuses any signature that is older than upload.max_signature_age, {} s",
                contract.upload.max_signature_age.seconds()
            ),
            ASK_AGAIN,
        )),
        _ => {}
    }
    let text = url.get("X-Amz-Date").filter(|text| !text.is_empty())?;
    let Some(signed_at) =
        PrimitiveDateTime::parse(&text, DATE).ok().map(PrimitiveDateTime::assume_utc)
    else {
        findings.push(Finding::refused(
            "parameter_malformed",
            "X-Amz-Date is not of the form 20260131T120000Z",
            COPY_AGAIN,
        ));
        return None;
    };
    let signed_at = system_time(signed_at)?;
    match signed_at.duration_since(now) {
        Ok(ahead) if ahead > MAX_SKEW => findings.push(Finding::refused(
            "not_yet_valid",
            format!(
                "the URL is signed for {}, which is {} from now",
                moment(signed_at),
                span(ahead)
            ),
            "set the clock of the machine that signs",
        )),
        _ => {}
    }
    let expires_at = expires_in
        .and_then(Result::ok)
        .and_then(|seconds| signed_at.checked_add(Duration::from_secs(seconds)));
    match expires_at.map(|end| (end, now.duration_since(end))) {
        Some((end, Ok(ago))) if !ago.is_zero() => {
            let text = format!("the URL expired at {}, {} ago", moment(end), span(ago));
            findings.push(Finding::refused("expired", text, ASK_AGAIN));
        }
        _ => {}
    }
    Some(signed_at)
}

fn system_time(time: OffsetDateTime) -> Option<SystemTime> {
    let seconds = u64::try_from(time.unix_timestamp()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// A time as people write it, in UTC.
pub(super) fn moment(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Whole seconds, in words.
pub(super) fn span(time: Duration) -> String {
    humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
}
