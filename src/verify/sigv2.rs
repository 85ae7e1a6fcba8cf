//! Signature Version 2, as old clients still write it into a query.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/Appendix-Sigv2.html>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha1::Sha1;
use url::Url;

use super::http::Raw;
use super::place::Place;

const EXPIRES_IN: Duration = Duration::from_secs(300);

/// The URL of `raw`, an upload to `key`, signed in this way instead.
pub(super) fn presign(place: &Place, key: &str, raw: &Raw) -> Result<String, String> {
    let expires =
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?
            + EXPIRES_IN;
    let credentials = place.signer.credentials();
    let token = credentials.session_token.as_ref().map(|token| token.expose_secret());
    let content_type = raw
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map_or("", |(_, value)| value.as_str());
    let to_sign =
        string_to_sign(content_type, expires.as_secs(), token, &format!("/{}/{key}", place.bucket));
    let signature = signature(credentials.secret_access_key.expose_secret(), &to_sign)?;

    let mut url = Url::parse(&raw.url).map_err(|error| error.to_string())?;
    url.set_query(None);
    let mut query = url.query_pairs_mut();
    query.append_pair("AWSAccessKeyId", &credentials.access_key_id);
    query.append_pair("Expires", &expires.as_secs().to_string());
    if let Some(token) = token {
        query.append_pair("x-amz-security-token", token);
    }
    query.append_pair("Signature", &signature);
    drop(query);
    Ok(url.into())
}

fn string_to_sign(content_type: &str, expires: u64, token: Option<&str>, resource: &str) -> String {
    let token = token.map(|token| format!("x-amz-security-token:{token}\n")).unwrap_or_default();
    format!("PUT\n\n{content_type}\n{expires}\n{token}{resource}")
}

fn signature(secret: &str, to_sign: &str) -> Result<String, String> {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(secret.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(to_sign.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "Object PUT" of the page above, whose third line is the content type and fourth the date.
    #[test]
    fn aws_own_example() {
        let to_sign = "PUT\n\nimage/jpeg\nTue, 27 Mar 2007 21:15:45 +0000\n/awsexamplebucket1/photos/puppy.jpg";
        assert_eq!(
            signature("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", to_sign),
            Ok("iqRzw+ileNPu1fhspnRs8nOjjIA=".to_owned())
        );
        assert_eq!(
            string_to_sign("image/jpeg", 1, Some("t"), "/b/k"),
            "PUT\n\nimage/jpeg\n1\nx-amz-security-token:t\n/b/k"
        );
    }
}
