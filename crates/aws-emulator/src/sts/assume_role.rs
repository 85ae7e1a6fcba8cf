//! Temporary credentials for a role.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::account::{Account, Principal};
use crate::authorize::documents::parse;
use crate::authorize::{self, Ask};
use crate::iam;
use crate::ids;
use crate::policy_form::{self, Kind};
use crate::query::{Call, Params, QueryError};
use crate::state::{Role, Session, State};
use crate::xml::Xml;

use super::parameters::{arn, check_length, invalid};
use super::{Answer, write_credentials};

/// What a role that assumes another one gets at most (role chaining), in seconds.
const CHAINED: u32 = 3600;
/// How many managed policies a session can be limited by.
const MOST_POLICIES: usize = 10;
/// How many tags a session can have.
const MOST_TAGS: usize = 50;
/// The longest session policies together, in characters.
const LONGEST_POLICIES: usize = 2048;

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub(super) fn assume_role(call: &Call<'_>) -> Answer {
    let asked = Asked::read(call)?;
    if matches!(call.caller, Principal::Root) {
        return Err(QueryError::access_denied("Roles may not be assumed by root accounts."));
    }
    let state = call.account.store.read();
    // STS does not tell a role that does not exist from one that may not be assumed
    let refused = || not_authorized(call, "sts:AssumeRole", asked.role_arn);
    let (role_name, role) = self::role(call.account, &state, asked.role_arn).ok_or_else(refused)?;
    asked.authorize(call, role)?;
    for arn in &asked.policy_arns {
        iam::check_managed_policy(&state, arn)?;
    }
    let issued = OffsetDateTime::now_utc().unix_timestamp();
    let (tags, transitive_tag_keys) = asked.tags_of_session(call);
    let session = Session {
        secret_access_key: ids::new_secret_access_key(),
        token: ids::session_token(),
        issued: Some(issued),
        expires: issued + i64::from(asked.lifetime(call, role)?),
        role_name: role_name.to_owned(),
        role_id: role.id.clone(),
        session_name: asked.session_name.to_owned(),
        policy: asked.policy.map(str::to_owned),
        policy_arns: asked.policy_arns.clone(),
        tags,
        transitive_tag_keys,
        source_identity: asked.source_identity(call),
    };
    let access_key_id = ids::unique_id("ASIA", 16);
    call.account.store.change(|state| {
        if state.roles.get(role_name).is_none_or(|role| role.id != session.role_id) {
            return Err(refused());
        }
        state.sessions.retain(|_, session| session.expires > issued);
        state.sessions.insert(access_key_id.clone(), session.clone());
        Ok(())
    })?;
    let mut xml = Xml::default();
    write_credentials(
        &mut xml,
        &access_key_id,
        &session.secret_access_key,
        &session.token,
        session.expires,
    );
    xml.element("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &format!("{}:{}", session.role_id, session.session_name));
        xml.text("Arn", &call.account.principal_arn(&Principal::Session(session.clone())));
    });
    xml.optional(
        "PackedPolicySize",
        asked.packed_size().map(|percent| percent.to_string()).as_deref(),
    );
    xml.optional("SourceIdentity", session.source_identity.as_deref());
    Ok(Some(xml))
}

