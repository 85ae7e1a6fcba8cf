//! CORS as S3 does it: preflights answered, and the headers that let a page read an answer.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>.

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Response};
use s3s::Body;
use s3s::dto::CORSRule;

use crate::account::Account;

use super::Refusal;

/// What the answer depends on.
const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
);

/// The CORS side of one request.
#[derive(Debug)]
pub(crate) struct Cors {
    /// None where the bucket has no CORS configuration, or there is no such bucket.
    rules: Option<Vec<CORSRule>>,
    origin: Option<String>,
    /// What the page wants to use, in a preflight; else the request's own method.
    method: Option<String>,
    /// In lower case; None in a real request, whose headers are there already.
    headers: Option<Vec<String>>,
    is_object: bool,
    /// Whether there is such a bucket.
    is_there: bool,
}

impl Cors {
    /// Looks at a request for `bucket`.
    pub(crate) fn of(
        account: &Account,
        parts: &Parts,
        bucket: Option<&str>,
        is_object: bool,
    ) -> Self {
        let text = |name: HeaderName| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let preflight = parts.method == Method::OPTIONS;
        let headers = preflight.then(|| {
            let names = text(header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
            names
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
                .filter(|name| !name.is_empty())
                .collect()
        });
        Self {
            rules: bucket.and_then(|bucket| account.store.read().buckets.get(bucket)?.cors.clone()),
            is_there: bucket
                .is_some_and(|bucket| account.store.read().buckets.contains_key(bucket)),
            origin: text(header::ORIGIN),
            method: if preflight {
                text(header::ACCESS_CONTROL_REQUEST_METHOD)
            } else {
                Some(parts.method.to_string())
            },
            headers,
            is_object,
        }
    }

    /// The answer to a preflight.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html>.
    pub(crate) fn preflight(&self) -> Result<Response<Body>, Refusal> {
        if self.origin.is_none() {
            return Err(Refusal::bad_request(
                "BadRequest",
                "Insufficient information. Origin request header needed.",
            ));
        }
        if !self
            .method
            .as_deref()
            .is_some_and(|method| ["GET", "PUT", "HEAD", "POST", "DELETE"].contains(&method))
        {
            let method = self.method.as_deref().unwrap_or("null");
            return Err(Refusal::bad_request(
                "BadRequest",
                format!("Invalid Access-Control-Request-Method: {method}"),
            ));
        }
        if !self.is_there {
            return Err(self.forbidden("CORSResponse: Bucket not found"));
        }
        if self.rules.is_none() {
            return Err(self.forbidden("CORSResponse: CORS is not enabled for this bucket."));
        }
        let mut response = Response::new(Body::empty());
        if !self.decorate(response.headers_mut()) {
            return Err(self.forbidden(
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / \
                 Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
            ));
        }
        Ok(response)
    }

    fn forbidden(&self, message: &str) -> Refusal {
        Refusal::forbidden("AccessForbidden", message)
            .with("Method", self.method.as_deref().unwrap_or_default())
            .with("ResourceType", if self.is_object { "OBJECT" } else { "BUCKET" })
    }

    /// Adds what lets the page read the answer, where a rule matches; tells whether one did.
    pub(crate) fn decorate(&self, response: &mut HeaderMap) -> bool {
        let Some(rules) = &self.rules else { return false };
        response.insert(header::VARY, VARY);
        let (Some(origin), Some(method)) = (&self.origin, &self.method) else { return false };
        let requested = self.headers.as_deref().unwrap_or_default();
        let Some((rule, allowed)) =
            rules.iter().find_map(|rule| Some((rule, matches(rule, origin, method, requested)?)))
        else {
            return false;
        };
        let any = allowed == "*";
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.insert(name, value);
            }
        };
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, if any { "*" } else { origin });
        set(header::ACCESS_CONTROL_ALLOW_METHODS, &rule.allowed_methods.join(", "));
        if !requested.is_empty() {
            set(header::ACCESS_CONTROL_ALLOW_HEADERS, &requested.join(", "));
        }
        if let Some(exposed) = rule.expose_headers.as_ref().filter(|exposed| !exposed.is_empty()) {
            set(header::ACCESS_CONTROL_EXPOSE_HEADERS, &exposed.join(", "));
        }
        if let Some(seconds) = rule.max_age_seconds {
            set(header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
        }
        if !any {
            set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        true
    }
}

