//! The AWS calls that gatepass makes, each with the IAM actions that allow it.

/// One AWS call: its name in the API, and the IAM actions that a policy must allow for it, whose names often differ.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The API's name, such as `PutBucketCors`.
    pub name: &'static str,
    /// The IAM actions, such as `s3:PutBucketCORS`; none where no permission is needed.
    pub actions: &'static [&'static str],
    /// What it does, for messages; `{}` is the bucket or the role.
    doing: &'static str,
}

impl Operation {
    const fn new(name: &'static str, actions: &'static [&'static str], doing: &'static str) -> Self {
        Self { name, actions, doing }
    }

    /// What is being done, as the beginning of a message: "reading the bucket policy of acme-uploads".
    pub(super) fn doing(&self, subject: &str) -> String {
        self.doing.replace("{}", subject)
    }
}

pub(super) const LOAD_CREDENTIALS: Operation = Operation::new("", &[], "loading AWS credentials");
pub(super) const GET_CALLER_IDENTITY: Operation = Operation::new("GetCallerIdentity", &[], "asking AWS for the account of the credentials");
pub(super) const ASSUME_ROLE: Operation = Operation::new("AssumeRole", &["sts:AssumeRole"], "assuming the role {}");

pub(super) const HEAD_BUCKET: Operation = Operation::new("HeadBucket", &["s3:ListBucket"], "looking for the bucket {}");
pub(super) const GET_BUCKET_LOCATION: Operation =
    Operation::new("GetBucketLocation", &["s3:GetBucketLocation"], "reading the region of the bucket {}");
pub(super) const GET_BUCKET_TAGGING: Operation =
    Operation::new("GetBucketTagging", &["s3:GetBucketTagging"], "reading the tags of the bucket {}");
pub(super) const GET_BUCKET_OWNERSHIP_CONTROLS: Operation =
    Operation::new("GetBucketOwnershipControls", &["s3:GetBucketOwnershipControls"], "reading the ownership controls of the bucket {}");
pub(super) const GET_PUBLIC_ACCESS_BLOCK: Operation =
    Operation::new("GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"], "reading the public access block of the bucket {}");
pub(super) const GET_BUCKET_ENCRYPTION: Operation =
    Operation::new("GetBucketEncryption", &["s3:GetEncryptionConfiguration"], "reading the default encryption of the bucket {}");
pub(super) const GET_BUCKET_VERSIONING: Operation =
    Operation::new("GetBucketVersioning", &["s3:GetBucketVersioning"], "reading the versioning of the bucket {}");
pub(super) const GET_BUCKET_LIFECYCLE_CONFIGURATION: Operation =
    Operation::new("GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"], "reading the lifecycle rules of the bucket {}");
pub(super) const GET_BUCKET_CORS: Operation =
    Operation::new("GetBucketCors", &["s3:GetBucketCORS"], "reading the CORS rules of the bucket {}");
pub(super) const GET_BUCKET_POLICY: Operation =
    Operation::new("GetBucketPolicy", &["s3:GetBucketPolicy"], "reading the bucket policy of {}");
pub(super) const LIST_OBJECT_VERSIONS: Operation =
    Operation::new("ListObjectVersions", &["s3:ListBucketVersions"], "looking for objects in the bucket {}");
pub(super) const LIST_MULTIPART_UPLOADS: Operation =
    Operation::new("ListMultipartUploads", &["s3:ListBucketMultipartUploads"], "looking for incomplete multipart uploads in the bucket {}");

pub(super) const CREATE_BUCKET: Operation =
    Operation::new("CreateBucket", &["s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:TagResource"], "creating the bucket {}");
pub(super) const PUT_BUCKET_TAGGING: Operation =
    Operation::new("PutBucketTagging", &["s3:PutBucketTagging"], "writing the tags of the bucket {}");
pub(super) const PUT_BUCKET_OWNERSHIP_CONTROLS: Operation =
    Operation::new("PutBucketOwnershipControls", &["s3:PutBucketOwnershipControls"], "writing the ownership controls of the bucket {}");
