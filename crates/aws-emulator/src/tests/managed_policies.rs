//! Managed policies with their versions, and identity providers.

use aws_sdk_iam::types::{PolicyScopeType, Tag};

use super::*;

fn allow(action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
    )
}

fn message<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> String {
    format!("{}: {}", code(error), error.message().unwrap_or_default())
}

const TRUST: &str = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}}"#;

#[tokio::test]
async fn the_default_version_counts_and_five_are_kept() {
    let running = Running::with_bucket("bucket-1").await;
    let iam = running.iam();
    let made = iam
        .create_policy()
        .policy_name("p")
        .policy_document(allow("s3:GetObject"))
        .send()
        .await
        .unwrap();
    let arn = made.policy().unwrap().arn().unwrap().to_owned();
    let again = iam
        .create_policy()
        .policy_name("p")
        .policy_document(allow("s3:GetObject"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&again), "EntityAlreadyExists");
    let credentials = session_of(&running, "app", &allow("sns:*"), None).await;
    let app = s3_client(&running.config(credentials));
    iam.attach_role_policy().role_name("app").policy_arn(&arn).send().await.unwrap();
    assert!(app.list_buckets().send().await.is_err());

    let wider = || iam.create_policy_version().policy_arn(&arn).policy_document(allow("s3:*"));
    wider().send().await.unwrap();
    assert!(app.list_buckets().send().await.is_err(), "the new version is not the default yet");
    iam.set_default_policy_version().policy_arn(&arn).version_id("v2").send().await.unwrap();
    app.list_buckets().send().await.unwrap();
    wider().set_as_default(true).send().await.unwrap();
    let policy = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    assert_eq!((policy.default_version_id(), policy.attachment_count()), (Some("v3"), Some(1)));
    let version = iam
        .get_policy_version()
        .policy_arn(&arn)
        .version_id("v1")
        .send()
        .await
        .unwrap()
        .policy_version
        .unwrap();
    assert!(!version.is_default_version());
    assert!(version.document().unwrap().contains("s3%3AGetObject"));

    wider().send().await.unwrap();
    wider().send().await.unwrap();
    assert_eq!(
        message(&wider().send().await.unwrap_err()),
        "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
    );
    let delete = |version: &'static str| {
        iam.delete_policy_version().policy_arn(&arn).version_id(version).send()
    };
    assert_eq!(
        message(&delete("v3").await.unwrap_err()),
        "DeleteConflict: Cannot delete the default version of a policy."
    );
    delete("v1").await.unwrap();
    assert_eq!(code(&delete("v1").await.unwrap_err()), "NoSuchEntity");
    wider().send().await.unwrap();
    let listed = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap();
    assert_eq!(
        listed.versions().iter().filter_map(|version| version.version_id()).collect::<Vec<_>>(),
        ["v6", "v5", "v4", "v3", "v2"]
    );

    assert_eq!(
        message(&iam.delete_policy().policy_arn(&arn).send().await.unwrap_err()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
    let entities = iam.list_entities_for_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(entities.policy_roles()[0].role_name(), Some("app"));
    iam.detach_role_policy().role_name("app").policy_arn(&arn).send().await.unwrap();
    assert!(
        message(&iam.delete_policy().policy_arn(&arn).send().await.unwrap_err())
            .contains("more than one version")
    );
    for version in ["v2", "v4", "v5", "v6"] {
        delete(version).await.unwrap();
    }
    iam.delete_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(code(&iam.get_policy().policy_arn(&arn).send().await.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn policies_are_listed_by_scope() {
    let running = Running::start().await;
    let iam = running.iam();
    iam.create_policy()
        .policy_name("mine")
        .path("/apps/")
        .policy_document(allow("s3:*"))
        .send()
        .await
        .unwrap();
    let listed = async |scope: PolicyScopeType, only_attached: bool| {
        let listed =
            iam.list_policies().scope(scope).only_attached(only_attached).send().await.unwrap();
        listed
            .policies()
            .iter()
            .map(|policy| policy.policy_name().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(PolicyScopeType::Local, false).await, ["mine"]);
    assert_eq!(listed(PolicyScopeType::Local, true).await, Vec::<String>::new());
    assert_eq!(listed(PolicyScopeType::Aws, true).await, ["AdministratorAccess"]);
    let known = iam
        .get_policy()
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .send()
        .await
        .unwrap();
    assert_eq!(known.policy().unwrap().default_version_id(), Some("v1"));
}

#[tokio::test]
async fn documents_that_are_none_are_refused() {
    let running = Running::start().await;
    let iam = running.iam();
    let refused = async |document: &str| {
        let put = iam.create_policy().policy_name("p").policy_document(document).send().await;
        message(&put.unwrap_err())
    };
    assert_eq!(refused("nonsense").await, "MalformedPolicyDocument: Syntax errors in policy.");
    assert_eq!(
        refused(
            r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Principal":"*","Resource":"*"}}"#
        )
        .await,
        "MalformedPolicyDocument: Policy document should not specify a principal."
    );
    assert_eq!(
        refused(r#"{"Statement":{"Effect":"Allow","Action":"s3:*"}}"#).await,
        "MalformedPolicyDocument: Policy statement must contain resources."
    );
    let many: Vec<String> = (0..500).map(|number| format!("s3:GetObject{number}")).collect();
    assert_eq!(
        refused(
            &allow(&many.join("\",\""))
                .replace(r#""Action":"#, r#""Action":["#)
                .replace(r#","Resource"#, r#"],"Resource"#)
        )
        .await,
        "LimitExceeded: Cannot exceed quota for PolicySize: 6144"
    );

    let role = async |trust: &str| {
        let made = iam.create_role().role_name("r").assume_role_policy_document(trust).send().await;
        made.map(|_| ()).map_err(|error| message(&error))
    };
    let trust = |principal: &str| {
        format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}}}"#
        )
    };
    for (principal, named) in [
        (
            r#"{"AWS":"arn:aws:iam::111122223333:user/nobody"}"#,
            r#""AWS":"arn:aws:iam::111122223333:user/nobody""#,
        ),
        (
            r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/none"]}"#,
            r#""AWS":"arn:aws:iam::111122223333:role/none""#,
        ),
        (r#"{"AWS":"nonsense"}"#, r#""AWS":"nonsense""#),
        (r#"{"Service":"example.com"}"#, r#""SERVICE":"example.com""#),
    ] {
        assert_eq!(
            role(&trust(principal)).await.unwrap_err(),
            format!("MalformedPolicyDocument: Invalid principal in policy: {named}")
        );
    }
    assert_eq!(
        role(r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}}"#)
            .await
            .unwrap_err(),
        "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."
    );
    role(&trust(r#"{"AWS":"arn:aws:iam::111122223333:user/administrator","Service":"ecs-tasks.amazonaws.com"}"#)).await.unwrap();
    let update = iam
        .update_assume_role_policy()
        .role_name("r")
        .policy_document(trust(r#"{"AWS":"arn:aws:iam::111122223333:user/nobody"}"#));
    assert_eq!(code(&update.send().await.unwrap_err()), "MalformedPolicyDocument");
    let boundary = iam
        .put_role_permissions_boundary()
        .role_name("r")
        .permissions_boundary("arn:aws:iam::111122223333:policy/none");
    assert_eq!(code(&boundary.send().await.unwrap_err()), "NoSuchEntity");
    iam.update_assume_role_policy().role_name("r").policy_document(TRUST).send().await.unwrap();
}

#[tokio::test]
async fn identity_providers_are_kept() {
    let running = Running::start().await;
    let iam = running.iam();
    let url = "https://token.actions.githubusercontent.com";
    let thumbprint = "6938fd4d98bab03faadb97b34396831e3780aea1";
    let tag = Tag::builder().key("a").value("b").build().unwrap();
    let create = || {
        iam.create_open_id_connect_provider()
            .url(url)
            .client_id_list("sts.amazonaws.com")
            .thumbprint_list(thumbprint)
    };
    let made = create().tags(tag).send().await.unwrap();
    let arn = made.open_id_connect_provider_arn().unwrap().to_owned();
    assert_eq!(arn, "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com");
    assert_eq!(
        message(&create().send().await.unwrap_err()),
        format!("EntityAlreadyExists: Provider with url {url} already exists.")
    );
    iam.add_client_id_to_open_id_connect_provider()
        .open_id_connect_provider_arn(&arn)
        .client_id("other")
        .send()
        .await
        .unwrap();
    let new = "a".repeat(40);
    iam.update_open_id_connect_provider_thumbprint()
        .open_id_connect_provider_arn(&arn)
        .thumbprint_list(&new)
        .send()
        .await
        .unwrap();
    let got =
        iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send().await.unwrap();
    assert_eq!(got.url(), Some("token.actions.githubusercontent.com"));
    assert_eq!(
        (got.client_id_list(), got.thumbprint_list()),
        (&["sts.amazonaws.com".to_owned(), "other".to_owned()][..], &[new][..])
    );
    let short = iam
        .update_open_id_connect_provider_thumbprint()
        .open_id_connect_provider_arn(&arn)
        .thumbprint_list("short")
        .send()
        .await;
    assert_eq!(code(&short.unwrap_err()), "ValidationError");
    iam.remove_client_id_from_open_id_connect_provider()
        .open_id_connect_provider_arn(&arn)
        .client_id("other")
        .send()
        .await
        .unwrap();
    let listed = iam.list_open_id_connect_providers().send().await.unwrap();
    assert_eq!(listed.open_id_connect_provider_list()[0].arn(), Some(arn.as_str()));
    iam.delete_open_id_connect_provider().open_id_connect_provider_arn(&arn).send().await.unwrap();
    assert_eq!(
        code(
            &iam.get_open_id_connect_provider()
                .open_id_connect_provider_arn(&arn)
                .send()
                .await
                .unwrap_err()
        ),
        "NoSuchEntity"
    );
    let plain = iam.create_open_id_connect_provider().url("http://example.com").send().await;
    assert_eq!(code(&plain.unwrap_err()), "ValidationError");
}

#[tokio::test]
async fn policies_have_tags() {
    let running = Running::start().await;
    let iam = running.iam();
    let made =
        iam.create_policy().policy_name("p").policy_document(allow("s3:*")).send().await.unwrap();
    let arn = made.policy().unwrap().arn().unwrap().to_owned();
    iam.tag_policy()
        .policy_arn(&arn)
        .tags(Tag::builder().key("team").value("web").build().unwrap())
        .send()
        .await
        .unwrap();
    iam.tag_policy()
        .policy_arn(&arn)
        .tags(Tag::builder().key("Team").value("ops").build().unwrap())
        .send()
        .await
        .unwrap();
    let tags = iam.list_policy_tags().policy_arn(&arn).send().await.unwrap();
    assert_eq!(
        tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect::<Vec<_>>(),
        [("Team", "ops")]
    );
    iam.untag_policy().policy_arn(&arn).tag_keys("team").send().await.unwrap();
    assert!(iam.list_policy_tags().policy_arn(&arn).send().await.unwrap().tags().is_empty());
}

#[tokio::test]
async fn an_instance_profile_has_one_role() {
    let running = Running::start().await;
    let iam = running.iam();
    iam.create_role().role_name("app").assume_role_policy_document(TRUST).send().await.unwrap();
    let made = iam
        .create_instance_profile()
        .instance_profile_name("web")
        .send()
        .await
        .unwrap()
        .instance_profile
        .unwrap();
    assert_eq!(made.arn(), "arn:aws:iam::111122223333:instance-profile/web");
    let again = iam.create_instance_profile().instance_profile_name("web").send().await;
    assert_eq!(
        message(&again.unwrap_err()),
        "EntityAlreadyExists: Instance Profile web already exists."
    );
    let add =
        || iam.add_role_to_instance_profile().instance_profile_name("web").role_name("app").send();
    add().await.unwrap();
    assert_eq!(code(&add().await.unwrap_err()), "LimitExceeded");
    let got = iam
        .get_instance_profile()
        .instance_profile_name("web")
        .send()
        .await
        .unwrap()
        .instance_profile
        .unwrap();
    assert_eq!(got.roles()[0].arn(), "arn:aws:iam::111122223333:role/app");
    let of_role = iam.list_instance_profiles_for_role().role_name("app").send().await.unwrap();
    assert_eq!(of_role.instance_profiles().len(), 1);
    assert_eq!(
        message(&iam.delete_role().role_name("app").send().await.unwrap_err()),
        "DeleteConflict: Cannot delete entity, must remove roles from instance profile first."
    );
    let delete = || iam.delete_instance_profile().instance_profile_name("web").send();
    assert_eq!(code(&delete().await.unwrap_err()), "DeleteConflict");
    iam.remove_role_from_instance_profile()
        .instance_profile_name("web")
        .role_name("app")
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
    assert!(iam.list_instance_profiles().send().await.unwrap().instance_profiles().is_empty());
    iam.delete_role().role_name("app").send().await.unwrap();
}
