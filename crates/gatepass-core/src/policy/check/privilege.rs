//! What the presigner role may do, against what the contract's features need.

use serde::Serialize;
use serde_json::Value;

use super::{Actor, Circumstance, Imagined, Must, Place, Stage};
use crate::contract::{Contract, Encryption};
use crate::policy::Documents;
use crate::policy::needs::{self, Need, UPLOAD};
use iam_policy::S3Resource;

/// What the bucket's KMS key is needed for; `kms:Decrypt` by uploads in parts and by downloads.
const KMS_NEEDS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// What the presigner role may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Privileges {
    /// What it may do and a feature needs.
    pub allowed: Vec<Allowed>,
    /// What it may do and no feature needs.
    pub beyond: Vec<Allowed>,
    /// What a feature needs and it may not do.
    pub missing: Vec<Missing>,
    /// What the contract promises to keep out and the documents let through.
    pub let_through: Vec<LetThrough>,
}

/// Something that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// Who may do it.
    pub actor: Actor,
    /// The action; in [`Privileges::beyond`] it can be a pattern.
    pub action: String,
    /// The resource's ARN, or a pattern; an example where an ARN of the contract's bucket stands for many.
    pub resource: String,
    /// The feature that needs it; none in [`Privileges::beyond`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_for: Option<&'static str>,
}

/// Something that is needed and not allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The action.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// Under which circumstances.
    pub circumstance: String,
    /// The feature that needs it.
    pub needed_for: &'static str,
    /// Why it is denied.
    pub because: String,
}

/// An upload that should be denied and is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetThrough {
    /// How it is made.
    pub circumstance: String,
}

impl Privileges {
    /// Whether the role may do exactly what the features need, and only as the contract promises.
    #[must_use]
    pub fn are_least(&self) -> bool {
        self.beyond.is_empty() && self.missing.is_empty() && self.let_through.is_empty()
    }
}

pub(super) fn of(
    stage: &Stage<'_>,
    contract: &Contract,
    documents: &Documents,
    actions: &[(String, S3Resource)],
    circumstances: &[Circumstance],
    requests: &mut usize,
) -> Privileges {
    let mut found = Privileges::default();
    let Some(usual) = circumstances.first() else { return found };
    let needs = needs::of(contract);
    for actor in [Actor::Presigner, Actor::WidenedPresigner] {
        // beyond the bucket a wider policy means what it says
        for place in
            Place::ALL.into_iter().filter(|place| actor == Actor::Presigner || place.is_in_bucket())
        {
            let Some(resource) = stage.arn(place) else { continue };
            for (action, _) in actions.iter().filter(|(_, resource)| *resource == place.resource())
            {
                *requests += 1;
                if stage.decide(&Imagined { actor, action, place, circumstance: usual }).allowed {
                    let needed_for = needed_for(&needs, action, place);
                    let list =
                        if needed_for.is_some() { &mut found.allowed } else { &mut found.beyond };
                    list.push(Allowed {
                        actor,
                        action: action.clone(),
                        resource: resource.clone(),
                        needed_for,
                    });
                }
            }
        }
    }
    must_pass(stage, &needs, circumstances, requests, &mut found);
    must_be_denied(stage, circumstances, requests, &mut found);
    kms(stage, contract, requests, &mut found);
    found.beyond.extend(outside_s3(contract, documents));
    found
}

fn needed_for(needs: &[Need], action: &str, place: Place) -> Option<&'static str> {
    let within = match place {
        Place::Upload | Place::Bucket => true,
        // what was never begun there can be neither given up nor listed
        Place::OtherExtension => action != UPLOAD,
        _ => false,
    };
    needs.iter().find(|need| within && need.action == action).map(|need| need.feature)
}

