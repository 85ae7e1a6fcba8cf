//! A role for whom an identity provider vouches. Its word is read, and everything of it checked but the signature: the keys for that
//! would have to be fetched from the provider, and this backend calls nobody.
//! See <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::account::Account;
use crate::authorize::context::date;
use crate::authorize::documents::parse;
use crate::iam::PUBLIC_PROVIDERS;
use crate::query::{Params, QueryError};
use crate::state::State;
use iam_policy::evaluate::{Caller, PolicySet, Request, RequestContext};

use super::assume_role::{role, session_name};
use super::parameters::arn;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// The claims that STS looks at.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    /// In seconds since 1970.
    exp: i64,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Why nobody gets into the role.
pub(super) fn refuse(account: &Account, params: &Params, context: &RequestContext) -> QueryError {
    match check(account, params, context) {
        Ok(claims) => QueryError::bad_request(
            "IDPCommunicationError",
            format!(
                "The keys of {} cannot be had: the embedded backend calls no identity provider",
                claims.iss
            ),
        ),
        Err(refused) => refused,
    }
}

fn check(
    account: &Account,
    params: &Params,
    context: &RequestContext,
) -> Result<Claims, QueryError> {
    let role_arn = arn(params, "roleArn", "RoleArn", "role")?;
    let session = session_name(params.required("RoleSessionName")?)?;
    params.number("DurationSeconds", 900..=43_200)?;
    let claims = Claims::read(params.required("WebIdentityToken")?)?;
    let state = account.store.read();
    let provider = claims.provider(account, &state)?;
    claims.check_time(OffsetDateTime::now_utc())?;
    let refused = || QueryError::access_denied(format!("Not authorized to perform {ACTION}"));
    let (_, role) = role(account, &state, role_arn).ok_or_else(refused)?;
    let mut context = claims.conditions(context.clone(), &provider.name);
    context.set("sts:RoleSessionName", session);
    let trust = parse(&role.trust_policy);
    let set = PolicySet {
        identity: &[],
        boundary: None,
        session: &[],
        resource: Some(&trust),
        resource_account: account.id.as_str(),
        resource_must_allow: true,
    };
    let caller = Caller::Federated(provider.principal);
    let decision = set.decide(&Request::new(&caller, ACTION, role_arn, &context));
    if decision.allowed { Ok(claims) } else { Err(refused()) }
}

/// A provider, as trust policies name it.
struct Provider {
    /// What its condition keys begin with.
    name: String,
    principal: String,
}

impl Claims {
    fn read(token: &str) -> Result<Self, QueryError> {
        let invalid = |message: &str| QueryError::bad_request("InvalidIdentityToken", message);
        let malformed = || {
            invalid(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            )
        };
        let parts: Vec<Vec<u8>> = token
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part))
            .collect::<Result<_, _>>()
            .map_err(|_| malformed())?;
        let [header, claims, _] = parts.as_slice() else { return Err(malformed()) };
        let object =
            |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok().filter(Value::is_object);
        let (Some(_), Some(claims)) = (object(header), object(claims)) else {
            return Err(malformed());
        };
        if let Some(missing) =
            ["iss", "sub", "aud", "exp"].iter().find(|name| claims.get(**name).is_none())
        {
            return Err(invalid(&format!("Missing a required claim: {missing}")));
        }
        serde_json::from_value(claims).map_err(|_| malformed())
    }

    /// The provider that the token says it is from, if the account has it and the token is for us.
    fn provider(&self, account: &Account, state: &State) -> Result<Provider, QueryError> {
        let invalid = |message: String| QueryError::bad_request("InvalidIdentityToken", message);
        let name = self.iss.strip_prefix("https://").unwrap_or(&self.iss).trim_end_matches('/');
        if PUBLIC_PROVIDERS.contains(&name) {
            return Ok(Provider { name: name.to_owned(), principal: name.to_owned() });
        }
        let arn = account.arn("iam", &format!("oidc-provider/{name}"));
        let provider = state.oidc_providers.get(&arn).filter(|_| self.iss.starts_with("https://"));
        let provider = provider.ok_or_else(|| {
            invalid(format!("No OpenIDConnect provider found in your account for {}", self.iss))
        })?;
        if !self.audiences().iter().any(|audience| provider.client_ids.contains(audience)) {
            return Err(invalid("Incorrect token audience".to_owned()));
        }
        Ok(Provider { name: provider.url.clone(), principal: arn })
    }

    fn audiences(&self) -> &[String] {
        match &self.aud {
            Audience::One(audience) => std::slice::from_ref(audience),
            Audience::Several(audiences) => audiences,
        }
    }

    fn check_time(&self, now: OffsetDateTime) -> Result<(), QueryError> {
        if now.unix_timestamp() < self.exp {
            return Ok(());
        }
        let ended = OffsetDateTime::from_unix_timestamp(self.exp)
            .map_or_else(|_| self.exp.to_string(), date);
        let message = format!(
            "Token expired: current date/time {} must be before the expiration date/time {ended}",
            date(now)
        );
        Err(QueryError::bad_request("ExpiredTokenException", message))
    }

    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>.
    fn conditions(&self, mut context: RequestContext, provider: &str) -> RequestContext {
        context.set(&format!("{provider}:sub"), self.sub.as_str());
        // who asked for a token comes before whom it is for
        let party = self.others.get("azp").and_then(Value::as_str).map(str::to_owned);
        context = match party {
            Some(party) => context.with_all(&format!("{provider}:aud"), [party]),
            None => context.with_all(&format!("{provider}:aud"), self.audiences().iter().cloned()),
        };
        if let Some(methods) = self.others.get("amr").and_then(Value::as_array) {
            let methods =
                methods.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
            context = context.with_all(&format!("{provider}:amr"), methods);
        }
        context
    }
}
