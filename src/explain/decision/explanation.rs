//! The answer: what decides, everything that stands in the way, and what would have to change.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Action, Principal};
use gatepass_core::contract::Contract;
use gatepass_core::policy::Documents;
use gatepass_core::policy::check::Stage;
use iam_policy::AccountId;
use iam_policy::condition_in_words;
use iam_policy::evaluate::{
    Caller, ConditionMatch, DocumentKind, Policy, PolicyError, PolicySet, Reason, Request,
    RequestContext, StatementMatch, trace,
};
use iam_policy::{Document, Statement};

/// Why a request is allowed or denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Who asks, in words.
    pub principal: String,
    /// The action with its service.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// Every statement that denies it; the first one is what AWS names.
    pub denied_by: Vec<Denial>,
    /// Every statement that would deny it in other circumstances.
    pub would_deny: Vec<Denial>,
    /// The statement that allows it, denials aside.
    pub allowed_by: Option<Allowing>,
    /// The document that would have to allow it and does not, denials aside.
    pub lacking: Option<DocumentName>,
    /// The statements that allow something in that document, and why not this.
    pub near_misses: Vec<NearMiss>,
    /// What was taken to be so because it is not known here, in sentences.
    pub assumed: Vec<String>,
    /// The condition keys of the request.
    pub context: BTreeMap<String, Vec<String>>,
}

/// A document that has a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentName {
    /// The bucket policy.
    BucketPolicy,
    /// The presigner role's permissions policy.
    PermissionsPolicy,
    /// The presigner role's trust policy.
    TrustPolicy,
    /// Policies of somebody or something else, which are not known here.
    Unknown,
}

/// A statement that denies the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Denial {
    /// Where it stands.
    pub document: DocumentName,
    /// Its `Sid`.
    pub sid: String,
    /// What it says, in words.
    pub says: String,
    /// What it says, as JSON.
    pub statement: Map<String, Value>,
    /// The circumstances that it denies; as soon as one of them is otherwise it no longer does.
    pub because: Vec<String>,
}

/// A statement that allows the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowing {
    /// Where it stands.
    pub document: DocumentName,
    /// Its `Sid`.
    pub sid: String,
    /// What it says, in words.
    pub says: String,
    /// What it says, as JSON.
    pub statement: Map<String, Value>,
}

/// A statement that allows something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearMiss {
    /// Its `Sid`.
    pub sid: String,
    /// What it says, in words.
    pub says: String,
    /// What is otherwise in the request.
    pub because: Vec<String>,
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BucketPolicy => "bucket policy",
            Self::PermissionsPolicy => "role's permissions policy",
            Self::TrustPolicy => "role's trust policy",
            Self::Unknown => "policies that are not known here",
        })
    }
}

/// The documents that decide one request, by the part that each plays.
struct Deciding {
    resource: Option<(DocumentName, Document)>,
    identity: Option<(DocumentName, Document)>,
    resource_account: String,
    resource_must_allow: bool,
    assumed: Vec<String>,
}

impl Explanation {
    /// Explains a request. `changes` are made to the condition keys that a request has just after a grant was made: a value that
    /// replaces theirs, or none to take the key away.
    ///
    /// # Errors
    /// A document that cannot be evaluated.
    pub fn of(
        contract: &Contract,
        account: &AccountId,
        documents: &Documents,
        principal: &Principal,
        action: &Action,
        resource: &str,
        change: impl FnOnce(RequestContext) -> RequestContext,
    ) -> Result<Self, PolicyError> {
        let context =
            change(Stage::usual_context(contract, account, principal.caller(), action.as_str()));
        let request = Request::new(principal.caller(), action.as_str(), resource, &context);
        let deciding = Deciding::of(contract, account, documents, principal, action, resource)?;
        let ((denied_by, would_deny), reason) =
            (deciding.denials(&request)?, deciding.allow(&request)?);
        let mut explanation = Self {
            allowed: denied_by.is_empty() && !matches!(reason, Reason::ImplicitDeny { .. }),
            principal: principal.to_string(),
            action: action.to_string(),
            resource: resource.to_owned(),
            denied_by,
            would_deny,
            allowed_by: None,
            lacking: None,
            near_misses: Vec::new(),
            assumed: deciding.assumed.clone(),
            context: context
                .iter()
                .map(|(key, values)| (key.to_owned(), values.to_vec()))
                .collect(),
        };
        match reason {
            Reason::Allowed { document, statement } => {
                explanation.allowed_by = deciding.allowing(document, &statement)
            }
            Reason::ImplicitDeny { lacking } => {
                let lacking = deciding.document(lacking);
                explanation.lacking =
                    Some(lacking.map_or(DocumentName::Unknown, |(name, _)| *name));
                if let Some((_, document)) = lacking {
                    explanation.near_misses = near_misses(document, &request)?;
                }
            }
            Reason::RootUser => explanation
                .assumed
                .push("The account's root user needs no allow in its own account.".to_owned()),
            Reason::ExplicitDeny { .. } => {}
        }
        Ok(explanation)
    }
}

