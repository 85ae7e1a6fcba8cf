//! The AWS calls that gatepass makes, each with the IAM actions that allow it.

/// One AWS call: its name in the API, and the IAM actions that a policy must allow for it, whose names often differ.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The API's name, such as `PutBucketCors`; empty for finding credentials, which takes no call of its own.
    pub name: &'static str,
    /// The IAM actions, such as `s3:PutBucketCORS`; none where no permission is needed.
    pub actions: &'static [&'static str],
    /// What it does, for messages; `{}` is the bucket or the role.
    doing: &'static str,
}

impl Operation {
    /// What is being done, as the beginning of a message: "reading the bucket policy of acme-uploads".
    pub(super) fn doing(&self, subject: &str) -> String {
        self.doing.replace("{}", subject)
    }
}

macro_rules! operations {
    ($all:ident: $($constant:ident: $name:literal [$($action:literal),*] $doing:literal;)+) => {
        $(pub(super) const $constant: Operation = Operation { name: $name, actions: &[$($action),*], doing: $doing };)+

        #[cfg(test)]
        const $all: &[Operation] = &[$($constant),+];
    };
}

operations! {
    OPERATORS:
    LOAD_CREDENTIALS: "" [] "loading AWS credentials";
    GET_CALLER_IDENTITY: "GetCallerIdentity" [] "asking AWS for the account of the credentials";
    ASSUME_ROLE: "AssumeRole" ["sts:AssumeRole"] "assuming the role {}";

    HEAD_BUCKET: "HeadBucket" ["s3:ListBucket"] "looking for the bucket {}";
    GET_BUCKET_LOCATION: "GetBucketLocation" ["s3:GetBucketLocation"] "reading the region of the bucket {}";
    GET_BUCKET_TAGGING: "GetBucketTagging" ["s3:GetBucketTagging"] "reading the tags of the bucket {}";
    GET_BUCKET_OWNERSHIP_CONTROLS: "GetBucketOwnershipControls" ["s3:GetBucketOwnershipControls"] "reading the ownership controls of the bucket {}";
    GET_PUBLIC_ACCESS_BLOCK: "GetPublicAccessBlock" ["s3:GetBucketPublicAccessBlock"] "reading the public access block of the bucket {}";
    GET_BUCKET_ENCRYPTION: "GetBucketEncryption" ["s3:GetEncryptionConfiguration"] "reading the default encryption of the bucket {}";
    GET_BUCKET_VERSIONING: "GetBucketVersioning" ["s3:GetBucketVersioning"] "reading the versioning of the bucket {}";
    GET_BUCKET_LIFECYCLE_CONFIGURATION: "GetBucketLifecycleConfiguration" ["s3:GetLifecycleConfiguration"] "reading the lifecycle rules of the bucket {}";
    GET_BUCKET_CORS: "GetBucketCors" ["s3:GetBucketCORS"] "reading the CORS rules of the bucket {}";
    GET_BUCKET_POLICY: "GetBucketPolicy" ["s3:GetBucketPolicy"] "reading the bucket policy of {}";
    LIST_OBJECT_VERSIONS: "ListObjectVersions" ["s3:ListBucketVersions"] "looking for objects in the bucket {}";
    LIST_MULTIPART_UPLOADS: "ListMultipartUploads" ["s3:ListBucketMultipartUploads"] "looking for incomplete multipart uploads in the bucket {}";

    CREATE_BUCKET: "CreateBucket" ["s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:TagResource"] "creating the bucket {}";
    PUT_BUCKET_TAGGING: "PutBucketTagging" ["s3:PutBucketTagging"] "writing the tags of the bucket {}";
    PUT_BUCKET_OWNERSHIP_CONTROLS: "PutBucketOwnershipControls" ["s3:PutBucketOwnershipControls"] "writing the ownership controls of the bucket {}";
    PUT_PUBLIC_ACCESS_BLOCK: "PutPublicAccessBlock" ["s3:PutBucketPublicAccessBlock"] "writing the public access block of the bucket {}";
    PUT_BUCKET_ENCRYPTION: "PutBucketEncryption" ["s3:PutEncryptionConfiguration"] "writing the default encryption of the bucket {}";
    PUT_BUCKET_VERSIONING: "PutBucketVersioning" ["s3:PutBucketVersioning"] "writing the versioning of the bucket {}";
    PUT_BUCKET_LIFECYCLE_CONFIGURATION: "PutBucketLifecycleConfiguration" ["s3:PutLifecycleConfiguration"] "writing the lifecycle rules of the bucket {}";
    PUT_BUCKET_CORS: "PutBucketCors" ["s3:PutBucketCORS"] "writing the CORS rules of the bucket {}";
    DELETE_BUCKET_CORS: "DeleteBucketCors" ["s3:PutBucketCORS"] "removing the CORS rules of the bucket {}";
    PUT_BUCKET_POLICY: "PutBucketPolicy" ["s3:PutBucketPolicy"] "writing the bucket policy of {}";
    DELETE_BUCKET_POLICY: "DeleteBucketPolicy" ["s3:DeleteBucketPolicy"] "removing the bucket policy of {}";
    DELETE_BUCKET: "DeleteBucket" ["s3:DeleteBucket"] "removing the bucket {}";

    GET_ROLE: "GetRole" ["iam:GetRole"] "looking for the role {}";
    GET_ROLE_POLICY: "GetRolePolicy" ["iam:GetRolePolicy"] "reading the permissions policy of the role {}";
    LIST_ROLE_POLICIES: "ListRolePolicies" ["iam:ListRolePolicies"] "listing the inline policies of the role {}";
    LIST_ATTACHED_ROLE_POLICIES: "ListAttachedRolePolicies" ["iam:ListAttachedRolePolicies"] "listing the policies attached to the role {}";
    LIST_INSTANCE_PROFILES_FOR_ROLE: "ListInstanceProfilesForRole" ["iam:ListInstanceProfilesForRole"] "listing the instance profiles of the role {}";

    GET_POLICY: "GetPolicy" ["iam:GetPolicy"] "looking for the permissions boundary {}";

    CREATE_ROLE: "CreateRole" ["iam:CreateRole", "iam:TagRole"] "creating the role {}";
    TAG_ROLE: "TagRole" ["iam:TagRole"] "writing the tags of the role {}";
    UPDATE_ROLE: "UpdateRole" ["iam:UpdateRole"] "writing description and maximum session duration of the role {}";
    UPDATE_ASSUME_ROLE_POLICY: "UpdateAssumeRolePolicy" ["iam:UpdateAssumeRolePolicy"] "writing the trust policy of the role {}";
    PUT_ROLE_PERMISSIONS_BOUNDARY: "PutRolePermissionsBoundary" ["iam:PutRolePermissionsBoundary"] "writing the permissions boundary of the role {}";
    PUT_ROLE_POLICY: "PutRolePolicy" ["iam:PutRolePolicy"] "writing the permissions policy of the role {}";
    DELETE_ROLE_POLICY: "DeleteRolePolicy" ["iam:DeleteRolePolicy"] "removing the permissions policy of the role {}";
    DELETE_ROLE: "DeleteRole" ["iam:DeleteRole"] "removing the role {}";
}

