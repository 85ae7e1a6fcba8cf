//! Each statement of the bucket policy left out in turn, and what opens.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Actor, Circumstance, Imagined, Place, Stage};
use iam_policy::evaluate::{DocumentKind, Policy, PolicyError, Reason};
use iam_policy::{Document, S3Resource, Statement};

/// One statement of the bucket policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guardrail {
    /// Its `Sid`.
    pub sid: String,
    /// What would pass without it. Empty: it keeps nothing out that another statement does not.
    pub opens: Vec<Opening>,
}

/// Requests that would pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// Who could make them.
    pub actor: Actor,
    /// Where.
    pub place: Place,
    /// How.
    pub circumstance: String,
    /// The actions.
    pub actions: Vec<String>,
}

pub(super) fn of(
    stage: &Stage<'_>,
    bucket_policy: &Document,
    actions: &[(String, S3Resource)],
    circumstances: &[Circumstance],
    requests: &mut usize,
) -> Result<Vec<Guardrail>, PolicyError> {
    let sids = bucket_policy
        .statements()
        .iter()
        .map(|statement| Statement::sid(statement).unwrap_or_default().to_owned());
    let without: BTreeMap<String, Policy> = sids
        .clone()
        .enumerate()
        .map(|(place, sid)| Ok((sid, Policy::parse(&bucket_policy.without(place).to_json())?)))
        .collect::<Result<_, _>>()?;
    let mut opened: BTreeMap<&str, Vec<Opening>> = BTreeMap::new();
    let places: Vec<Place> = Place::ALL
        .into_iter()
        .filter(|place| place.is_in_bucket() && stage.arn(*place).is_some())
        .collect();
    let ways = circumstances
        .iter()
        .flat_map(|circumstance| places.iter().map(move |place| (circumstance, *place)));
    for (actor, (circumstance, place)) in
        Actor::ALL.into_iter().flat_map(|actor| ways.clone().map(move |way| (actor, way)))
    {
        for (action, _) in actions.iter().filter(|(action, resource)| {
            *resource == place.resource() && circumstance.suits(action)
        }) {
            let imagined = Imagined { actor, action, place, circumstance };
            *requests += 1;
            // where two statements deny, the loss of either opens nothing
            if let Reason::ExplicitDeny { document: DocumentKind::Resource, statement } =
                stage.decide(&imagined).reason
                && let Some((sid, rest)) = without.get_key_value(&statement)
                && stage.decide_under(&imagined, Some(rest)).allowed
            {
                note(opened.entry(sid).or_default(), &imagined);
            }
        }
    }
    Ok(sids
        .map(|sid| Guardrail { opens: opened.remove(sid.as_str()).unwrap_or_default(), sid })
        .collect())
}

fn note(openings: &mut Vec<Opening>, imagined: &Imagined<'_>) {
    let Imagined { actor, action, place, circumstance } = imagined;
    match openings.last_mut() {
        Some(last)
            if (last.actor, last.place) == (*actor, *place)
                && last.circumstance == circumstance.name =>
        {
            last.actions.push((*action).to_owned());
        }
        _ => openings.push(Opening {
            actor: *actor,
            place: *place,
            circumstance: circumstance.name.clone(),
            actions: vec![(*action).to_owned()],
        }),
    }
}