impl Deciding {
    fn of(
        contract: &Contract,
        account: &AccountId,
        documents: &Documents,
        principal: &Principal,
        action: &Action,
        resource: &str,
    ) -> Result<Self, PolicyError> {
        let mut assumed = Vec::new();
        let own_bucket =
            format!("arn:{}:s3:::{}", contract.bucket.region.partition(), contract.bucket.name);
        let in_bucket = resource
            .strip_prefix(&own_bucket)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let is_role = action.assumes_a_role() && resource == contract.role_arn(account);
        let resource = if is_role {
            Some((DocumentName::TrustPolicy, documents.trust_policy.clone()))
        } else if in_bucket {
            Some((DocumentName::BucketPolicy, documents.bucket_policy.clone()))
        } else {
            assumed.push(format!("{resource} is none of the contract's, so its own policy is not known here; it is taken to be of the same account and to deny nothing."));
            None
        };
        let identity = match principal.caller() {
            Caller::RoleSession { .. } if principal.is_presigner() => {
                Some((DocumentName::PermissionsPolicy, documents.permissions_policy.clone()))
            }
            Caller::User { .. } | Caller::RoleSession { .. } => {
                assumed.push(format!(
                    "{principal} is not the presigner role: its own policies are not known here and are taken to allow everything."
                ));
                let wide = Document::parse(&Stage::wide_policy("*").to_string());
                let wide = wide.map_err(|error| PolicyError {
                    statement: "?".to_owned(),
                    problem: error.to_string(),
                })?;
                Some((DocumentName::Unknown, wide))
            }
            Caller::Root { .. } | Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) => {
                None
            }
        };
        Ok(Self {
            resource,
            identity,
            resource_account: account.to_string(),
            resource_must_allow: is_role,
            assumed,
        })
    }

    fn document(&self, kind: DocumentKind) -> Option<&(DocumentName, Document)> {
        match kind {
            DocumentKind::Resource => self.resource.as_ref(),
            DocumentKind::Identity => self.identity.as_ref(),
            DocumentKind::PermissionsBoundary | DocumentKind::Session => None,
        }
    }

    /// The statements that deny the request, and those that would in other circumstances.
    fn denials(&self, request: &Request<'_>) -> Result<(Vec<Denial>, Vec<Denial>), PolicyError> {
        let (mut deny, mut would_deny) = (Vec::new(), Vec::new());
        for (name, document) in self.resource.iter().chain(&self.identity) {
            for (statement, found) in document.statements().iter().zip(trace(document, request)?) {
                if statement.is_allow() || !found.speaks_of_it() {
                    continue;
                }
                let denial = Denial {
                    document: *name,
                    sid: sid(statement),
                    says: statement.to_string(),
                    statement: statement.json().clone(),
                    because: found.conditions.iter().map(holds).collect(),
                };
                if found.applies() {
                    deny.push(denial);
                } else if found
                    .conditions
                    .iter()
                    .all(|condition| condition.holds || !is_about_who(&condition.key))
                {
                    would_deny.push(denial);
                }
            }
        }
        Ok((deny, would_deny))
    }

    /// What allows the request or fails to, every denial aside.
    fn allow(&self, request: &Request<'_>) -> Result<Reason, PolicyError> {
        let allowing = |document: &Document| {
            let statements = document
                .statements()
                .iter()
                .filter(|statement| statement.is_allow())
                .cloned()
                .collect();
            Policy::parse(&Document::new(statements).to_json())
        };
        let resource =
            self.resource.as_ref().map(|(_, document)| allowing(document)).transpose()?;
        let identity: Vec<Policy> = self
            .identity
            .iter()
            .map(|(_, document)| allowing(document))
            .collect::<Result<_, _>>()?;
        let set = PolicySet {
            identity: &identity,
            resource: resource.as_ref(),
            resource_account: &self.resource_account,
            resource_must_allow: self.resource_must_allow,
            ..PolicySet::default()
        };
        Ok(set.decide(request).reason)
    }

    /// The statement that allows; none where it stands in a policy that is only assumed.
    fn allowing(&self, kind: DocumentKind, named: &str) -> Option<Allowing> {
        let (document, statements) =
            self.document(kind).filter(|(name, _)| *name != DocumentName::Unknown)?;
        let statement = statements.statements().iter().find(|statement| sid(statement) == named)?;
        let (says, json) = (statement.to_string(), statement.json().clone());
        Some(Allowing { document: *document, sid: named.to_owned(), says, statement: json })
    }
}

fn near_misses(document: &Document, request: &Request<'_>) -> Result<Vec<NearMiss>, PolicyError> {
    let found = trace(document, request)?;
    let allowing =
        document.statements().iter().zip(found).filter(|(statement, _)| statement.is_allow());
    Ok(allowing
        .map(|(statement, found)| NearMiss {
            sid: sid(statement),
            says: statement.to_string(),
            because: otherwise(&found),
        })
        .collect())
}

/// In what a request differs from those that a statement speaks of.
fn otherwise(found: &StatementMatch) -> Vec<String> {
    let elements = [
        (found.principal, "it is for other principals"),
        (found.action, "it is about other actions"),
        (found.resource, "it is about other resources"),
    ];
    let elements =
        elements.into_iter().filter(|(matches, _)| !matches).map(|(_, words)| words.to_owned());
    let conditions = found.conditions.iter().filter(|condition| !condition.holds);
    elements.chain(conditions.map(|condition| format!("it wants {}", holds(condition)))).collect()
}

/// A condition in words, with what the request has.
fn holds(condition: &ConditionMatch) -> String {
    let ConditionMatch { operator, key, values, found, .. } = condition;
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let words = condition_in_words(operator, key, &values);
    match found {
        None if operator.eq_ignore_ascii_case("Null") => words,
        None => format!("{words} (here: absent)"),
        // equal to what is wanted: said already
        Some(found) if found.iter().map(String::as_str).eq(values.iter().copied()) => words,
        Some(found) => format!("{words} (here: {})", found.join(", ")),
    }
}

/// Whether a condition key tells who asks, which no other circumstances change.
fn is_about_who(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:principal")
}

fn sid(statement: &Statement) -> String {
    statement.sid().unwrap_or_default().to_owned()
}
