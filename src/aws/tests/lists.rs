//! Listings of several pages, and how documents are encoded.

use super::{Answer, Replay, bucket, contract, role};
use crate::provision::{Found, ReadState as _};

#[tokio::test]
async fn inline_policies_on_two_pages() {
    let page = |name: &str, more: &str| {
        format!(
            "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>{name}</member></PolicyNames>{more}</ListRolePoliciesResult></ListRolePoliciesResponse>"
        )
    };
    let first = page("gatepass-upload", "<IsTruncated>true</IsTruncated><Marker>next</Marker>");
    let second = page("somebody-elses", "<IsTruncated>false</IsTruncated>");
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(200, &[], &first), Answer(200, &[], &second)],
    );
    assert_eq!(
        replay.connection.reader().list_role_policies(&role()).await.unwrap(),
        ["gatepass-upload", "somebody-elses"]
    );
    assert!(replay.requests().contains("Marker=next"));
}

#[tokio::test]
async fn attached_policies_on_two_pages() {
    let page = |name: &str, more: &str| {
        format!(
            "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>{name}</PolicyName>\
             <PolicyArn>arn:aws:iam::aws:policy/{name}</PolicyArn></member></AttachedPolicies>{more}</ListAttachedRolePoliciesResult>\
             </ListAttachedRolePoliciesResponse>"
        )
    };
    let first = page("ReadOnlyAccess", "<IsTruncated>true</IsTruncated><Marker>next</Marker>");
    let second = page("PowerUserAccess", "<IsTruncated>false</IsTruncated>");
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(200, &[], &first), Answer(200, &[], &second)],
    );
    let arns = replay.connection.reader().list_attached_role_policies(&role()).await.unwrap();
    assert_eq!(
        arns,
        ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/PowerUserAccess"]
    );
}

#[tokio::test]
async fn lists_of_a_role_that_is_gone_are_empty() {
    let body = super::query_error("NoSuchEntity", "The role cannot be found.");
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(404, &[], &body), Answer(404, &[], &body), Answer(404, &[], &body)],
    );
    let reader = replay.connection.reader();
    assert!(reader.list_role_policies(&role()).await.unwrap().is_empty());
    assert!(reader.list_attached_role_policies(&role()).await.unwrap().is_empty());
    assert!(reader.list_instance_profiles_for_role(&role()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_page_of_versions_and_markers_is_counted() {
    let body = "<ListVersionsResult><IsTruncated>true</IsTruncated>\
                <Version><Key>a</Key><VersionId>1</VersionId></Version><Version><Key>b</Key><VersionId>2</VersionId></Version>\
                <Version><Key>c</Key><VersionId>3</VersionId></Version><Version><Key>d</Key><VersionId>4</VersionId></Version>\
                <DeleteMarker><Key>e</Key><VersionId>5</VersionId></DeleteMarker></ListVersionsResult>";
    let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], body)]);
    let found = replay.connection.reader().list_object_versions(&bucket()).await.unwrap();
    assert_eq!(
        found.versions,
        Found { count: 4, more: true, examples: ["a", "b", "c"].map(str::to_owned).to_vec() }
    );
    assert_eq!(
        found.delete_markers,
        Found { count: 1, more: true, examples: vec!["e".to_owned()] }
    );
}

#[tokio::test]
async fn keys_with_characters_that_xml_cannot_hold() {
    let body = "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
                <Upload><Key>a%00b+c%2Bd/%C3%BC</Key><UploadId>1</UploadId></Upload></ListMultipartUploadsResult>";
    let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], body)]);
    let found = replay.connection.reader().list_multipart_uploads(&bucket()).await.unwrap();
    assert_eq!(found, Found { count: 1, more: false, examples: vec!["a\0b c+d/ü".to_owned()] });
    assert!(replay.requests().contains("encoding-type=url"), "{}", replay.requests());
}

#[tokio::test]
async fn a_roles_trust_policy_comes_url_encoded() {
    let role_with = |document: &str| {
        format!(
            "<GetRoleResponse><GetRoleResult><Role><Path>/apps/</Path><RoleName>acme-uploads-presigner</RoleName><RoleId>AROAEXAMPLE</RoleId>\
             <Arn>arn:aws:iam::111122223333:role/apps/acme-uploads-presigner</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate>\
             <AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument><Description>signs uploads</Description>\
             <MaxSessionDuration>3600</MaxSessionDuration><PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
             <PermissionsBoundaryArn>arn:aws:iam::111122223333:policy/boundary</PermissionsBoundaryArn></PermissionsBoundary>\
             <Tags><member><Key>gatepass:contract</Key><Value>acme-uploads</Value></member></Tags></Role></GetRoleResult></GetRoleResponse>"
        )
    };
    let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Sid%22%3A%22Pct25%22%2C%22Effect%22%3A%22Allow%22%2C\
                   %22Principal%22%3A%7B%22Service%22%3A%22ecs-tasks.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%2C\
                   %22Condition%22%3A%7B%22StringEquals%22%3A%7B%22sts%3AExternalId%22%3A%22a%2Bb%2541%22%7D%7D%7D%5D%7D";
    let plain = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Pct25","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"a+b%41"}}}]}"#;
    let (from_aws, from_an_emulator) = (role_with(encoded), role_with(plain));
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(200, &[], &from_aws), Answer(200, &[], &from_an_emulator)],
    );
    let reader = replay.connection.reader();
    let head = reader.get_role(&role()).await.unwrap().unwrap();
    assert_eq!(head, reader.get_role(&role()).await.unwrap().unwrap());
    assert_eq!(head.trust_policy.to_json().to_string(), plain);
    insta::assert_debug_snapshot!((head.path, head.description, head.max_session_duration, head.permissions_boundary, head.tags), @r#"
    (
        "/apps/",
        Some(
            "signs uploads",
        ),
        Some(
            3600,
        ),
        Some(
            "arn:aws:iam::111122223333:policy/boundary",
        ),
        {
            "gatepass:contract": "acme-uploads",
        },
    )
    "#);
}