pub(super) const PUT_PUBLIC_ACCESS_BLOCK: Operation =
    Operation::new("PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"], "writing the public access block of the bucket {}");
pub(super) const PUT_BUCKET_ENCRYPTION: Operation =
    Operation::new("PutBucketEncryption", &["s3:PutEncryptionConfiguration"], "writing the default encryption of the bucket {}");
pub(super) const PUT_BUCKET_VERSIONING: Operation =
    Operation::new("PutBucketVersioning", &["s3:PutBucketVersioning"], "writing the versioning of the bucket {}");
pub(super) const PUT_BUCKET_LIFECYCLE_CONFIGURATION: Operation =
    Operation::new("PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"], "writing the lifecycle rules of the bucket {}");
pub(super) const PUT_BUCKET_CORS: Operation =
    Operation::new("PutBucketCors", &["s3:PutBucketCORS"], "writing the CORS rules of the bucket {}");
pub(super) const DELETE_BUCKET_CORS: Operation =
    Operation::new("DeleteBucketCors", &["s3:PutBucketCORS"], "removing the CORS rules of the bucket {}");
pub(super) const PUT_BUCKET_POLICY: Operation =
    Operation::new("PutBucketPolicy", &["s3:PutBucketPolicy"], "writing the bucket policy of {}");
pub(super) const DELETE_BUCKET_POLICY: Operation =
    Operation::new("DeleteBucketPolicy", &["s3:DeleteBucketPolicy"], "removing the bucket policy of {}");
pub(super) const DELETE_BUCKET: Operation = Operation::new("DeleteBucket", &["s3:DeleteBucket"], "removing the bucket {}");

pub(super) const GET_ROLE: Operation = Operation::new("GetRole", &["iam:GetRole"], "looking for the role {}");
pub(super) const GET_ROLE_POLICY: Operation =
    Operation::new("GetRolePolicy", &["iam:GetRolePolicy"], "reading the permissions policy of the role {}");
pub(super) const LIST_ROLE_POLICIES: Operation =
    Operation::new("ListRolePolicies", &["iam:ListRolePolicies"], "listing the inline policies of the role {}");
pub(super) const LIST_ATTACHED_ROLE_POLICIES: Operation =
    Operation::new("ListAttachedRolePolicies", &["iam:ListAttachedRolePolicies"], "listing the policies attached to the role {}");
pub(super) const LIST_INSTANCE_PROFILES_FOR_ROLE: Operation =
    Operation::new("ListInstanceProfilesForRole", &["iam:ListInstanceProfilesForRole"], "listing the instance profiles of the role {}");

pub(super) const CREATE_ROLE: Operation = Operation::new("CreateRole", &["iam:CreateRole", "iam:TagRole"], "creating the role {}");
pub(super) const TAG_ROLE: Operation = Operation::new("TagRole", &["iam:TagRole"], "writing the tags of the role {}");
pub(super) const UPDATE_ROLE: Operation =
    Operation::new("UpdateRole", &["iam:UpdateRole"], "writing description and maximum session duration of the role {}");
pub(super) const UPDATE_ASSUME_ROLE_POLICY: Operation =
    Operation::new("UpdateAssumeRolePolicy", &["iam:UpdateAssumeRolePolicy"], "writing the trust policy of the role {}");
pub(super) const PUT_ROLE_PERMISSIONS_BOUNDARY: Operation =
    Operation::new("PutRolePermissionsBoundary", &["iam:PutRolePermissionsBoundary"], "writing the permissions boundary of the role {}");
pub(super) const PUT_ROLE_POLICY: Operation =
    Operation::new("PutRolePolicy", &["iam:PutRolePolicy"], "writing the permissions policy of the role {}");
pub(super) const DELETE_ROLE_POLICY: Operation =
    Operation::new("DeleteRolePolicy", &["iam:DeleteRolePolicy"], "removing the permissions policy of the role {}");
pub(super) const DELETE_ROLE: Operation = Operation::new("DeleteRole", &["iam:DeleteRole"], "removing the role {}");
