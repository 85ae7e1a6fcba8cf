//! IAM users: made, given keys and rights, limited, removed; and what they may do with IAM itself.

use aws_sdk_iam::types::{StatusType, Tag};

use super::*;

pub(super) fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#
    )
}

pub(super) fn message<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> String {
    format!("{}: {}", code(error), error.message().unwrap_or_default())
}

async fn create(iam: &aws_sdk_iam::Client, name: &str) -> aws_sdk_iam::types::User {
    let tag = Tag::builder().key("team").value("web").build().unwrap();
    iam.create_user().user_name(name).path("/people/").tags(tag).send().await.unwrap().user.unwrap()
}

pub(super) async fn key_of(iam: &aws_sdk_iam::Client, name: &str) -> Credentials {
    let key = iam.create_access_key().user_name(name).send().await.unwrap().access_key.unwrap();
    assert!(key.access_key_id().starts_with("AKIA"));
    Credentials::new(key.access_key_id(), key.secret_access_key(), None, None, "test")
}

#[tokio::test]
async fn a_user_is_made_found_listed_changed_and_removed() {
    let running = Running::start().await;
    let iam = running.iam();
    let made = create(&iam, "alice").await;
    assert_eq!(
        (made.arn(), made.path()),
        ("arn:aws:iam::111122223333:user/people/alice", "/people/")
    );
    assert!(made.user_id().starts_with("AIDA"));
    let again = iam.create_user().user_name("Alice").send().await.unwrap_err();
    assert_eq!(message(&again), "EntityAlreadyExists: User with name Alice already exists.");
    let found = iam.get_user().user_name("alice").send().await.unwrap().user.unwrap();
    assert_eq!((found.user_id(), found.tags()[0].value()), (made.user_id(), "web"));
    assert_eq!(
        message(&iam.get_user().user_name("bob").send().await.unwrap_err()),
        "NoSuchEntity: The user with name bob cannot be found."
    );
    let listed = iam.list_users().path_prefix("/people/").send().await.unwrap();
    assert_eq!(listed.users().iter().map(|user| user.user_name()).collect::<Vec<_>>(), ["alice"]);
    iam.update_user().user_name("alice").new_user_name("carol").new_path("/").send().await.unwrap();
    assert_eq!(
        iam.get_user().user_name("carol").send().await.unwrap().user().unwrap().arn(),
        "arn:aws:iam::111122223333:user/carol"
    );

    iam.tag_user()
        .user_name("carol")
        .tags(Tag::builder().key("Team").value("ops").build().unwrap())
        .send()
        .await
        .unwrap();
    let tags = iam.list_user_tags().user_name("carol").send().await.unwrap();
    assert_eq!(
        tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect::<Vec<_>>(),
        [("Team", "ops")]
    );
    iam.untag_user().user_name("carol").tag_keys("Team").send().await.unwrap();
    assert!(iam.list_user_tags().user_name("carol").send().await.unwrap().tags().is_empty());

    let delete = || async {
        iam.delete_user().user_name("carol").send().await.map_err(|error| message(&error))
    };
    iam.put_user_policy()
        .user_name("carol")
        .policy_name("p")
        .policy_document(allow("s3:*", "*"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        delete().await.unwrap_err(),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    iam.delete_user_policy().user_name("carol").policy_name("p").send().await.unwrap();
    let missing =
        iam.get_user_policy().user_name("carol").policy_name("p").send().await.unwrap_err();
    assert_eq!(message(&missing), "NoSuchEntity: The user policy with name p cannot be found.");
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam.attach_user_policy().user_name("carol").policy_arn(admin).send().await.unwrap();
    assert_eq!(
        delete().await.unwrap_err(),
        "DeleteConflict: Cannot delete entity, must detach all policies first."
    );
    iam.detach_user_policy().user_name("carol").policy_arn(admin).send().await.unwrap();
    key_of(&iam, "carol").await;
    assert_eq!(
        delete().await.unwrap_err(),
        "DeleteConflict: Cannot delete entity, must delete access keys first."
    );
    let key = iam.list_access_keys().user_name("carol").send().await.unwrap().access_key_metadata()
        [0]
    .access_key_id()
    .unwrap()
    .to_owned();
    iam.delete_access_key().user_name("carol").access_key_id(key).send().await.unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let running = Running::start().await;
    let iam = running.iam();
    for name in ["a", "b", "c"] {
        create(&iam, name).await;
    }
    let first = iam.list_users().max_items(2).send().await.unwrap();
    assert!(first.is_truncated());
    let second =
        iam.list_users().max_items(2).marker(first.marker().unwrap()).send().await.unwrap();
    let names = |page: &aws_sdk_iam::operation::list_users::ListUsersOutput| {
        page.users().iter().map(|user| user.user_name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["a".into(), "administrator".into()], vec!["b".into(), "c".into()])
    );
    assert!(!second.is_truncated() && second.marker().is_none());
    assert_eq!(code(&iam.list_users().marker("%").send().await.unwrap_err()), "ValidationError");
}

#[tokio::test]
async fn a_user_may_do_what_its_policies_and_its_boundary_allow() {
    let running = Running::with_bucket("bucket-1").await;
    let iam = running.iam();
    create(&iam, "alice").await;
    let credentials = key_of(&iam, "alice").await;
    let config = running.config(credentials);
    let s3 = s3_client(&config);
    let list = || async {
        s3.list_objects_v2()
            .bucket("bucket-1")
            .send()
            .await
            .map(|_| ())
            .map_err(|error| message(&error))
    };
    let refused = "AccessDenied: User: arn:aws:iam::111122223333:user/people/alice is not authorized to perform: s3:ListBucket on resource: \
                   \"arn:aws:s3:::bucket-1\" because no ";
    assert_eq!(
        list().await.unwrap_err(),
        format!("{refused}identity-based policy allows the s3:ListBucket action")
    );
    iam.put_user_policy()
        .user_name("alice")
        .policy_name("p")
        .policy_document(allow("s3:*", "arn:aws:s3:::*"))
        .send()
        .await
        .unwrap();
    list().await.unwrap();
    let limit = iam
        .create_policy()
        .policy_name("limit")
        .policy_document(allow("s3:GetObject", "*"))
        .send()
        .await
        .unwrap();
    let limit = limit.policy().unwrap().arn().unwrap().to_owned();
    iam.put_user_permissions_boundary()
        .user_name("alice")
        .permissions_boundary(&limit)
        .send()
        .await
        .unwrap();
    assert_eq!(
        list().await.unwrap_err(),
        format!("{refused}permissions boundary allows the s3:ListBucket action")
    );
    assert_eq!(
        code(&iam.delete_policy().policy_arn(&limit).send().await.unwrap_err()),
        "DeleteConflict",
        "a policy that is a boundary is in use"
    );
    iam.delete_user_permissions_boundary().user_name("alice").send().await.unwrap();
    list().await.unwrap();

    // nobody may call IAM unless it is allowed
    let own = aws_sdk_iam::Client::new(&config);
    assert_eq!(
        message(&own.list_users().send().await.unwrap_err()),
        "AccessDenied: User: arn:aws:iam::111122223333:user/people/alice is not authorized to perform: iam:ListUsers on resource: \
         arn:aws:iam::111122223333:user/ because no identity-based policy allows the iam:ListUsers action"
    );
    let self_service = allow("iam:*AccessKey*", "arn:aws:iam::*:user/people/${aws:username}");
    iam.put_user_policy()
        .user_name("alice")
        .policy_name("own")
        .policy_document(self_service)
        .send()
        .await
        .unwrap();
    assert_eq!(own.list_access_keys().send().await.unwrap().access_key_metadata().len(), 1);
    create(&iam, "bob").await;
    assert_eq!(
        code(&own.list_access_keys().user_name("bob").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(code(&own.get_user().send().await.unwrap_err()), "AccessDenied");
}

#[tokio::test]
async fn a_key_works_while_it_is_active_and_there() {
    let running = Running::with_bucket("bucket-1").await;
    let iam = running.iam();
    create(&iam, "alice").await;
    iam.attach_user_policy()
        .user_name("alice")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .unwrap();
    let credentials = key_of(&iam, "alice").await;
    let id = credentials.access_key_id().to_owned();
    let config = running.config(credentials);
    let (s3, sts) = (s3_client(&config), aws_sdk_sts::Client::new(&config));
    let caller = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.arn(), Some("arn:aws:iam::111122223333:user/people/alice"));
    s3.list_buckets().send().await.unwrap();
    let set = |status: StatusType| {
        iam.update_access_key().user_name("alice").access_key_id(&id).status(status).send()
    };
    set(StatusType::Inactive).await.unwrap();
    assert_eq!(code(&s3.list_buckets().send().await.unwrap_err()), "InvalidAccessKeyId");
    assert_eq!(code(&sts.get_caller_identity().send().await.unwrap_err()), "InvalidClientTokenId");
    set(StatusType::Active).await.unwrap();
    s3.list_buckets().send().await.unwrap();
    key_of(&iam, "alice").await;
    let third = iam.create_access_key().user_name("alice").send().await.unwrap_err();
    assert_eq!(message(&third), "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2");
    iam.delete_access_key().user_name("alice").access_key_id(&id).send().await.unwrap();
    assert_eq!(code(&s3.list_buckets().send().await.unwrap_err()), "InvalidAccessKeyId");
    let gone =
        iam.delete_access_key().user_name("alice").access_key_id(&id).send().await.unwrap_err();
    assert_eq!(
        message(&gone),
        format!("NoSuchEntity: The Access Key with id {id} cannot be found.")
    );
}

#[tokio::test]
async fn a_session_token_is_good_for_everything_but_iam() {
    let running = Running::with_bucket("bucket-1").await;
    let given = running.sts().get_session_token().duration_seconds(900).send().await.unwrap();
    let given = given.credentials().unwrap();
    let with = |token: &str| {
        Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(token.to_owned()),
            None,
            "test",
        )
    };
    let config = running.config(with(given.session_token()));
    s3_client(&config).list_buckets().send().await.unwrap();
    let sts = aws_sdk_sts::Client::new(&config);
    assert_eq!(
        sts.get_caller_identity().send().await.unwrap().arn(),
        Some("arn:aws:iam::111122223333:user/administrator")
    );
    assert_eq!(code(&sts.get_session_token().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(
        code(&aws_sdk_iam::Client::new(&config).list_users().send().await.unwrap_err()),
        "InvalidClientTokenId"
    );
    let bogus = s3_client(&running.config(with("bogus")));
    assert_eq!(code(&bogus.list_buckets().send().await.unwrap_err()), "InvalidToken");
}

#[tokio::test]
async fn what_there_is_not_is_said() {
    let running = Running::start().await;
    let iam = running.iam();
    let unknown =
        iam.create_login_profile().user_name("alice").password("x").send().await.unwrap_err();
    assert_eq!(
        message(&unknown),
        "InvalidAction: Could not find operation CreateLoginProfile for version 2010-05-08"
    );
}

#[tokio::test]
async fn keys_and_the_account_are_told_of() {
    let running = Running::start().await;
    let iam = running.iam();
    create(&iam, "alice").await;
    let key = key_of(&iam, "alice").await;
    let used =
        iam.get_access_key_last_used().access_key_id(key.access_key_id()).send().await.unwrap();
    assert_eq!(
        (used.user_name(), used.access_key_last_used().unwrap().region()),
        (Some("alice"), "N/A")
    );
    let info = running
        .sts()
        .get_access_key_info()
        .access_key_id(key.access_key_id())
        .send()
        .await
        .unwrap();
    assert_eq!(info.account(), Some(ACCOUNT));
    let own = aws_sdk_sts::Client::new(&running.config(key));
    assert_eq!(
        code(&own.get_access_key_info().access_key_id(ADMINISTRATOR_KEY).send().await.unwrap_err()),
        "AccessDenied"
    );
    let summary = iam.get_account_summary().send().await.unwrap();
    assert_eq!(
        summary
            .summary_map()
            .unwrap()
            .iter()
            .find(|(key, _)| key.as_str() == "Users")
            .map(|(_, count)| *count),
        Some(2)
    );
    assert!(iam.list_account_aliases().send().await.unwrap().account_aliases().is_empty());
}
