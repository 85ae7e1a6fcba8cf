//! `[endpoint]`

use std::path::PathBuf;

use super::super::{Endpoint, EndpointUrl};
use super::Overrides;
use super::problems::Reported;
use super::table::Table;
use super::value::{boolean, text};
use iam_policy::Invalid;

/// An endpoint's URL from outside the file makes an endpoint where the file has none.
pub(super) fn read(table: &Table<'_>, overrides: &Overrides) -> Result<Option<Endpoint>, Reported> {
    let url = table.field("url").instead(overrides.endpoint_url.as_ref());
    if !table.is_present() && overrides.endpoint_url.is_none() {
        return Ok(None);
    }
    let url = url.required("\"http://localhost:4566\"", text(EndpointUrl::parse));
    let public_url = table.field("public_url").optional(text(EndpointUrl::parse));
    let ca_certificate = table.field("ca_certificate").optional(text(file));
    let path_style = table.field("path_style").or(true, boolean);
    table.finish();

    if let (Ok(url), Ok(Some(public_url))) = (&url, &public_url)
        && url.value.is_tls()
        && !public_url.value.is_tls()
    {
        let refused = Invalid::new("is plain http while endpoint.url is https: the bucket policy would refuse every upload")
            .hint("use https in both");
        table.problems.report(&public_url.at, refused);
    }
    if let Ok(path_style) = &path_style
        && !path_style.value
    {
        for url in [url.as_ref().ok(), public_url.as_ref().ok().and_then(Option::as_ref)]
            .into_iter()
            .flatten()
        {
            if url.value.host_is_address() {
                let refused = Invalid::new(format!(
                    "puts the bucket's name in front of the host, and {} is an address",
                    url.value
                ))
                .hint("write path_style = true, or an endpoint with a host name");
                table.problems.report(&path_style.at, refused);
            }
        }
    }
    Ok(Some(Endpoint {
        url: url?.value,
        public_url: public_url?.map(|setting| setting.value),
        path_style: path_style?.value,
        ca_certificate: ca_certificate?.map(|setting| setting.value),
    }))
}

fn file(text: &str) -> Result<PathBuf, Invalid> {
    if text.is_empty() {
        Err(Invalid::new("names no file").hint("leave it out for the system's own authorities"))
    } else {
        Ok(text.into())
    }
}