/// The allowed origin by which a rule matches.
fn matches<'a>(
    rule: &'a CORSRule,
    origin: &str,
    method: &str,
    headers: &[String],
) -> Option<&'a str> {
    if !rule.allowed_methods.iter().any(|allowed| allowed == method) {
        return None;
    }
    let allowed_header = |header: &String| {
        rule.allowed_headers
            .iter()
            .flatten()
            .any(|allowed| glob(&allowed.to_ascii_lowercase(), header))
    };
    if !headers.iter().all(allowed_header) {
        return None;
    }
    rule.allowed_origins.iter().find(|allowed| glob(allowed, origin)).map(String::as_str)
}

/// Whether a text matches a pattern with at most one `*`.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], headers: &[&str]) -> CORSRule {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        CORSRule {
            allowed_origins: own(origins),
            allowed_methods: own(&["PUT", "HEAD"]),
            allowed_headers: Some(own(headers)),
            expose_headers: Some(own(&["ETag"])),
            id: None,
            max_age_seconds: Some(60),
        }
    }

    fn cors(rules: Option<Vec<CORSRule>>, origin: &str, method: &str, headers: &[&str]) -> Cors {
        let headers = Some(headers.iter().map(|name| (*name).to_owned()).collect());
        Cors {
            rules,
            origin: Some(origin.to_owned()),
            method: Some(method.to_owned()),
            headers,
            is_object: true,
            is_there: true,
        }
    }

    #[test]
    fn origins_have_one_wildcard_and_headers_no_case() {
        let wild = rule(&["https://*.example.com"], &["Content-Type", "x-amz-meta-*"]);
        let headers =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let allowed = |origin: &str, method: &str, names: &[&str]| {
            matches(&wild, origin, method, &headers(names)).is_some()
        };
        assert!(allowed("https://a.example.com", "PUT", &["content-type", "x-amz-meta-a"]));
        assert!(!allowed("https://example.com", "PUT", &[]));
        assert!(!allowed("https://a.example.com.evil.test", "PUT", &[]));
        assert!(!allowed("https://a.example.com", "GET", &[]));
        assert!(!allowed("https://a.example.com", "PUT", &["x-amz-acl"]));
    }

    #[test]
    fn a_matching_preflight_names_what_it_allows() {
        let rules =
            Some(vec![rule(&["https://other.test"], &[]), rule(&["https://app.test"], &["*"])]);
        let response = cors(rules, "https://app.test", "PUT", &["content-type", "if-none-match"])
            .preflight()
            .map_err(|refusal| refusal.code);
        let headers: Vec<String> = response
            .map(|response| {
                response
                    .headers()
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
                    .collect()
            })
            .unwrap_or_default();
        insta::assert_snapshot!(headers.join("\n"), @r"
        vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method
        access-control-allow-origin: https://app.test
        access-control-allow-methods: PUT, HEAD
        access-control-allow-headers: content-type, if-none-match
        access-control-expose-headers: ETag
        access-control-max-age: 60
        access-control-allow-credentials: true
        ");
    }

    #[test]
    fn any_origin_is_answered_with_a_star_and_without_credentials() {
        let mut headers = HeaderMap::new();
        assert!(
            cors(Some(vec![rule(&["*"], &[])]), "https://a.test", "PUT", &[])
                .decorate(&mut headers)
        );
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }

    #[test]
    fn a_preflight_that_no_rule_matches_is_refused_in_s3s_words() {
        let refused = |cors: Cors| {
            cors.preflight()
                .map(|_| ())
                .map_err(|refusal| (refusal.status.as_u16(), refusal.message))
        };
        let (status, message) = refused(cors(None, "https://app.test", "PUT", &[])).unwrap_err();
        assert_eq!(
            (status, message.as_str()),
            (403, "CORSResponse: CORS is not enabled for this bucket.")
        );
        let (status, message) = refused(cors(
            Some(vec![rule(&["https://app.test"], &[])]),
            "https://evil.test",
            "PUT",
            &[],
        ))
        .unwrap_err();
        assert_eq!(status, 403);
        assert!(
            message.starts_with("CORSResponse: This CORS request is not allowed."),
            "{message}"
        );
        let (status, _) =
            refused(cors(Some(Vec::new()), "https://app.test", "OPTIONS", &[])).unwrap_err();
        assert_eq!(status, 400);
    }
}
