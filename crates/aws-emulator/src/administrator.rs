//! The user that `dev` hands out the key of.

use secrecy::ExposeSecret as _;
use time::OffsetDateTime;

use iam_policy::Partition;

use super::state::{StateError, Store, User, UserKey};
use super::{AdministratorKey, ids};

const NAME: &str = "administrator";

/// Sees to it that the user is there, may do everything, and has this key. Other keys of the user's are left alone.
pub(super) fn settle(
    store: &Store,
    partition: Partition,
    key: &AdministratorKey,
) -> Result<(), StateError> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    store.change(|state| {
        let user = state
            .users
            .entry(NAME.to_owned())
            .or_insert_with(|| User::new(ids::unique_id("AIDA", 17), "/".to_owned(), now));
        user.attached_policies
            .insert(format!("arn:{partition}:iam::aws:policy/AdministratorAccess"));
        let secret_access_key = key.secret_access_key.expose_secret().to_owned();
        user.access_keys.insert(
            key.access_key_id.clone(),
            UserKey { secret_access_key, is_active: true, created: now },
        );
        Ok(())
    })
}
