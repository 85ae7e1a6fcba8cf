//! Inline policies of users, groups and roles.

use crate::policy_form::{self, Kind};
use crate::query::{Call, QueryError};

use super::holder::{Held, Holder};
use super::names::name;
use super::{Answer, encoded, page, result};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
pub(super) fn put(call: &Call<'_>, holder: Holder) -> Answer {
    let policy_name = name(call.params, "PolicyName", 128)?.to_owned();
    let document = call.params.required("PolicyDocument")?.to_owned();
    policy_form::check(Kind::Identity, &document).map_err(QueryError::malformed_policy)?;
    let holder_name = holder.name(call)?;
    holder.change(call, |held| {
        held.inline_policies.insert(policy_name, document);
        let letters = held
            .inline_policies
            .values()
            .flat_map(|text| text.chars())
            .filter(|letter| !letter.is_whitespace());
        let longest = holder.longest_inline_policies();
        if letters.count() > longest {
            let noun = holder.noun();
            return Err(QueryError::limit_exceeded(format!(
                "Maximum policy size of {longest} bytes exceeded for {noun} {holder_name}"
            )));
        }
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
pub(super) fn get(call: &Call<'_>, holder: Holder) -> Answer {
    let policy_name = name(call.params, "PolicyName", 128)?;
    let state = call.account.store.read();
    let holder_name = holder.name(call)?;
    let document = find(holder, holder.find(&state, holder_name)?, policy_name)?;
    result(|xml| {
        xml.text(holder.parameter(), holder_name);
        xml.text("PolicyName", policy_name);
        xml.text("PolicyDocument", &encoded(document));
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
pub(super) fn delete(call: &Call<'_>, holder: Holder) -> Answer {
    let policy_name = name(call.params, "PolicyName", 128)?;
    holder.change(call, |held| match held.inline_policies.remove(policy_name) {
        Some(_) => Ok(()),
        None => Err(not_found(holder, policy_name)),
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>
pub(super) fn list(call: &Call<'_>, holder: Holder) -> Answer {
    let state = call.account.store.read();
    let held = holder.find(&state, holder.name(call)?)?;
    page::texts(call, "PolicyNames", held.inline_policies.keys().cloned())
}

fn find<'a>(holder: Holder, held: Held<'a>, policy_name: &str) -> Result<&'a str, QueryError> {
    held.inline_policies
        .get(policy_name)
        .map(String::as_str)
        .ok_or_else(|| not_found(holder, policy_name))
}

fn not_found(holder: Holder, policy_name: &str) -> QueryError {
    QueryError::no_such_entity(format!(
        "The {} policy with name {policy_name} cannot be found.",
        holder.noun()
    ))
}
