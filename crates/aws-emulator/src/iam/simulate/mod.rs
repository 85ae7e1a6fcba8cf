//! The policy simulator: what policies would allow, without anything being done.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html>.

mod positions;
mod source;

use std::collections::BTreeSet;

use crate::account::{Account, Principal, UserIdentity};
use crate::authorize::{aws_managed, context};
use crate::query::{Call, QueryError};
use crate::state::State;
use crate::xml::Xml;
use iam_policy::evaluate::{Caller, Policy, PolicySet, Reason, Request, RequestContext};

use super::{Answer, groups, page, result, roles, users};
use positions::Position;
use source::Source;

/// What a simulation is made with.
struct Simulation {
    caller: Caller,
    identity: Vec<Source>,
    boundary: Option<Source>,
    resource: Option<Source>,
    resource_account: String,
    context: RequestContext,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>
pub(super) fn custom(call: &Call<'_>) -> Answer {
    let identity = given(call, "PolicyInputList")?;
    if identity.is_empty() {
        call.params.required("PolicyInputList")?;
    }
    let caller =
        call.params.get("CallerArn").map(caller_of).transpose()?.unwrap_or_else(|| stranger(call));
    Simulation::new(call, caller, identity, None, RequestContext::new())?.answer(call)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
pub(super) fn principal(call: &Call<'_>) -> Answer {
    let arn = call.params.required("PolicySourceArn")?;
    let state = call.account.store.read();
    let (mut identity, boundary, context) = policies_of(call.account, &state, arn)?;
    identity.extend(given(call, "PolicyInputList")?);
    let caller = match call.params.get("CallerArn") {
        Some(caller) => caller_of(caller)?,
        // a group asks for nothing itself
        None if arn.contains(":group/") => stranger(call),
        None => caller_of(arn)?,
    };
    Simulation::new(call, caller, identity, boundary, context)?.answer(call)
}

/// Whom policies are simulated for where nobody is named.
fn stranger(call: &Call<'_>) -> Caller {
    Caller::User { arn: call.account.arn("iam", "user/simulated") }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>
pub(super) fn context_keys(call: &Call<'_>) -> Answer {
    write_keys(&given(call, "PolicyInputList")?)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html>
pub(super) fn context_keys_of_principal(call: &Call<'_>) -> Answer {
    let (mut policies, _, _) = policies_of(
        call.account,
        &call.account.store.read(),
        call.params.required("PolicySourceArn")?,
    )?;
    policies.extend(given(call, "PolicyInputList")?);
    write_keys(&policies)
}

fn write_keys(policies: &[Source]) -> Answer {
    let keys: BTreeSet<&String> = policies
        .iter()
        .flat_map(|source| &source.statements)
        .flat_map(|statement| &statement.keys)
        .collect();
    result(|xml| {
        xml.element("ContextKeyNames", |xml| keys.iter().for_each(|key| xml.text("member", key)))
    })
}

/// The policies of a user with those of its groups, of a group, or of a role; its boundary, and the condition keys that it brings with it.
fn policies_of(
    account: &Account,
    state: &State,
    arn: &str,
) -> Result<(Vec<Source>, Option<Source>, RequestContext), QueryError> {
    let invalid = || {
        QueryError::invalid_input(format!(
            "Invalid Entity Arn: {arn} does not clearly define entity type and name."
        ))
    };
    let rest = arn.strip_prefix(&account.arn("iam", "")).ok_or_else(invalid)?;
    let (kind, name) =
        (rest.split('/').next().unwrap_or_default(), rest.rsplit('/').next().unwrap_or_default());
    let mut held = Vec::new();
    let (boundary, context) = match kind {
        "user" => {
            let user = users::find(state, name)?;
            let context = context::of_principal(
                account,
                Some(&Principal::User(UserIdentity::of(name, user, None))),
            );
            held.push((kind, name, &user.inline_policies, &user.attached_policies));
            held.extend(state.groups_of(name).map(|(name, group)| {
                ("group", name.as_str(), &group.inline_policies, &group.attached_policies)
            }));
            (&user.permissions_boundary, context)
        }
        "group" => {
            let group = groups::find(state, name)?;
            held.push((kind, name, &group.inline_policies, &group.attached_policies));
            (&None, RequestContext::new())
        }
        "role" => {
            let role = roles::find(state, name)?;
            let mut context = RequestContext::new()
                .with("aws:PrincipalArn", arn)
                .with("aws:PrincipalAccount", account.id.as_str());
            context.set("aws:PrincipalType", "AssumedRole");
            for (key, value) in &role.tags {
                context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
            }
            held.push((kind, name, &role.inline_policies, &role.attached_policies));
            (&role.permissions_boundary, context)
        }
        _ => return Err(invalid()),
    };
    let managed = |arn: &String| {
        let of_account = state.policies.get(arn).map(|policy| policy.document().to_owned());
        // one that is not known here allows nothing
        let text = of_account.or_else(|| aws_managed::document(arn).map(str::to_owned))?;
        Some(Source::parse(arn.rsplit('/').next().unwrap_or(arn), &text))
    };
    let identity = held.into_iter().flat_map(|(kind, name, inline, attached)| {
        let inline = inline
            .iter()
            .map(move |(policy, text)| Source::parse(format!("{kind}_{name}_{policy}"), text));
        inline.chain(attached.iter().filter_map(managed))
    });
    Ok((
        identity.collect::<Result<_, _>>()?,
        boundary.as_ref().and_then(managed).transpose()?,
        context,
    ))
}

/// Policies that the call itself brings.
fn given(call: &Call<'_>, parameter: &str) -> Result<Vec<Source>, QueryError> {
    let texts = call.params.texts(parameter);
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| Source::parse(format!("{parameter}.{}", index + 1), text))
        .collect()
}

fn caller_of(arn: &str) -> Result<Caller, QueryError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, service, "", account, resource] = parts.as_slice() else {
        return Err(QueryError::invalid_input(format!("Invalid Caller Arn: {arn}")));
    };
    let session_of = |role: &str, session: &str| {
        format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
    };
    match (service, resource.split_once('/')) {
        ("iam", Some(("user", _))) => Ok(Caller::User { arn: arn.to_owned() }),
        ("iam", Some(("role", path_and_name))) => {
            let name = path_and_name.rsplit('/').next().unwrap_or(path_and_name);
            Ok(Caller::RoleSession {
                role_arn: arn.to_owned(),
                session_arn: session_of(name, "simulated"),
            })
        }
        ("sts", Some(("assumed-role", rest))) => {
            let role = rest.split('/').next().unwrap_or(rest);
            Ok(Caller::RoleSession {
                role_arn: format!("arn:{partition}:iam::{account}:role/{role}"),
                session_arn: arn.to_owned(),
            })
        }
        ("iam", None) if resource == "root" => {
            Ok(Caller::Root { account: account.to_owned(), partition: partition.to_owned() })
        }
        _ => Err(QueryError::invalid_input(format!("Invalid Caller Arn: {arn}"))),
    }
}

impl Simulation {
    fn new(
        call: &Call<'_>,
        caller: Caller,
        identity: Vec<Source>,
        boundary: Option<Source>,
        context: RequestContext,
    ) -> Result<Self, QueryError> {
        let mut boundaries = given(call, "PermissionsBoundaryPolicyInputList")?;
        if boundaries.len() > 1 {
            return Err(QueryError::invalid_input(
                "PermissionsBoundaryPolicyInputList takes one policy.",
            ));
        }
        let owner = call
            .params
            .get("ResourceOwner")
            .map(|owner| owner.split(':').nth(4).unwrap_or(owner).to_owned());
        Ok(Self {
            resource_account: owner
                .or_else(|| caller.account().map(str::to_owned))
                .unwrap_or_else(|| call.account.id.to_string()),
            caller,
            identity,
            boundary: boundaries.pop().or(boundary),
            resource: call
                .params
                .get("ResourcePolicy")
                .map(|text| Source::parse("ResourcePolicy", text))
                .transpose()?,
            context: with_entries(call, context)?,
        })
    }

