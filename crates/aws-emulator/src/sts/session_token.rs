//! Temporary credentials of a user.

use time::OffsetDateTime;

use crate::account::Principal;
use crate::ids;
use crate::query::{Call, QueryError};
use crate::state::UserSession;
use crate::xml::Xml;

use super::{Answer, write_credentials};

/// Twelve hours, in seconds.
const USUAL: u32 = 43_200;
/// What the root user gets at most, in seconds.
const ROOT: u32 = 3600;

/// Takes no permission.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let seconds = call.params.number("DurationSeconds", 900..=129_600)?;
    let user = match call.caller {
        Principal::Root => None,
        Principal::User(user) if user.issued.is_none() => {
            Some((user.name.clone(), user.id.clone()))
        }
        Principal::User(_) | Principal::Session(_) => {
            return Err(QueryError::access_denied(
                "Cannot call GetSessionToken with session credentials",
            ));
        }
    };
    let seconds =
        if user.is_none() { seconds.unwrap_or(ROOT).min(ROOT) } else { seconds.unwrap_or(USUAL) };
    let issued = OffsetDateTime::now_utc().unix_timestamp();
    let session = UserSession {
        secret_access_key: ids::new_secret_access_key(),
        token: ids::session_token(),
        issued,
        expires: issued + i64::from(seconds),
        user,
    };
    let access_key_id = ids::unique_id("ASIA", 16);
    call.account.store.change(|state| {
        state.user_sessions.retain(|_, session| session.expires > issued);
        state.user_sessions.insert(access_key_id.clone(), session.clone());
        Ok::<_, QueryError>(())
    })?;
    let mut xml = Xml::default();
    write_credentials(
        &mut xml,
        &access_key_id,
        &session.secret_access_key,
        &session.token,
        session.expires,
    );
    Ok(Some(xml))
}
