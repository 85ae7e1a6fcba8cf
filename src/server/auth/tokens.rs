//! Signed tokens: JSON Web Tokens (RFC 7519) as the best current practice (RFC 8725) wants them checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};

use crate::ca_certificates::CaCertificates;
use gatepass_core::contract::{Claims, Jwt, JwtAlgorithm, Subject};
use iam_policy::strict_json::{self, StrictObject};

use super::bearer::{self, invalid};
use super::jwks::{IssuerKeys, IssuerState, KeysUnavailable, Schedule};
use super::narrowing::{self, Narrowing};
use super::{ApiError, Identity};

/// Parts of a token's header that name or bring a key of the sender's choice, or change how the token is to be read.
const REFUSED: [&str; 8] = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip"];

/// What a token may say it is. A token for another end (`logout+jwt`, `dpop+jwt`) is not one for here.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// The tokens of one issuer.
pub(super) struct Tokens {
    issuer: String,
    audience: String,
    leeway_seconds: u64,
    subject: String,
    algorithms: Vec<JwtAlgorithm>,
    claims: Claims,
    keys: IssuerKeys,
}

impl Tokens {
    /// See [`IssuerKeys::open`].
    pub(super) async fn open(
        jwt: &Jwt,
        ca_certificates: &CaCertificates,
        present: Option<&Self>,
    ) -> Result<Self, KeysUnavailable> {
        Self::open_with(jwt, ca_certificates, Schedule::USUAL, present).await
    }

    pub(super) async fn open_with(
        jwt: &Jwt,
        ca_certificates: &CaCertificates,
        schedule: Schedule,
        present: Option<&Self>,
    ) -> Result<Self, KeysUnavailable> {
        Ok(Self {
            issuer: jwt.issuer.clone(),
            audience: jwt.audience.clone(),
            leeway_seconds: jwt.leeway.as_secs(),
            subject: jwt.subject.clone(),
            algorithms: jwt.algorithms.clone(),
            claims: jwt.claims.clone(),
            keys: IssuerKeys::open(
                jwt,
                ca_certificates,
                schedule,
                present.map(|present| &present.keys),
            )
            .await?,
        })
    }

    /// Whether they can be checked now.
    pub(super) fn state(&self) -> IssuerState {
        self.keys.state()
    }

    /// Whose token this is.
    pub(super) async fn verify(&self, token: &str) -> Result<Identity, ApiError> {
        let (algorithm, key_id) = self.header(token)?;
        let validation = self.validation(algorithm);
        let decoded = self
            .keys
            .with_key(algorithm, key_id.as_deref(), |key| {
                jsonwebtoken::decode::<StrictObject>(token, key, &validation)
            })
            .await?;
        let claims = match decoded {
            Some(Ok(decoded)) => decoded.claims.0,
            Some(Err(error)) => return Err(refusal(error.kind()).cause(&error)),
            None => {
                return Err(not_accepted().cause("no key of the issuer has its id and algorithm"));
            }
        };
        // the library takes a list of issuers for an issuer
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return Err(invalid("the token is of another issuer"));
        }
        self.identity(&claims)
    }

    /// Algorithm and key of a token, if it is one that is to be checked at all.
    fn header(&self, token: &str) -> Result<(JwtAlgorithm, Option<String>), ApiError> {
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid("the token is neither an access key nor a JSON Web Token"));
        };
        let decoded =
            URL_SAFE_NO_PAD.decode(header).ok().and_then(|json| String::from_utf8(json).ok());
        let parsed = decoded.and_then(|json| strict_json::parse(&json).ok());
        let Some(Value::Object(header)) = parsed else {
            return Err(invalid("the token's header is not the JSON of one"));
        };
        if let Some(part) = REFUSED.iter().find(|part| header.contains_key(**part)) {
            return Err(not_accepted().cause(format!("its header has {part:?}")));
        }
        if let Some(kind) = header.get("typ")
            && !kind
                .as_str()
                .is_some_and(|kind| TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)))
        {
            return Err(not_accepted().cause(format!("it is of the type {kind}")));
        }
        let named = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let Some(algorithm) = self.algorithms.iter().find(|algorithm| algorithm.name() == named)
        else {
            return Err(not_accepted()
                .cause(format!("the contract does not allow its algorithm {named:?}")));
        };
        match header.get("kid") {
            None => Ok((*algorithm, None)),
            Some(Value::String(id)) => Ok((*algorithm, Some(id.clone()))),
            Some(_) => Err(not_accepted().cause("its key id is not a string")),
        }
    }

    fn validation(&self, algorithm: JwtAlgorithm) -> Validation {
        let mut validation = Validation::new(match algorithm {
            JwtAlgorithm::Rs256 => Algorithm::RS256,
            JwtAlgorithm::Es256 => Algorithm::ES256,
            JwtAlgorithm::EdDsa => Algorithm::EdDSA,
            JwtAlgorithm::Hs256 => Algorithm::HS256,
        });
        validation.leeway = self.leeway_seconds;
        validation.validate_nbf = true;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation
    }

    fn identity(&self, claims: &Map<String, Value>) -> Result<Identity, ApiError> {
        let expected = "the name of a subject: 1 to 255 bytes without control characters, and not \"api-key:\" at its beginning";
        let subject = claims
            .get(&self.subject)
            .and_then(Value::as_str)
            .and_then(|name| Subject::of_token(name).ok());
        let subject = subject.ok_or_else(|| narrowing::malformed(&self.subject, expected))?;
        Ok(Identity::of_token(subject, Narrowing::read(&self.claims, claims)?))
    }
}

/// Nothing that whoever holds the token could be told more about.
fn not_accepted() -> ApiError {
    invalid("the token is not one that is accepted here")
}

fn refusal(kind: &ErrorKind) -> ApiError {
    match kind {
        ErrorKind::ExpiredSignature => bearer::expired(),
        ErrorKind::ImmatureSignature => invalid("the token is not valid yet"),
        ErrorKind::InvalidAudience => invalid("the token is for another audience"),
        ErrorKind::InvalidIssuer => invalid("the token is of another issuer"),
        ErrorKind::MissingRequiredClaim(claim) => {
            invalid(format!("the token has no claim {claim:?} that can be used"))
        }
        _ => not_accepted(),
    }
}
