//! What a token's claims leave of what the contract allows: never more than that.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use gatepass_core::contract::{Claims, ContentType, MediaRange};
use gatepass_core::grant::CheckedForm;

use super::ApiError;
use super::bearer;

/// What a token permits within the contract.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Narrowing {
    content_types: Option<Vec<MediaRange>>,
    max_size: Option<u64>,
}

impl Narrowing {
    /// Reads the claims that the contract names. A claim that is not there narrows nothing.
    ///
    /// # Errors
    /// 403 for a claim that is there and cannot be understood: leaving it out would let more through than its issuer meant.
    pub(super) fn read(claims: &Claims, token: &Map<String, Value>) -> Result<Self, ApiError> {
        let named = |claim: &Option<String>| {
            claim.as_ref().and_then(|name| Some((name.clone(), token.get(name)?)))
        };
        let content_types =
            match named(&claims.content_types) {
                Some((name, value)) => Some(media_ranges(value).ok_or_else(|| {
                    malformed(&name, "a list of media ranges such as [\"image/*\"]")
                })?),
                None => None,
            };
        let max_size = match named(&claims.max_size) {
            Some((name, value)) => {
                Some(value.as_u64().ok_or_else(|| malformed(&name, "a whole number of bytes"))?)
            }
            None => None,
        };
        Ok(Self { content_types, max_size })
    }

    /// Whether an upload of this type and size is within the claims.
    pub(in crate::server) fn check(
        &self,
        content_type: &ContentType,
        size: Option<u64>,
    ) -> Result<(), ApiError> {
        if let Some(ranges) = &self.content_types
            && !ranges.iter().any(|range| range.matches(content_type))
        {
            let ranges: Vec<_> = ranges.iter().map(MediaRange::as_str).collect();
            let hint = if ranges.is_empty() {
                "it permits none".to_owned()
            } else {
                format!("it permits {}", ranges.join(", "))
            };
            return Err(not_permitted(format!(
                "the token does not permit uploads of type {:?}",
                content_type.essence()
            ))
            .hint(hint));
        }
        match (self.max_size, size) {
            (Some(max), Some(size)) if size > max => Err(not_permitted(format!(
                "the token permits uploads of at most {max} bytes, and `size` is {size}"
            ))),
            (Some(max), None) => Err(not_permitted(format!(
                "the token permits uploads of at most {max} bytes, and `size` is missing"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether a form is within the claims, and the most bytes that it may take.
    pub(in crate::server) fn check_form(&self, form: &CheckedForm) -> Result<u64, ApiError> {
        let max = self.max_size.map_or(form.max_size, |claimed| claimed.min(form.max_size));
        if max == 0 {
            return Err(not_permitted("the token permits no uploads".to_owned()));
        }
        let size = form.upload.size.unwrap_or(max);
        match (&form.content_type_range, &self.content_types) {
            (Some(range), Some(ranges))
                if !ranges.iter().any(|permitted| permitted.contains(range)) =>
            {
                Err(not_permitted(format!(
                    "the token does not permit all uploads of type {:?}",
                    range.as_str()
                )))
            }
            // any type of the range is
            (Some(_), _) => Self { content_types: None, max_size: self.max_size }
                .check(&form.upload.content_type, Some(size)),
            (None, _) => self.check(&form.upload.content_type, Some(size)),
        }?;
        Ok(max)
    }
}

fn media_ranges(value: &Value) -> Option<Vec<MediaRange>> {
    value.as_array()?.iter().map(|range| MediaRange::parse(range.as_str()?).ok()).collect()
}

/// A claim that cannot be understood.
pub(super) fn malformed(claim: &str, expected: &str) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "claim_malformed",
        format!("the token's claim {claim:?} is not {expected}"),
    )
    .hint("this is for the issuer of the token to mend")
    .challenge(bearer::INSUFFICIENT)
}

fn not_permitted(message: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "not_permitted", message).challenge(bearer::INSUFFICIENT)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use gatepass_core::grant::CheckedUpload;

    use super::*;

    fn read(token: Value) -> Result<Narrowing, ApiError> {
        let claims =
            Claims { content_types: Some("types".to_owned()), max_size: Some("size".to_owned()) };
        Narrowing::read(&claims, token.as_object().unwrap())
    }

    fn png() -> ContentType {
        ContentType::parse("image/png; charset=x").unwrap()
    }

    #[test]
    fn a_claim_narrows_and_what_is_not_claimed_does_not() {
        let narrowing = read(json!({ "types": ["image/*"], "size": 10 })).unwrap();
        narrowing.check(&png(), Some(10)).unwrap();
        narrowing.check(&png(), Some(11)).unwrap_err();
        narrowing.check(&png(), None).unwrap_err();
        narrowing.check(&ContentType::parse("text/plain").unwrap(), Some(1)).unwrap_err();
        let free = read(json!({ "Types": ["image/*"] })).unwrap();
        free.check(&ContentType::parse("text/plain").unwrap(), None).unwrap();
        read(json!({ "types": [] })).unwrap().check(&png(), Some(1)).unwrap_err();
    }

    #[test]
    fn a_form_takes_no_more_than_the_claims() {
        let form = |size, range: Option<&str>| CheckedForm {
            upload: CheckedUpload { size, ..CheckedUpload::new(png()) },
            content_type_range: range.map(|range| MediaRange::parse(range).unwrap()),
            max_size: 100,
        };
        let narrowing = read(json!({ "types": ["image/*"], "size": 10 })).unwrap();
        assert_eq!(narrowing.check_form(&form(None, None)).unwrap(), 10);
        assert_eq!(narrowing.check_form(&form(Some(10), Some("image/*"))).unwrap(), 10);
        narrowing.check_form(&form(Some(11), None)).unwrap_err();
        narrowing.check_form(&form(None, Some("*/*"))).unwrap_err();
        read(json!({ "types": ["image/png"] }))
            .unwrap()
            .check_form(&form(None, Some("image/*")))
            .unwrap_err();
        read(json!({ "size": 0 })).unwrap().check_form(&form(None, None)).unwrap_err();
        assert_eq!(Narrowing::default().check_form(&form(None, Some("*/*"))).unwrap(), 100);
        assert_eq!(
            read(json!({ "size": 1000 })).unwrap().check_form(&form(None, None)).unwrap(),
            100
        );
    }

    #[test]
    fn a_claim_that_is_not_understood_is_refused() {
        for token in [
            json!({ "types": null }),
            json!({ "types": "image/*" }),
            json!({ "types": ["image/*", 7] }),
            json!({ "types": ["image"] }),
            json!({ "types": { "0": "image/*" } }),
            json!({ "size": null }),
            json!({ "size": "10" }),
            json!({ "size": -1 }),
            json!({ "size": 1.5 }),
            json!({ "size": 1e30 }),
            json!({ "size": true }),
        ] {
            assert!(read(token.clone()).is_err(), "{token}");
        }
    }
}
