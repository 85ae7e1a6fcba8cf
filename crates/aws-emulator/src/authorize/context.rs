//! The condition keys that every request has, whatever service it is for.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

use std::collections::BTreeMap;

use hyper::http::Extensions;
use hyper::{HeaderMap, header};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::account::{Account, Principal};
use crate::connection::Connection;
use iam_policy::evaluate::RequestContext;

use super::caller;

/// `2026-01-31T12:00:00Z`
const DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// The keys of a request, and of who makes it.
pub(crate) fn of_request(
    account: &Account,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    extensions: &Extensions,
    now: OffsetDateTime,
) -> RequestContext {
    let mut context = of_principal(account, principal);
    let connection = extensions.get::<Connection>();
    let is_tls = connection.is_some_and(|connection| connection.tls_version.is_some());
    context.set("aws:SecureTransport", is_tls.to_string());
    if let Some(connection) = connection {
        context.set("aws:SourceIp", connection.peer.to_canonical().to_string());
    }
    for (key, name) in [("aws:UserAgent", header::USER_AGENT), ("aws:Referer", header::REFERER)] {
        if let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) {
            context.set(key, value);
        }
    }
    context.set("aws:CurrentTime", date(now));
    context.set("aws:EpochTime", now.unix_timestamp().to_string());
    context.set("aws:RequestedRegion", account.region.as_str());
    context.set("aws:ViaAWSService", "false");
    context.set("aws:PrincipalIsAWSService", "false");
    context
}

/// The keys that tell who makes a request.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>.
pub(crate) fn of_principal(account: &Account, principal: Option<&Principal>) -> RequestContext {
    let mut context = RequestContext::new();
    let Some(principal) = principal else {
        context.set("aws:PrincipalType", "Anonymous");
        context.set("aws:PrincipalAccount", "anonymous");
        context.set("aws:userid", "anonymous");
        return context;
    };
    if let Some(arn) = caller(account, Some(principal)).principal_arn() {
        context.set("aws:PrincipalArn", arn);
    }
    context.set("aws:PrincipalAccount", account.id.as_str());
    match principal {
        Principal::Root => {
            context.set("aws:PrincipalType", "Account");
            context.set("aws:userid", account.id.as_str());
        }
        Principal::User(user) => {
            context.set("aws:PrincipalType", "User");
            context.set("aws:userid", user.id.as_str());
            context.set("aws:username", user.name.as_str());
            if let Some(issued) =
                user.issued.and_then(|issued| OffsetDateTime::from_unix_timestamp(issued).ok())
            {
                context.set("aws:MultiFactorAuthPresent", "false");
                context.set("aws:TokenIssueTime", date(issued));
            }
            if let Some(user) = account.store.read().users.get(&user.name) {
                set_tags(&mut context, &user.tags);
            }
        }
        Principal::Session(session) => {
            context.set("aws:PrincipalType", "AssumedRole");
            context.set("aws:userid", format!("{}:{}", session.role_id, session.session_name));
            // temporary credentials have this key, and there is no second factor here
            context.set("aws:MultiFactorAuthPresent", "false");
            if let Some(issued) =
                session.issued.and_then(|issued| OffsetDateTime::from_unix_timestamp(issued).ok())
            {
                context.set("aws:TokenIssueTime", date(issued));
            }
            if let Some(role) = account.store.read().roles.get(&session.role_name) {
                set_tags(&mut context, &role.tags);
            }
            // a session's own win over its role's
            set_tags(&mut context, &session.tags);
            if let Some(identity) = &session.source_identity {
                context.set("aws:SourceIdentity", identity.as_str());
            }
        }
    }
    context
}

fn set_tags(context: &mut RequestContext, tags: &BTreeMap<String, String>) {
    for (key, value) in tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
}

/// `2026-01-31T12:00:00Z`
pub(crate) fn date(time: OffsetDateTime) -> String {
    time.format(DATE).unwrap_or_else(|_| time.unix_timestamp().to_string())
}