fn must_pass(
    stage: &Stage<'_>,
    needs: &[Need],
    circumstances: &[Circumstance],
    requests: &mut usize,
    found: &mut Privileges,
) {
    for circumstance in circumstances.iter().filter(|circumstance| circumstance.must == Must::Pass)
    {
        for Need { action, resource, feature } in
            needs.iter().copied().filter(|need| circumstance.suits(need.action))
        {
            let place = if resource == S3Resource::Bucket { Place::Bucket } else { Place::Upload };
            *requests += 1;
            let decision =
                stage.decide(&Imagined { actor: Actor::Presigner, action, place, circumstance });
            if !decision.allowed {
                found.missing.push(Missing {
                    action: action.to_owned(),
                    resource: stage.arn(place).unwrap_or_default(),
                    circumstance: circumstance.name.clone(),
                    needed_for: feature,
                    because: decision.reason.to_string(),
                });
            }
        }
    }
}

fn must_be_denied(
    stage: &Stage<'_>,
    circumstances: &[Circumstance],
    requests: &mut usize,
    found: &mut Privileges,
) {
    for circumstance in
        circumstances.iter().filter(|circumstance| circumstance.must == Must::BeDenied)
    {
        *requests += 1;
        // the one action that is no upload is listing
        let (action, place) = match circumstance.only {
            Some(listing) if listing != UPLOAD => (listing, Place::Bucket),
            _ => (UPLOAD, Place::Upload),
        };
        if stage.decide(&Imagined { actor: Actor::Presigner, action, place, circumstance }).allowed
        {
            found.let_through.push(LetThrough { circumstance: circumstance.name.clone() });
        }
    }
}

/// The bucket's key through S3 and nothing else: no other key, and not the key itself.
fn kms(stage: &Stage<'_>, contract: &Contract, requests: &mut usize, found: &mut Privileges) {
    let Encryption::SseKms { key } = &contract.bucket.encryption else { return };
    let other_key = format!("{key}-other");
    let feature = "encrypting with the bucket's key";
    for action in KMS_NEEDS {
        for (resource, through_s3) in
            [(key.as_str(), true), (key.as_str(), false), (other_key.as_str(), true)]
        {
            *requests += 1;
            let decision = stage.decide_kms(action, resource, through_s3);
            let needed = resource == key.as_str() && through_s3;
            let allowed = |needed_for| Allowed {
                actor: Actor::Presigner,
                action: action.to_owned(),
                resource: resource.to_owned(),
                needed_for,
            };
            match (needed, decision.allowed) {
                (true, true) => found.allowed.push(allowed(Some(feature))),
                (false, true) => found.beyond.push(allowed(None)),
                (true, false) => found.missing.push(Missing {
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    circumstance: "through S3".to_owned(),
                    needed_for: feature,
                    because: decision.reason.to_string(),
                }),
                (false, false) => {}
            }
        }
    }
}

/// What the permissions policy allows of other services, as it is written: their actions are too many to try.
fn outside_s3(contract: &Contract, documents: &Documents) -> Vec<Allowed> {
    let uses_kms = matches!(contract.bucket.encryption, Encryption::SseKms { .. });
    let is_needed = |action: &str| {
        let action = action.to_ascii_lowercase();
        action.starts_with("s3:")
            || uses_kms && KMS_NEEDS.iter().any(|needed| needed.eq_ignore_ascii_case(&action))
    };
    let mut beyond = Vec::new();
    for statement in
        documents.permissions_policy.statements().iter().filter(|statement| statement.is_allow())
    {
        let resources =
            texts(statement.json().get("Resource").or_else(|| statement.json().get("NotResource")))
                .join(", ");
        let resource = if statement.json().contains_key("NotResource") {
            format!("everything but {resources}")
        } else {
            resources
        };
        let actions = texts(statement.json().get("Action"));
        let all_but = texts(statement.json().get("NotAction"));
        let named = actions.into_iter().filter(|action| !is_needed(action)).map(str::to_owned);
        let rest = (!all_but.is_empty()).then(|| format!("everything but {}", all_but.join(", ")));
        beyond.extend(named.chain(rest).map(|action| Allowed {
            actor: Actor::Presigner,
            action,
            resource: resource.clone(),
            needed_for: None,
        }));
    }
    beyond
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        value => value.and_then(Value::as_str).into_iter().collect(),
    }
}