    fn answer(&self, call: &Call<'_>) -> Answer {
        let actions = call.params.texts("ActionNames");
        if actions.is_empty() {
            call.params.required("ActionNames")?;
        }
        if let Some(action) = actions.iter().find(|action| {
            action
                .split_once(':')
                .is_none_or(|(service, name)| service.is_empty() || name.is_empty())
        }) {
            return Err(QueryError::invalid_input(format!("Invalid Action Name: {action}")));
        }
        let mut resources = call.params.texts("ResourceArns");
        if resources.is_empty() {
            resources.push("*".to_owned());
        }
        let pairs = actions
            .iter()
            .flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        let items = pairs.enumerate().map(|(index, pair)| (format!("{index:06}"), pair));
        page::list(call, "EvaluationResults", items, |xml, (action, resource)| {
            self.write(xml, action, resource)
        })
    }

    fn write(&self, xml: &mut Xml, action: &str, resource: &str) {
        let request = Request::new(&self.caller, action, resource, &self.context);
        let identity: Vec<Policy> =
            self.identity.iter().map(|source| source.policy.clone()).collect();
        let decision = self
            .set(&identity, self.resource.as_ref().map(|source| &source.policy), true)
            .decide(&request);
        let (told, is_deny) = match decision.reason {
            Reason::ExplicitDeny { .. } => ("explicitDeny", true),
            _ if decision.allowed => ("allowed", false),
            _ => ("implicitDeny", false),
        };
        xml.text("EvalActionName", action);
        xml.text("EvalResourceName", resource);
        xml.text("EvalDecision", told);
        xml.element("MatchedStatements", |xml| {
            if told != "implicitDeny" {
                self.write_matched(xml, &request, is_deny);
            }
        });
        xml.element("MissingContextValues", |xml| {
            for key in self.missing(&request) {
                xml.text("member", &key);
            }
        });
        if let Some(boundary) = &self.boundary {
            let allows = self
                .set(std::slice::from_ref(&boundary.policy), None, false)
                .decide(&request)
                .allowed;
            xml.element("PermissionsBoundaryDecisionDetail", |xml| {
                xml.text("AllowedByPermissionsBoundary", if allows { "true" } else { "false" });
            });
        }
    }