/// The parameters, each of its form.
struct Asked<'a> {
    role_arn: &'a str,
    session_name: &'a str,
    seconds: Option<u32>,
    policy: Option<&'a str>,
    policy_arns: Vec<String>,
    external_id: Option<&'a str>,
    tags: BTreeMap<String, String>,
    transitive_tag_keys: Vec<String>,
    source_identity: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn read(call: &Call<'a>) -> Result<Self, QueryError> {
        let params = call.params;
        let policy = params.get("Policy");
        if let Some(text) = policy {
            policy_form::check(Kind::Identity, text).map_err(QueryError::malformed_policy)?;
            if text.chars().count() > LONGEST_POLICIES {
                return Err(QueryError::validation(format!(
                    "1 validation error detected: Value at 'policy' failed to satisfy constraint: \
                     Member must have length less than or equal to {LONGEST_POLICIES}"
                )));
            }
        }
        let policy_arns: Vec<String> = params
            .list("PolicyArns")
            .iter()
            .filter_map(|policy| policy.get("arn").map(|arn| (*arn).to_owned()))
            .collect();
        if policy_arns.len() > MOST_POLICIES {
            return Err(QueryError::validation(format!(
                "Cannot exceed quota for ManagedPoliciesPerSession: {MOST_POLICIES}"
            )));
        }
        let tags = tags(params)?;
        Ok(Self {
            role_arn: arn(params, "roleArn", "RoleArn", "role")?,
            session_name: self::session_name(params.required("RoleSessionName")?)?,
            seconds: params.number("DurationSeconds", 900..=43_200)?,
            policy,
            policy_arns,
            external_id: external_id(params.get("ExternalId"))?,
            transitive_tag_keys: transitive_tag_keys(call, &tags)?,
            tags,
            source_identity: params
                .get("SourceIdentity")
                .map(|text| name(text, "sourceIdentity"))
                .transpose()?,
        })
    }

    /// Asks the role's trust policy, and the caller's own policies where it leaves the word to them.
    fn authorize(&self, call: &Call<'_>, role: &Role) -> Result<(), QueryError> {
        let mut context = call.context.clone();
        context.set("sts:RoleSessionName", self.session_name);
        if let Some(external_id) = self.external_id {
            context.set("sts:ExternalId", external_id);
        }
        if let Some(identity) = self.source_identity {
            context.set("sts:SourceIdentity", identity);
        }
        for (key, value) in &role.tags {
            context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
            context.set(&format!("iam:ResourceTag/{key}"), value.as_str());
        }
        for (key, value) in &self.tags {
            context.set(&format!("aws:RequestTag/{key}"), value.as_str());
        }
        if !self.tags.is_empty() {
            context = context.with_all("aws:TagKeys", self.tags.keys().cloned());
        }
        if !self.transitive_tag_keys.is_empty() {
            context =
                context.with_all("sts:TransitiveTagKeys", self.transitive_tag_keys.iter().cloned());
        }
        let trust = parse(&role.trust_policy);
        let needed = [
            ("sts:AssumeRole", true),
            ("sts:TagSession", !self.tags.is_empty()),
            ("sts:SetSourceIdentity", self.source_identity.is_some()),
        ];
        for (action, _) in needed.into_iter().filter(|(_, is_needed)| *is_needed) {
            let ask = Ask {
                principal: Some(call.caller),
                action,
                resource: self.role_arn,
                context: &context,
                resource_policy: Some(&trust),
                resource_must_allow: true,
            };
            authorize::decide(call.account, &ask)
                .map_err(|_| not_authorized(call, action, self.role_arn))?;
        }
        Ok(())
    }

    /// In seconds.
    fn lifetime(&self, call: &Call<'_>, role: &Role) -> Result<u32, QueryError> {
        let is_chained = matches!(call.caller, Principal::Session(_));
        let longest = if is_chained { CHAINED } else { role.max_session_duration };
        let seconds = self.seconds.unwrap_or(CHAINED.min(longest));
        if seconds <= longest {
            return Ok(seconds);
        }
        Err(QueryError::validation(if is_chained {
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        } else {
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        }))
    }

    /// Its own tags and those that come down a chain, with the keys of those that go on down.
    fn tags_of_session(&self, call: &Call<'_>) -> (BTreeMap<String, String>, Vec<String>) {
        let (mut tags, mut keys) = (self.tags.clone(), self.transitive_tag_keys.clone());
        if let Principal::Session(before) = call.caller {
            for key in &before.transitive_tag_keys {
                if let Some(value) = before.tags.get(key) {
                    tags.insert(key.clone(), value.clone());
                    keys.push(key.clone());
                }
            }
        }
        (tags, keys)
    }

    /// Once set, it stays through a chain.
    fn source_identity(&self, call: &Call<'_>) -> Option<String> {
        match call.caller {
            Principal::Session(before) if before.source_identity.is_some() => {
                before.source_identity.clone()
            }
            _ => self.source_identity.map(str::to_owned),
        }
    }

    /// About how much of the room for session policies and tags is taken, in percent.
    fn packed_size(&self) -> Option<usize> {
        let policies = self.policy.map_or(0, str::len)
            + self.policy_arns.iter().map(String::len).sum::<usize>();
        let taken =
            policies + self.tags.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        (taken > 0).then(|| (taken * 100 / (2 * LONGEST_POLICIES)).clamp(1, 100))
    }
}

