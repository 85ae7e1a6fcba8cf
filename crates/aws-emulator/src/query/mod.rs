//! AWS's query protocol, which IAM and STS speak: a form in, or a query, XML out.
//! See <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonParameters.html>.

mod authenticate;
mod error;
mod params;

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use time::OffsetDateTime;

use super::account::{Account, Principal};
use super::xml::Xml;
use super::{authorize, iam, ids, sts};
use iam_policy::evaluate::RequestContext;

pub(crate) use error::QueryError;
pub(crate) use params::Params;

/// A form is small; this is far above every limit of IAM on documents.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// A service that speaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html>
    Iam,
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>
    Sts,
}

impl Service {
    /// By its name in a credential scope.
    pub(crate) fn of_scope(service: &str) -> Option<Self> {
        match service {
            "iam" => Some(Self::Iam),
            "sts" => Some(Self::Sts),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }
}

/// One authenticated call.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) account: &'a Account,
    pub(crate) caller: &'a Principal,
    pub(crate) params: &'a Params,
    /// The condition keys that every request has.
    pub(crate) context: &'a RequestContext,
}

/// Answers one request.
pub(crate) fn respond(
    account: &Arc<Account>,
    service: Service,
    parts: &Parts,
    body: &Bytes,
) -> Response<s3s::Body> {
    let request_id = ids::query_request_id();
    let (status, xml) = match answer(account, service, parts, body, &request_id) {
        Ok(xml) => (StatusCode::OK, xml),
        Err(error) => {
            tracing::debug!(service = service.name(), %request_id, code = error.code, message = %error.message, "refused");
            (error.status, error.to_xml(service.namespace(), &request_id))
        }
    };
    response(status, xml, &request_id)
}

fn response(status: StatusCode, xml: Xml, request_id: &str) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::from(xml.into_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert("x-amzn-requestid", value);
    }
    response
}

/// The answer to a form above [`MAX_BODY`].
pub(crate) fn too_large(service: Service) -> Response<s3s::Body> {
    let request_id = ids::query_request_id();
    let error = QueryError::validation("the request is too large");
    response(error.status, error.to_xml(service.namespace(), &request_id), &request_id)
}

fn answer(
    account: &Arc<Account>,
    service: Service,
    parts: &Parts,
    body: &Bytes,
    request_id: &str,
) -> Result<Xml, QueryError> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let params = Params::parse(&[query, body].join(&b'&'));
    let now = OffsetDateTime::now_utc();
    if let Some(action) = params.get("Action").filter(|_| service == Service::Sts) {
        let context =
            authorize::context::of_request(account, None, &parts.headers, &parts.extensions, now);
        if let Some(refused) = sts::refuse_unsigned(action, account, &params, &context) {
            return Err(refused);
        }
    }
    let principal = authenticate::authenticate(account, service.name(), parts, body)?;
    let action = params.required("Action")?;
    let context = authorize::context::of_request(
        account,
        Some(&principal),
        &parts.headers,
        &parts.extensions,
        now,
    );
    let call = Call { account, caller: &principal, params: &params, context: &context };
    tracing::debug!(service = service.name(), %request_id, action, "called");
    let result = match service {
        Service::Iam => iam::call(action, &call)?,
        Service::Sts => sts::call(action, &call)?,
    };
    let mut xml = Xml::document();
    xml.element_in(&format!("{action}Response"), service.namespace(), |xml| {
        if let Some(result) = &result {
            xml.element(&format!("{action}Result"), |xml| xml.append(result));
        }
        xml.element("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    });
    Ok(xml)
}
