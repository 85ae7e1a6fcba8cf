//! `[serve]`

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::super::{
    AllowedOrigins, AuditTo, Dialect, ForwardedBy, Serve, ServeUrl, TrustedProxies, Upload,
    duration, proxies,
};
use super::Overrides;
use super::problems::Reported;
use super::table::{ReadOption, Setting, Table};
use super::value::{boolean, bytes, choice, integer, span, text};
use iam_policy::Invalid;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(super) fn read(
    table: &Table<'_>,
    overrides: &Overrides,
    upload: &Result<Upload, Reported>,
) -> Result<Serve, Reported> {
    let listen =
        table.field("listen").instead(overrides.listen.as_ref()).or(DEFAULT_LISTEN, text(address));
    let url = table.field("url").optional(text(ServeUrl::parse));
    let sign_as_role = table.field("sign_as_role").or(false, boolean);
    let allow_unauthenticated = table.field("allow_unauthenticated").or(false, boolean);
    let allow_credentials = allow_credentials(table, upload);
    let max_body = table
        .field("max_body")
        .or(16 * 1024, |value| within(bytes(value)?, 1024..=1024 * 1024, "1 KiB to 1 MiB"));
    let request_timeout = table.field("request_timeout").or(Duration::from_secs(10), span(timeout));
    let max_connections = table.field("max_connections").or(1024, |value| {
        let number = within(integer(value)?, 1..=1_000_000, "1 to 1000000")?;
        usize::try_from(number).map_err(|_| Invalid::new("is too large a number"))
    });
    let receipt_secrets_file = table.field("receipt_secrets_file").optional(text(file));
    let ticket_secrets_file = table.field("ticket_secrets_file").optional(text(file));
    let metrics_listen = table.field("metrics_listen").optional(text(address));
    let audit = table.field("audit").optional(text(audit));
    let trusted_proxies = trusted_proxies(table);
    let dialects = dialects(table, &url, upload);
    table.finish();
    Ok(Serve {
        listen: listen?.value,
        url: url?.map(|setting| setting.value),
        allow_unauthenticated: allow_unauthenticated?.value,
        allow_credentials: allow_credentials?,
        sign_as_role: sign_as_role?.value,
        max_body: max_body?.value,
        request_timeout: request_timeout?.value,
        max_connections: max_connections?.value,
        metrics_listen: metrics_listen?.map(|setting| setting.value),
        audit: audit?.map(|setting| setting.value),
        trusted_proxies: trusted_proxies?,
        receipt_secrets_file: receipt_secrets_file?.map(|setting| setting.value),
        ticket_secrets_file: ticket_secrets_file?.map(|setting| setting.value),
        dialects: dialects?,
    })
}

fn allow_credentials(
    table: &Table<'_>,
    upload: &Result<Upload, Reported>,
) -> Result<bool, Reported> {
    let allowed = table.field("allow_credentials").or(false, boolean)?;
    if allowed.value
        && upload.as_ref().is_ok_and(|upload| upload.allowed_origins == AllowedOrigins::Any)
    {
        let refused = Invalid::new("lets every web page act with its visitor's cookies where upload.allow_any_origin = true")
            .hint("list the origins of your pages in upload.allowed_origins, or leave this out");
        return Err(table.problems.report(&allowed.at, refused));
    }
    Ok(allowed.value)
}

fn audit(text: &str) -> Result<AuditTo, Invalid> {
    match text {
        "" => Err(Invalid::new("names no file")
            .hint("write \"stdout\" or a file's name, or leave it out")),
        "stdout" => Ok(AuditTo::Stdout),
        path => Ok(AuditTo::File(path.into())),
    }
}

fn trusted_proxies(table: &Table<'_>) -> Result<TrustedProxies, Reported> {
    let networks =
        table.field("trusted_proxies").list_or_empty("[\"10.0.0.0/8\"]", text(proxies::network));
    let header =
        table.field("forwarded_by").or(ForwardedBy::default(), choice(&ForwardedBy::NAMES));
    let (networks, header) = (networks?, header?);
    let networks: Vec<_> = networks
        .value
        .into_iter()
        .map(|network| network.map(|setting| setting.value))
        .collect::<Result<_, _>>()?;
    Ok(TrustedProxies { networks, header: header.value })
}

fn dialects(
    table: &Table<'_>,
    url: &ReadOption<ServeUrl>,
    upload: &Result<Upload, Reported>,
) -> Result<Vec<Dialect>, Reported> {
    let has_parts = upload.as_ref().is_ok_and(|upload| upload.multipart.is_some());
    let listed =
        table.field("dialects").list_or_empty("[\"uppy-companion\"]", text(Dialect::parse))?;
    let mut dialects = Vec::new();
    for element in listed.value {
        let Setting { value, at } = element?;
        if dialects.contains(&value) {
            return Err(table
                .problems
                .report(&at, Invalid::new("stands twice").hint("leave one of them out")));
        }
        if has_parts && value.has_links() && matches!(url, Ok(None)) {
            let refused = Invalid::new("needs serve.url where there are uploads in parts: its clients are told a place at the endpoint")
                .hint("write url = \"https://uploads.example.com\" under [serve], where clients reach the endpoint");
            return Err(table.problems.report_unless_guess(&at, refused));
        }
        dialects.push(value);
    }
    Ok(dialects)
}

fn address(text: &str) -> Result<SocketAddr, Invalid> {
    text.parse().map_err(|_| {
        Invalid::new("is not an IP address with a port")
            .hint("write e.g. \"127.0.0.1:8080\", \"[::1]:8080\" or \"0.0.0.0:8080\"")
    })
}

fn file(text: &str) -> Result<PathBuf, Invalid> {
    if text.is_empty() { Err(Invalid::new("names no file")) } else { Ok(text.into()) }
}

fn timeout(text: &str) -> Result<Duration, Invalid> {
    let span = duration::span(text)?;
    if (Duration::from_millis(100)..=Duration::from_secs(600)).contains(&span) {
        Ok(span)
    } else {
        Err(Invalid::new("is out of bounds: 100ms to 10m"))
    }
}

fn within(number: u64, bounds: RangeInclusive<u64>, range: &str) -> Result<u64, Invalid> {
    if bounds.contains(&number) {
        Ok(number)
    } else {
        Err(Invalid::new(format!("is out of bounds: {range}")))
    }
}
