//! `[auth.jwt]` and `[auth.claims]`

use std::path::PathBuf;
use std::time::Duration;

use super::super::{Claims, JwksUrl, Jwt, JwtAlgorithm, JwtKeys, duration};
use super::problems::Reported;
use super::table::Table;
use super::value::{choice, span, text};
use iam_policy::Invalid;

const MAX_LEEWAY: Duration = Duration::from_secs(300);

pub(super) fn read(table: &Table<'_>, claims: &Table<'_>) -> Result<Jwt, Reported> {
    let issuer = table.field("issuer").required("\"https://login.example.com/\"", text(named));
    let audience = table.field("audience").required("\"uploads\"", text(named));
    let algorithms = algorithms(table);
    let keys = keys(table);
    let subject = table.field("subject").or("sub".to_owned(), text(named));
    let leeway = table.field("leeway").or(Duration::from_secs(30), span(leeway));
    table.finish();
    let claims = narrowing(claims);

    if let (Ok(algorithms), Ok(keys)) = (&algorithms, &keys) {
        let is_secret = matches!(keys, JwtKeys::Secret(_));
        if let Some(other) =
            algorithms.iter().find(|algorithm| (**algorithm == JwtAlgorithm::Hs256) != is_secret)
        {
            let refused = if is_secret {
                Invalid::new(format!("has {}, which no secret checks", other.name()))
                    .hint("write algorithms = [\"HS256\"], or name public keys")
            } else {
                Invalid::new("has HS256, which is checked with a secret and not with public keys")
                    .hint("leave it out, or name a secret_file")
            };
            table.problems.report(&table.at(), refused);
        }
    }
    Ok(Jwt {
        issuer: issuer?.value,
        audience: audience?.value,
        algorithms: algorithms?,
        keys: keys?,
        subject: subject?.value,
        leeway: leeway?.value,
        claims: claims?,
    })
}

/// What `[auth]` may not have without `[auth.jwt]`.
pub(super) fn absent(table: &Table<'_>, claims: &Table<'_>) -> Result<(), Reported> {
    if let Some(reported) = table.broken() {
        return Err(reported);
    }
    narrowing(claims)?;
    if claims.is_present() {
        let refused = Invalid::new("says what tokens narrow, and there are no tokens")
            .hint("name their issuer under [auth.jwt], or leave it out");
        return Err(table.problems.report_unless_guess(&claims.at(), refused));
    }
    Ok(())
}

fn algorithms(table: &Table<'_>) -> Result<Vec<JwtAlgorithm>, Reported> {
    let listed = table.field("algorithms").list("[\"RS256\"]", choice(&JwtAlgorithm::NAMES))?;
    if listed.value.is_empty() {
        return Err(table
            .problems
            .report(&listed.at, Invalid::new("lets no token in").hint("write e.g. [\"RS256\"]")));
    }
    listed.value.into_iter().map(|element| element.map(|setting| setting.value)).collect()
}

fn keys(table: &Table<'_>) -> Result<JwtKeys, Reported> {
    let url = table.field("jwks_url").optional(text(JwksUrl::parse));
    let file = table.field("jwks_file").optional(text(file));
    let secret = table.field("secret_file").optional(text(self::file));
    let url = url?.map(|setting| (setting.at, JwtKeys::Url(setting.value)));
    let file = file?.map(|setting| (setting.at, JwtKeys::File(setting.value)));
    let secret = secret?.map(|setting| (setting.at, JwtKeys::Secret(setting.value)));
    let mut stated = [url, file, secret].into_iter().flatten();
    match (stated.next(), stated.next()) {
        (Some((_, keys)), None) => Ok(keys),
        (Some(_), Some((at, _))) => Err(table
            .problems
            .report(&at, Invalid::new("stands beside other keys").hint("leave one of them out"))),
        (None, _) => {
            let refused = Invalid::new("has no keys to check tokens with")
                .hint("write jwks_url, jwks_file or secret_file");
            Err(table
                .broken()
                .unwrap_or_else(|| table.problems.report_unless_guess(&table.at(), refused)))
        }
    }
}

fn narrowing(table: &Table<'_>) -> Result<Claims, Reported> {
    let content_types = table.field("content_types").optional(text(named));
    let max_size = table.field("max_size").optional(text(named));
    table.finish();
    Ok(Claims {
        content_types: content_types?.map(|setting| setting.value),
        max_size: max_size?.map(|setting| setting.value),
    })
}

fn named(text: &str) -> Result<String, Invalid> {
    if text.is_empty() { Err(Invalid::new("is empty")) } else { Ok(text.to_owned()) }
}

fn file(text: &str) -> Result<PathBuf, Invalid> {
    if text.is_empty() { Err(Invalid::new("names no file")) } else { Ok(text.into()) }
}

fn leeway(text: &str) -> Result<Duration, Invalid> {
    let leeway = duration::span(text)?;
    if leeway > MAX_LEEWAY { Err(Invalid::new("is out of bounds: 0s to 5m")) } else { Ok(leeway) }
}
