//! `[auth]`

use super::super::{AccessKey, Auth, KeyHash, KeyId, Subject};
use super::jwt;
use super::problems::Reported;
use super::table::Table;
use super::value::text;
use iam_policy::Invalid;

pub(super) fn read(table: &Table<'_>) -> Result<Option<Auth>, Reported> {
    let keys = keys(table);
    let (jwt, claims) = (table.table("jwt"), table.table("claims"));
    let jwt = if jwt.is_present() {
        jwt::read(&jwt, &claims).map(Some)
    } else {
        jwt::absent(&jwt, &claims).map(|()| None)
    };
    table.finish();
    if !table.is_present() {
        return Ok(None);
    }
    let auth = Auth { keys: keys?, jwt: jwt? };
    if auth.keys.is_empty() && auth.jwt.is_none() {
        let refused = Invalid::new("lets nobody in").hint(
            "make an access key with `gatepass key new` and write what it prints as [[auth.keys]], or name an issuer under [auth.jwt]",
        );
        return Err(table.problems.report_unless_guess(&table.at(), refused));
    }
    Ok(Some(auth))
}

fn keys(table: &Table<'_>) -> Result<Vec<AccessKey>, Reported> {
    let mut wrong = None;
    let mut keys: Vec<AccessKey> = Vec::new();
    for table in table.tables("keys")? {
        match key(&table) {
            Ok(key) if keys.iter().any(|other| other.id == key.id) => {
                let refused = Invalid::new(format!(
                    "has the id {:?}, which another key has",
                    key.id.as_str()
                ))
                .hint("give each key its own id");
                wrong = Some(table.problems.report(&table.at(), refused));
            }
            Ok(key) if keys.iter().any(|other| other.hash == key.hash) => {
                let refused = Invalid::new("is the same key as another one")
                    .hint("leave it out, or make a new one with `gatepass key new`");
                wrong = Some(table.problems.report(&table.at(), refused));
            }
            Ok(key) => keys.push(key),
            Err(reported) => wrong = Some(reported),
        }
    }
    wrong.map_or(Ok(keys), Err)
}

fn key(table: &Table<'_>) -> Result<AccessKey, Reported> {
    let id = table.field("id").required("\"app-1\"", text(KeyId::parse));
    let hash = table
        .field("sha256")
        .required("\"…\" (`gatepass key new` prints it)", text(KeyHash::parse));
    let subject = table.field("subject").optional(text(Subject::of_api_key));
    table.finish();
    let (id, hash) = (id?.value, hash?.value);
    let subject = match subject? {
        Some(subject) => subject.value,
        None => Subject::of_api_key(id.as_str())
            .map_err(|invalid| table.problems.report(&table.at(), invalid))?,
    };
    Ok(AccessKey { id, hash, subject })
}
