//! Identifiers in the forms that AWS gives them.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>.

/// The 32 letters that AWS draws unique ids from.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The letters and digits of a secret access key.
const SECRET_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// An id with its four-letter prefix: `AROA…` for a role, `ASIA…` for a temporary access key, `AKIA…` for a long-term one.
pub(crate) fn unique_id(prefix: &str, length: usize) -> String {
    let mut id = prefix.to_owned();
    id.extend(draw(ALPHABET, length));
    id
}

/// A new access key id for a root user: `AKIA…`.
#[must_use]
pub fn new_access_key_id() -> String {
    unique_id("AKIA", 16)
}

/// A new secret access key: forty letters.
#[must_use]
pub fn new_secret_access_key() -> String {
    draw(SECRET_ALPHABET, 40).collect()
}

/// A session token: opaque, long enough not to be guessed.
pub(crate) fn session_token() -> String {
    let mut token = "FwoGZXIvYXdzE".to_owned();
    token.extend(draw(SECRET_ALPHABET, 96));
    token
}

/// A request id as S3 has them: sixteen capital letters and digits.
pub(crate) fn s3_request_id() -> String {
    draw(ALPHABET, 16).collect()
}

/// A request id as IAM and STS have them: a UUID.
pub(crate) fn query_request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Letters of `alphabet`, whose length divides 256 so that none is likelier than another.
fn draw(alphabet: &[u8], length: usize) -> impl Iterator<Item = char> {
    let bytes = std::iter::repeat_with(|| uuid::Uuid::new_v4().into_bytes()).flat_map(|bytes| {
        // two of a version 4 UUID's bytes are not wholly random
        let [a, b, c, d, e, f, _, g, _, h, i, j, k, l, m, n] = bytes;
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n]
    });
    bytes.take(length).map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_prefix_and_length() {
        let id = unique_id("AROA", 17);
        assert!(id.starts_with("AROA"));
        assert_eq!(id.len(), 21);
        assert_ne!(id, unique_id("AROA", 17));
        assert_eq!(new_secret_access_key().len(), 40);
    }
}