/// The role with this ARN, and its name.
pub(super) fn role<'s>(
    account: &Account,
    state: &'s State,
    arn: &str,
) -> Option<(&'s str, &'s Role)> {
    let path_and_name = arn.strip_prefix(&account.arn("iam", "role"))?;
    let (path, name) = path_and_name.split_at(path_and_name.rfind('/')? + 1);
    let (name, role) = state.roles.get_key_value(name).filter(|(_, role)| role.path == path)?;
    Some((name, role))
}

/// `RoleSessionName`
pub(super) fn session_name(text: &str) -> Result<&str, QueryError> {
    name(text, "roleSessionName")
}

/// Two to 64 letters, digits and `_+=,.@-`.
fn name<'a>(text: &'a str, parameter: &str) -> Result<&'a str, QueryError> {
    check_length(parameter, text, 2..=64)?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if text.bytes().all(letter) {
        return Ok(text);
    }
    Err(invalid(parameter, text, "satisfy regular expression pattern: [\\w+=,.@-]*"))
}

fn external_id(text: Option<&str>) -> Result<Option<&str>, QueryError> {
    let Some(text) = text else { return Ok(None) };
    check_length("externalId", text, 2..=1224)?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    if text.bytes().all(letter) {
        return Ok(Some(text));
    }
    Err(invalid("externalId", text, "satisfy regular expression pattern: [\\w+=,.@:\\/-]*"))
}

/// Tags of a session: fifty at most, whose keys differ by more than case.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>.
fn tags(params: &Params) -> Result<BTreeMap<String, String>, QueryError> {
    let invalid = |message: &str| QueryError::bad_request("InvalidParameterValue", message);
    let duplicate =
        || invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    let tags = params
        .tags()
        .map_err(|error| if error.code == "InvalidInput" { duplicate() } else { error })?;
    let keys: BTreeSet<String> = tags.keys().map(|key| key.to_ascii_lowercase()).collect();
    if keys.len() < tags.len() {
        return Err(duplicate());
    }
    if tags.len() > MOST_TAGS {
        let message = format!(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to {MOST_TAGS}"
        );
        return Err(QueryError::validation(message));
    }
    for (key, value) in &tags {
        check_length("tags.member.key", key, 1..=128)?;
        check_length("tags.member.value", value, 0..=256)?;
    }
    Ok(tags)
}

/// The keys of tags that go on down a chain: each is one of the request's, and none that already came down.
fn transitive_tag_keys(
    call: &Call<'_>,
    tags: &BTreeMap<String, String>,
) -> Result<Vec<String>, QueryError> {
    let invalid = |message: &str| QueryError::bad_request("InvalidParameterValue", message);
    let keys = call.params.texts("TransitiveTagKeys");
    if let Principal::Session(before) = call.caller {
        let is_inherited = |key: &String| {
            before.transitive_tag_keys.iter().any(|inherited| inherited.eq_ignore_ascii_case(key))
        };
        if tags.keys().any(is_inherited) {
            return Err(invalid(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling \
                 session.",
            ));
        }
    }
    if !keys.iter().all(|key| tags.keys().any(|own| own.eq_ignore_ascii_case(key))) {
        return Err(invalid(
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    Ok(keys)
}

fn not_authorized(call: &Call<'_>, action: &str, arn: &str) -> QueryError {
    let caller = call.account.principal_arn(call.caller);
    QueryError::access_denied(format!(
        "User: {caller} is not authorized to perform: {action} on resource: {arn}"
    ))
}
