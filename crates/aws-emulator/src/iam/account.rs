//! What IAM tells about the account as a whole.

use crate::query::Call;

use super::{Answer, page, result};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>. There are none here.
pub(super) fn list_aliases(call: &Call<'_>) -> Answer {
    page::texts(call, "AccountAliases", [])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
pub(super) fn summary(call: &Call<'_>) -> Answer {
    let state = call.account.store.read();
    let counts = [
        ("AccountMFAEnabled", 0),
        ("Groups", state.groups.len()),
        ("InstanceProfiles", state.instance_profiles.len()),
        ("Policies", state.policies.len()),
        ("Providers", state.oidc_providers.len()),
        ("Roles", state.roles.len()),
        ("Users", state.users.len()),
        ("AccessKeysPerUserQuota", 2),
        ("AttachedPoliciesPerGroupQuota", 10),
        ("AttachedPoliciesPerRoleQuota", 10),
        ("AttachedPoliciesPerUserQuota", 10),
        ("GroupsPerUserQuota", 10),
        ("VersionsPerPolicyQuota", 5),
    ];
    result(|xml| {
        xml.element("SummaryMap", |xml| {
            for (key, value) in counts {
                xml.element("entry", |xml| {
                    xml.text("key", key);
                    xml.text("value", &value.to_string());
                });
            }
        });
    })
}
