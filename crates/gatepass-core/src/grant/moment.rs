//! What is the same in every signature of one second.

use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::ExposeSecret as _;
use time::OffsetDateTime;

use super::encode::{hex, push_encoded};
use super::hmac::{HmacKey, sha256};
use super::{SignError, SigningCredentials};

const SECONDS_PER_DAY: i64 = 86_400;
/// A SHA-256 block.
const BLOCK: usize = 64;

/// One second, as far as signing goes.
pub(super) struct Moment {
    /// Since 1970.
    pub(super) second: i64,
    /// `X-Amz-Date`
    pub(super) date_time: String,
    /// `X-Amz-Credential`, not encoded.
    pub(super) credential: String,
    /// The signing key of the day.
    key: HmacKey,
    /// The same, having absorbed the string to sign's whole blocks before the canonical request's hash.
    started: HmacKey,
    /// What of the string to sign lies between those blocks and that hash: less than a block.
    scope_rest: ScopeRest,
    /// The query up to the value of `X-Amz-Expires`.
    pub(super) query_head: String,
}

#[derive(Clone, Copy)]
struct ScopeRest {
    bytes: [u8; BLOCK],
    length: usize,
}

impl Moment {
    /// The second that begins at `time`; the day's key is taken from `kept` if that lies in the same day.
    pub(super) fn new(time: OffsetDateTime, signs: &Identity, kept: Option<&Self>) -> Self {
        let second = time.unix_timestamp();
        let date = format!("{:04}{:02}{:02}", time.year(), u8::from(time.month()), time.day());
        let date_time =
            format!("{date}T{:02}{:02}{:02}Z", time.hour(), time.minute(), time.second());
        let scope = format!("{date}/{}/s3/aws4_request", signs.region);

        let key = match kept {
            Some(kept) if kept.second / SECONDS_PER_DAY == second / SECONDS_PER_DAY => kept.key,
            _ => signs.key_of_the_day(&date),
        };
        let start = format!("AWS4-HMAC-SHA256\n{date_time}\n{scope}\n");
        let (blocks, rest) = start.as_bytes().as_chunks();
        let mut scope_rest = ScopeRest { bytes: [0; BLOCK], length: rest.len() };
        scope_rest.bytes[..rest.len()].copy_from_slice(rest);

        let mut query_head = String::from("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
        push_encoded(&mut query_head, &signs.credentials.access_key_id);
        push_encoded(&mut query_head, "/");
        push_encoded(&mut query_head, &scope);
        query_head.push_str("&X-Amz-Date=");
        query_head.push_str(&date_time);
        query_head.push_str("&X-Amz-Expires=");
        let credential = format!("{}/{scope}", signs.credentials.access_key_id);
        Self {
            second,
            date_time,
            credential,
            key,
            started: key.absorb(blocks),
            scope_rest,
            query_head,
        }
    }

    /// The signature of a POST policy in base64, in hexadecimal.
    pub(super) fn policy_signature(&self, policy: &str) -> [u8; 64] {
        hex(&self.key.code(policy.as_bytes()))
    }

    /// The signature of a canonical request, in hexadecimal.
    pub(super) fn signature(&self, canonical_request: &str) -> [u8; 64] {
        let mut message = [0; 2 * BLOCK];
        let length = self.scope_rest.length;
        message[..BLOCK].copy_from_slice(&self.scope_rest.bytes);
        message[length..length + BLOCK]
            .copy_from_slice(&hex(&sha256(canonical_request.as_bytes())));
        hex(&self.started.code(&message[..length + BLOCK]))
    }
}

/// Who signs, and where.
pub(super) struct Identity {
    pub(super) credentials: SigningCredentials,
    pub(super) region: String,
}

impl Identity {
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, step 4.
    fn key_of_the_day(&self, date: &str) -> HmacKey {
        let secret = format!("AWS4{}", self.credentials.secret_access_key.expose_secret());
        [date, &self.region, "s3", "aws4_request"]
            .into_iter()
            .fold(HmacKey::new(secret.as_bytes()), |key, part| {
                HmacKey::new(&key.code(part.as_bytes()))
            })
    }
}

/// The second that a time lies in, since 1970.
pub(super) fn second_of(time: SystemTime) -> Result<i64, SignError> {
    let since_1970 = time.duration_since(UNIX_EPOCH).map_err(|_| SignError::Time)?;
    i64::try_from(since_1970.as_secs()).map_err(|_| SignError::Time)
}

/// The date and the time of day at which a second begins.
pub(super) fn time_of(second: i64) -> Result<OffsetDateTime, SignError> {
    OffsetDateTime::from_unix_timestamp(second)
        .ok()
        .filter(|time| time.year() <= 9999)
        .ok_or(SignError::Time)
}
