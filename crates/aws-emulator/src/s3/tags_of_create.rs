//! The tags in the body of CreateBucket, which `s3s` does not know yet.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html>.

use hyper::Method;
use hyper::http::request::Parts;
use s3s::Body;
use s3s::dto::Tag;

use crate::xml::{self, Element};

use super::Asked;

/// What a configuration has at most: fifty tags and a location.
const LARGEST: usize = 256 * 1024;

/// Tags for a bucket that is about to be made.
#[derive(Debug, Clone)]
pub(super) struct TagsOfCreate(pub(super) Vec<Tag>);

/// Reads the tags out of a request's body, if it makes a bucket, and leaves them with it.
pub(crate) async fn take_tags_of_create(parts: &mut Parts, asked: &Asked, mut body: Body) -> Body {
    let makes_bucket = parts.method == Method::PUT
        && asked.bucket.is_some()
        && asked.key.is_none()
        && parts.uri.query().is_none_or(of_no_setting);
    if !makes_bucket {
        return body;
    }
    // what cannot be read is for `s3s` to refuse
    if let Ok(bytes) = body.store_all_limited(LARGEST).await
        && let Ok(text) = str::from_utf8(&bytes)
        && let Some(tags) = tags(text)
    {
        parts.extensions.insert(TagsOfCreate(tags));
    }
    body
}

/// Whether a query is only that of the signature, or says the operation's name.
fn of_no_setting(query: &str) -> bool {
    query.split('&').all(|pair| {
        pair.is_empty()
            || pair.starts_with("x-id=")
            || pair.to_ascii_lowercase().starts_with("x-amz-")
    })
}

/// `<CreateBucketConfiguration><Tags><Tag><Key>…</Key><Value>…</Value></Tag>…`
fn tags(text: &str) -> Option<Vec<Tag>> {
    tags_under(text, &["CreateBucketConfiguration", "Tags", "Tag"]).filter(|tags| !tags.is_empty())
}

/// The tags of a document, each in an element that these names lead to.
pub(super) fn tags_under(text: &str, path: &[&str; 3]) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    let (mut key, mut value) = (None, None);
    for Element { path: own, text } in xml::elements(text)? {
        match own.as_slice() {
            own if own == path => tags.push(Tag { key: key.take(), value: value.take() }),
            [outer @ .., name] if outer == path && name == "Key" => key = Some(text),
            [outer @ .., name] if outer == path && name == "Value" => value = Some(text),
            _ => {}
        }
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_in_their_place_only() {
        let text = r#"<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-central-1</LocationConstraint>
            <Tags><Tag><Key>a</Key><Value>b &amp; c</Value></Tag><Tag><Key>d</Key><Value></Value></Tag></Tags></CreateBucketConfiguration>"#;
        let found = tags(text).unwrap_or_default();
        let found: Vec<_> =
            found.iter().map(|tag| (tag.key.as_deref(), tag.value.as_deref())).collect();
        assert_eq!(found, [(Some("a"), Some("b & c")), (Some("d"), Some(""))]);
        assert!(tags("<Tagging><Tags><Tag><Key>a</Key></Tag></Tags></Tagging>").is_none());
        assert!(tags("nonsense <").is_none());
    }
}