    fn set<'a>(
        &'a self,
        identity: &'a [Policy],
        resource: Option<&'a Policy>,
        is_bounded: bool,
    ) -> PolicySet<'a> {
        PolicySet {
            identity,
            boundary: self.boundary.as_ref().filter(|_| is_bounded).map(|source| &source.policy),
            session: &[],
            resource,
            resource_account: &self.resource_account,
            resource_must_allow: false,
        }
    }

    /// Every policy, and whether it is the resource's own.
    fn sources(&self) -> impl Iterator<Item = (&Source, bool)> {
        let of_caller = self.identity.iter().chain(&self.boundary).map(|source| (source, false));
        of_caller.chain(self.resource.iter().map(|source| (source, true)))
    }

    /// What a policy alone says.
    fn verdict(
        &self,
        policy: &Policy,
        is_resources: bool,
        request: &Request<'_>,
    ) -> Option<Reason> {
        let identity = if is_resources { &[] } else { std::slice::from_ref(policy) };
        let reason =
            self.set(identity, is_resources.then_some(policy), false).decide(request).reason;
        match &reason {
            Reason::ImplicitDeny { .. } | Reason::RootUser => None,
            Reason::ExplicitDeny { .. } | Reason::Allowed { .. } => Some(reason),
        }
    }

    fn write_matched(&self, xml: &mut Xml, request: &Request<'_>, is_deny: bool) {
        for (source, is_resources) in self.sources() {
            // a boundary allows nothing by itself
            if !is_deny
                && self.boundary.as_ref().is_some_and(|boundary| std::ptr::eq(boundary, source))
            {
                continue;
            }
            for statement in &source.statements {
                let verdict = self.verdict(&statement.alone, is_resources, request);
                if verdict
                    .is_some_and(|reason| matches!(reason, Reason::ExplicitDeny { .. }) == is_deny)
                {
                    xml.element("member", |xml| {
                        xml.text("SourcePolicyId", &source.id);
                        xml.text(
                            "SourcePolicyType",
                            if is_resources { "Resource Policy" } else { "IAM Policy" },
                        );
                        if let Some((start, end)) = statement.position {
                            write_position(xml, "StartPosition", start);
                            write_position(xml, "EndPosition", end);
                        }
                    });
                }
            }
        }
    }

    /// The condition keys that statements about this request ask for and the call does not give.
    fn missing(&self, request: &Request<'_>) -> BTreeSet<String> {
        let known: BTreeSet<&str> = self.context.iter().map(|(key, _)| key).collect();
        let statements = self.sources().flat_map(|(source, is_resources)| {
            source.statements.iter().map(move |statement| (statement, is_resources))
        });
        let about_it = statements.filter(|(statement, is_resources)| {
            self.verdict(&statement.without_condition, *is_resources, request).is_some()
        });
        let keys = about_it.flat_map(|(statement, _)| &statement.keys);
        keys.filter(|key| !known.contains(key.as_str())).cloned().collect()
    }
}

/// `ContextEntries.member.N.ContextKeyName`, `.ContextKeyType`, `.ContextKeyValues.member.M`, on top of what is known.
fn with_entries(
    call: &Call<'_>,
    mut context: RequestContext,
) -> Result<RequestContext, QueryError> {
    for entry in call.params.list("ContextEntries") {
        let Some(name) = entry.get("ContextKeyName") else {
            return Err(QueryError::invalid_input("A context entry has no ContextKeyName."));
        };
        let values = entry
            .iter()
            .filter(|(field, _)| field.starts_with("ContextKeyValues.member."))
            .map(|(_, value)| *value);
        context = context.with_all(name, values);
    }
    Ok(context)
}

fn write_position(xml: &mut Xml, element: &str, position: Position) {
    xml.element(element, |xml| {
        xml.text("Line", &position.line.to_string());
        xml.text("Column", &position.column.to_string());
    });
}
