//! Which route a path is one of: what the log and the metrics tell instead of what a client sends.

use std::borrow::Cow;

use super::{dialects, health, openapi, routes};

/// The longest segment of an unknown path that is told, in bytes. A ticket's or a link's seal alone is longer.
const LONGEST_SEGMENT: usize = 40;

/// Every route of the endpoint's but the page's files. Where two fit a path, the first is meant.
const KNOWN: [&str; 26] = [
    routes::UPLOAD_URL,
    openapi::PATH,
    "/api/multipart",
    "/api/multipart/parts",
    "/api/multipart/list",
    "/api/multipart/complete",
    "/api/multipart/abort",
    "/api/upload-urls",
    "/api/upload-form",
    "/api/download-url",
    "/api/confirm",
    "/api/contract",
    dialects::SIGN_REQUEST,
    dialects::LINKS,
    dialects::BETTER_UPLOAD,
    "/s3/params",
    "/s3/multipart",
    "/s3/multipart/{ticket}",
    "/s3/multipart/{ticket}/batch",
    "/s3/multipart/{ticket}/complete",
    "/s3/multipart/{ticket}/{number}",
    health::HEALTHZ,
    health::READYZ,
    "/",
    "/gatepass.js",
    "/gatepass.d.ts",
];

/// The route that a path is one of, as it is routed: `/s3/multipart/{ticket}`.
pub(super) fn known(path: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|route| fits(route, path))
}

/// A path as it is told: its route, and what has none without anything that could be a ticket.
pub(super) fn told(path: &str) -> Cow<'_, str> {
    known(path).map_or_else(|| masked(path), Cow::Borrowed)
}

/// A text of a client's with every segment left out that could be a ticket.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    let is_long = |segment: &str| segment.len() > LONGEST_SEGMENT;
    if !text.split('/').any(is_long) {
        return Cow::Borrowed(text);
    }
    let segments: Vec<&str> =
        text.split('/').map(|segment| if is_long(segment) { "…" } else { segment }).collect();
    Cow::Owned(segments.join("/"))
}

fn fits(route: &str, path: &str) -> bool {
    if !route.contains('{') {
        return route == path;
    }
    let mut segments = path.split('/');
    let all_fit = route.split('/').all(|named| {
        segments.next().is_some_and(|segment| segment == named || is_named(named, segment))
    });
    all_fit && segments.next().is_none()
}

/// A parameter of a route is whatever is not empty.
fn is_named(named: &str, segment: &str) -> bool {
    named.starts_with('{') && !segment.is_empty()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_the_route_that_answers_it() {
        for route in KNOWN {
            assert_eq!(known(route), Some(route));
        }
        for (path, route) in [
            ("/s3/multipart/gp1.e30.AAAA", "/s3/multipart/{ticket}"),
            ("/s3/multipart/gp1.e30.AAAA/7", "/s3/multipart/{ticket}/{number}"),
            ("/s3/multipart/gp1.e30.AAAA/batch", "/s3/multipart/{ticket}/batch"),
            ("/s3/multipart/gp1.e30.AAAA/complete", "/s3/multipart/{ticket}/complete"),
        ] {
            assert_eq!(known(path), Some(route), "{path}");
        }
        for path in [
            "",
            "/s3",
            "/s3/multipart/",
            "/s3/multipart/a/",
            "/s3/multipart/a/7/b",
            "/api/upload-url/",
            "/a/s3/multipart/b",
        ] {
            assert_eq!(known(path), None, "{path}");
        }
    }

    #[test]
    fn no_ticket_is_told() {
        let seal = "A".repeat(43);
        let ticket = format!("gp1.e30.{seal}");
        for (path, shown) in [
            (format!("/s3/multipart/{ticket}/7"), "/s3/multipart/{ticket}/{number}"),
            (format!("/s3/multipart/{ticket}/"), "/s3/multipart/…/"),
            (format!("/uploads/s3/multipart/{ticket}/batch"), "/uploads/s3/multipart/…/batch"),
            (format!("/s3%2Fmultipart%2F{ticket}"), "/…"),
            (format!("/gp1.e30./{seal}"), "/gp1.e30./…"),
            ("/wp-content/plugins/index.php".to_owned(), "/wp-content/plugins/index.php"),
            (
                "/0193f3f6-5b1e-7cc0-8a5e-3d5f0c9a1b2c".to_owned(),
                "/0193f3f6-5b1e-7cc0-8a5e-3d5f0c9a1b2c",
            ),
            (String::new(), ""),
        ] {
            assert_eq!(told(&path), shown, "{path}");
        }
    }
}
