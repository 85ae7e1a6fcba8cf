//! Users' access keys.

use time::OffsetDateTime;

use crate::ids;
use crate::query::{Call, QueryError};
use crate::state::{User, UserKey};
use crate::xml::Xml;

use super::{Answer, date, page, result, users};

/// How many a user can have.
const MOST: usize = 2;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let name = users::own_or_named(call)?;
    let id = ids::new_access_key_id();
    let created = OffsetDateTime::now_utc().unix_timestamp();
    let key = UserKey { secret_access_key: ids::new_secret_access_key(), is_active: true, created };
    users::change_named(call, name, |user| {
        if user.access_keys.len() >= MOST {
            return Err(QueryError::limit_exceeded(format!(
                "Cannot exceed quota for AccessKeysPerUser: {MOST}"
            )));
        }
        user.access_keys.insert(id.clone(), key.clone());
        Ok(())
    })?;
    result(|xml| {
        xml.element("AccessKey", |xml| {
            write(xml, name, &id, &key);
            xml.text("SecretAccessKey", &key.secret_access_key);
        });
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let name = users::own_or_named(call)?;
    let state = call.account.store.read();
    let user = users::find(&state, name)?;
    let keys = user.access_keys.iter().map(|(id, key)| (id.clone(), (id, key)));
    page::list(call, "AccessKeyMetadata", keys, |xml, (id, key)| write(xml, name, id, key))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>
pub(super) fn update(call: &Call<'_>) -> Answer {
    let id = call.params.required("AccessKeyId")?;
    let is_active = match call.params.required("Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(QueryError::validation(format!(
                "1 validation error detected: Value '{other}' at 'status' failed to satisfy constraint: \
                 Member must satisfy enum value set: [Active, Inactive]"
            )));
        }
    };
    users::change_named(call, users::own_or_named(call)?, |user| {
        find(user, id)?.is_active = is_active;
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let id = call.params.required("AccessKeyId")?;
    users::change_named(call, users::own_or_named(call)?, |user| {
        find(user, id)?;
        user.access_keys.remove(id);
        Ok(())
    })?;
    Ok(None)
}

/// Nobody keeps a record of uses here.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>
pub(super) fn last_used(call: &Call<'_>) -> Answer {
    let id = call.params.required("AccessKeyId")?;
    let state = call.account.store.read();
    let owner = state.users.iter().find(|(_, user)| user.access_keys.contains_key(id));
    let (name, _) = owner
        .ok_or_else(|| QueryError::access_denied("The specified access key does not exist"))?;
    result(|xml| {
        xml.text("UserName", name);
        xml.element("AccessKeyLastUsed", |xml| {
            xml.text("ServiceName", "N/A");
            xml.text("Region", "N/A");
        });
    })
}

fn find<'a>(user: &'a mut User, id: &str) -> Result<&'a mut UserKey, QueryError> {
    user.access_keys.get_mut(id).ok_or_else(|| {
        QueryError::no_such_entity(format!("The Access Key with id {id} cannot be found."))
    })
}

fn write(xml: &mut Xml, user_name: &str, id: &str, key: &UserKey) {
    xml.text("UserName", user_name);
    xml.text("AccessKeyId", id);
    xml.text("Status", if key.is_active { "Active" } else { "Inactive" });
    xml.text("CreateDate", &date(key.created));
}
