//! W3C trace context: which trace a request belongs to. See <https://www.w3.org/TR/trace-context/>.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// What a request comes with.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// What its answer says: the same trace, and the part in it that is this endpoint's.
/// See <https://w3c.github.io/trace-context/#traceresponse-header>.
pub(super) const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// The trace that a request belongs to. It makes no calls that it could be passed on to: S3 does not know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trace {
    /// `00-TRACE-SPAN-FLAGS`, with this endpoint's own span.
    text: String,
    parent: String,
}

impl Trace {
    /// The trace of a request that names one, as the header has to look; else none.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(TRACEPARENT)?;
        let (trace, parent, flags) = read(value.to_str().ok()?)?;
        let mut span = [0; 8];
        // an id needs no secrecy, and where there is no randomness there is no trace
        getrandom::fill(&mut span).ok()?;
        let span = u64::from_be_bytes(span).max(1);
        Some(Self { text: format!("00-{trace}-{span:016x}-{flags}"), parent: parent.to_owned() })
    }

    pub(super) fn trace_id(&self) -> &str {
        &self.text[3..35]
    }

    /// This endpoint's part of it.
    pub(super) fn span_id(&self) -> &str {
        &self.text[36..52]
    }

    /// Whose request this one is.
    pub(super) fn parent_id(&self) -> &str {
        &self.parent
    }

    pub(super) fn into_header(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.text).ok()
    }
}

/// Trace, parent and flags of a `traceparent`. Versions above 00 may have more behind it.
fn read(text: &str) -> Option<(&str, &str, &str)> {
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut fields = text.split('-');
    let (version, trace, parent, flags) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let is_right = is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2);
    let is_named =
        trace.bytes().any(|byte| byte != b'0') && parent.bytes().any(|byte| byte != b'0');
    (is_right && is_named && (version != "00" || fields.next().is_none()))
        .then_some((trace, parent, flags))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Trace> {
        Trace::of(&[(TRACEPARENT, HeaderValue::from_str(text).unwrap())].into_iter().collect())
    }

    #[test]
    fn a_trace_goes_on_in_a_span_of_its_own() {
        let trace = of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(
            (trace.trace_id(), trace.parent_id()),
            ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
        );
        assert_ne!(trace.span_id(), trace.parent_id());
        let header = trace.clone().into_header().unwrap();
        assert_eq!(header, format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", trace.span_id()));
        assert!(of("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").is_some());
    }

    #[test]
    fn what_is_none_is_none() {
        for text in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319cü-b7ad6b7169203331-01",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