operations! {
    SIGNERS:
    CREATE_MULTIPART_UPLOAD: "CreateMultipartUpload" ["s3:PutObject"] "beginning the upload in parts of {}";
    LIST_PARTS: "ListParts" ["s3:ListMultipartUploadParts"] "listing the parts of {}";
    COMPLETE_MULTIPART_UPLOAD: "CompleteMultipartUpload" ["s3:PutObject"] "completing the upload in parts of {}";
    LIST_OBJECTS: "ListObjectsV2" ["s3:ListBucket"] "looking for {}";
    LIST_VERSIONS_OF_OBJECT: "ListObjectVersions" ["s3:ListBucketVersions"] "looking for {}";
    HEAD_OBJECT: "HeadObject" ["s3:GetObject"] "looking at {}";
    GET_OBJECT_TAGGING: "GetObjectTagging" ["s3:GetObjectTagging"] "reading the tags of {}";
    PUT_OBJECT_TAGGING: "PutObjectTagging" ["s3:PutObjectTagging"] "writing the tags of {}";
    DELETE_OBJECT_TAGGING: "DeleteObjectTagging" ["s3:DeleteObjectTagging"] "removing the tags of {}";
    ABORT_MULTIPART_UPLOAD: "AbortMultipartUpload" ["s3:AbortMultipartUpload"] "giving up the upload in parts of {}";
}

operations! {
    VERIFIERS:
    LIST_BUCKETS: "ListBuckets" ["s3:ListAllMyBuckets"] "listing the buckets that begin with {}";
    LIST_ROLES: "ListRoles" ["iam:ListRoles"] "listing the roles that begin with {}";
    GET_ROLES_POLICY: "GetPolicy" ["iam:GetPolicy"] "looking for the policy {}";
    GET_POLICY_VERSION: "GetPolicyVersion" ["iam:GetPolicyVersion"] "reading the policy {}";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::collections::BTreeSet;

    use super::{OPERATORS, SIGNERS, VERIFIERS};
    use gatepass_core::contract::{Contract, Overrides};
    use iam_policy::Document;

    #[test]
    fn the_readme_lets_an_operator_do_all_of_it_and_no_more() {
        let policies = include_str!("../../README.md")
            .split("```json\n")
            .filter_map(|block| block.split("```").next());
        let policy = policies
            .filter_map(|text| Document::parse(text).ok())
            .find(|policy| policy.statements().len() == 4)
            .unwrap();
        let allowed = policy
            .statements()
            .iter()
            .flat_map(|statement| statement.json()["Action"].as_array().unwrap().clone());
        let allowed: BTreeSet<String> =
            allowed.map(|action| action.as_str().unwrap().to_owned()).collect();

        let mut needed: BTreeSet<String> = OPERATORS
            .iter()
            .flat_map(|call| call.actions)
            .map(|&action| action.to_owned())
            .collect();
        // that is not the operator's, but of whoever signs as the role
        assert!(needed.remove("sts:AssumeRole"));
        assert_eq!(allowed, needed);
    }

    #[test]
    fn no_operator_needs_what_the_signer_calls_with() {
        let operators: BTreeSet<&str> =
            OPERATORS.iter().flat_map(|call| call.actions).copied().collect();
        assert!(
            SIGNERS
                .iter()
                .filter(|call| !["ListObjectsV2", "ListObjectVersions"].contains(&call.name))
                .flat_map(|call| call.actions)
                .all(|action| !operators.contains(action))
        );
    }

    #[test]
    fn what_verify_calls_is_in_the_permissions_that_it_prints() {
        let text = "[bucket]\nname = \"acme-uploads\"\nregion = \"eu-central-1\"\n\
             [upload]\nmax_size = \"1 MiB\"\nallowed_origins = []\ncontent_types = [\"image/png\"]\n\
             [[role.trust]]\nprincipal = \"account\"\n[endpoint]\nurl = \"https://s3.example\"";
        let contract = Contract::parse(text, "gatepass.toml", &Overrides::default()).unwrap();
        let printed = crate::verify::permissions(&contract, true).to_string();
        for action in VERIFIERS.iter().flat_map(|call| call.actions) {
            assert!(printed.contains(&format!("\"{action}\"")), "{action}");
        }
    }
}
