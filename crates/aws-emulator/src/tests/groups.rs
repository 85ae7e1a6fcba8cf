//! IAM groups: what they may do, their users may.

use super::users::{allow, key_of, message};
use super::*;

#[tokio::test]
async fn a_user_may_do_what_its_groups_may() {
    let running = Running::start().await;
    let iam = running.iam();
    iam.create_user().user_name("alice").send().await.unwrap();
    let s3 = s3_client(&running.config(key_of(&iam, "alice").await));
    let group =
        iam.create_group().group_name("web").path("/teams/").send().await.unwrap().group.unwrap();
    assert_eq!(
        (group.arn(), &group.group_id()[..4]),
        ("arn:aws:iam::111122223333:group/teams/web", "AGPA")
    );
    assert_eq!(
        message(&iam.create_group().group_name("Web").send().await.unwrap_err()),
        "EntityAlreadyExists: Group with name Web already exists."
    );
    iam.put_group_policy()
        .group_name("web")
        .policy_name("list")
        .policy_document(allow("s3:ListAllMyBuckets", "*"))
        .send()
        .await
        .unwrap();
    assert_eq!(code(&s3.list_buckets().send().await.unwrap_err()), "AccessDenied");
    // twice is no error
    for _ in 0..2 {
        iam.add_user_to_group().group_name("web").user_name("alice").send().await.unwrap();
    }
    s3.list_buckets().send().await.unwrap();
    let simulate = async |arn: &str| {
        let simulated = iam
            .simulate_principal_policy()
            .policy_source_arn(arn)
            .action_names("s3:ListAllMyBuckets")
            .send()
            .await
            .unwrap();
        let result = &simulated.evaluation_results()[0];
        let source = result
            .matched_statements()
            .iter()
            .map(|statement| statement.source_policy_id().unwrap().to_owned());
        (result.eval_decision().as_str().to_owned(), source.collect::<Vec<_>>())
    };
    let allowed = || ("allowed".to_owned(), vec!["group_web_list".to_owned()]);
    assert_eq!(simulate("arn:aws:iam::111122223333:user/alice").await, allowed());
    assert_eq!(simulate(group.arn()).await, allowed());

    let users = iam.get_group().group_name("web").send().await.unwrap();
    assert_eq!(users.users().iter().map(|user| user.user_name()).collect::<Vec<_>>(), ["alice"]);
    iam.update_user().user_name("alice").new_user_name("carol").send().await.unwrap();
    iam.update_group().group_name("web").new_group_name("shop").new_path("/").send().await.unwrap();
    let groups = iam.list_groups_for_user().user_name("carol").send().await.unwrap();
    assert_eq!(
        groups.groups().iter().map(|group| group.arn()).collect::<Vec<_>>(),
        ["arn:aws:iam::111122223333:group/shop"]
    );
    s3.list_buckets().send().await.unwrap();

    // an attached policy says what an inline one does, and its denials count, too
    let deny = allow("s3:ListAllMyBuckets", "*").replace("Allow", "Deny");
    let policy = iam
        .create_policy()
        .policy_name("deny")
        .policy_document(deny)
        .send()
        .await
        .unwrap()
        .policy
        .unwrap();
    iam.attach_group_policy()
        .group_name("shop")
        .policy_arn(policy.arn().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(code(&s3.list_buckets().send().await.unwrap_err()), "AccessDenied");
    let used =
        iam.list_entities_for_policy().policy_arn(policy.arn().unwrap()).send().await.unwrap();
    assert_eq!(used.policy_groups()[0].group_name(), Some("shop"));
    assert_eq!(
        message(&iam.delete_policy().policy_arn(policy.arn().unwrap()).send().await.unwrap_err()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
    iam.detach_group_policy()
        .group_name("shop")
        .policy_arn(policy.arn().unwrap())
        .send()
        .await
        .unwrap();
    s3.list_buckets().send().await.unwrap();
}

#[tokio::test]
async fn a_group_is_removed_when_nothing_hangs_on_it() {
    let running = Running::start().await;
    let iam = running.iam();
    iam.create_user().user_name("alice").send().await.unwrap();
    iam.create_group().group_name("web").send().await.unwrap();
    let missing =
        iam.add_user_to_group().group_name("web").user_name("bob").send().await.unwrap_err();
    assert_eq!(message(&missing), "NoSuchEntity: The user with name bob cannot be found.");
    let missing =
        iam.add_user_to_group().group_name("shop").user_name("alice").send().await.unwrap_err();
    assert_eq!(message(&missing), "NoSuchEntity: The group with name shop cannot be found.");
    iam.add_user_to_group().group_name("web").user_name("alice").send().await.unwrap();
    assert_eq!(
        message(&iam.delete_user().user_name("alice").send().await.unwrap_err()),
        "DeleteConflict: Cannot delete entity, must remove user from groups first."
    );
    let delete = || async {
        iam.delete_group().group_name("web").send().await.map_err(|error| message(&error))
    };
    assert_eq!(
        delete().await.unwrap_err(),
        "DeleteConflict: Cannot delete entity, must remove users from group first."
    );
    iam.remove_user_from_group().group_name("web").user_name("alice").send().await.unwrap();
    iam.put_group_policy()
        .group_name("web")
        .policy_name("p")
        .policy_document(allow("s3:*", "*"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        delete().await.unwrap_err(),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    iam.delete_group_policy().group_name("web").policy_name("p").send().await.unwrap();
    delete().await.unwrap();
    assert!(iam.list_groups().send().await.unwrap().groups().is_empty());

    for number in 0..11 {
        let name = format!("group-{number}");
        iam.create_group().group_name(&name).send().await.unwrap();
        let added = iam.add_user_to_group().group_name(&name).user_name("alice").send().await;
        assert_eq!(added.is_ok(), number < 10, "{name}");
    }
}
