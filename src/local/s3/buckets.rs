//! The S3 operations, each led to the file that has it.

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::{
    Buckets, bucket, bucket_policy, cors_rules, encryption, lifecycle, ownership, public_access, put_object, tagging, uploads, versioning,
    versions,
};

/// Operations on the configuration of buckets: `method(Input) -> Output = file::function`.
macro_rules! operations {
    ($($method:ident($input:ty) -> $output:ty = $function:path),* $(,)?) => {
        #[async_trait::async_trait]
        impl S3 for Buckets {
            $(
                async fn $method(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $function(self, request.input).await.map(S3Response::new)
                }
            )*

            async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
                put_object::put(self, request).await
            }

            async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
                self.objects.get_object(request).await
            }

            async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
                self.objects.head_object(request).await
            }

            async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
                self.objects.delete_object(request).await
            }

            async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
                self.objects.delete_objects(request).await
            }

            async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
                self.objects.list_objects(request).await
            }

            async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
                self.objects.list_objects_v2(request).await
            }
        }
    };
}

operations! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput = bucket::create,
    head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket::head,
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket::location,
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = bucket::delete,
    list_buckets(ListBucketsInput) -> ListBucketsOutput = bucket::list,
    get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput = cors_rules::get,
    put_bucket_cors(PutBucketCorsInput) -> PutBucketCorsOutput = cors_rules::put,
    delete_bucket_cors(DeleteBucketCorsInput) -> DeleteBucketCorsOutput = cors_rules::delete,
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = bucket_policy::get,
    put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput = bucket_policy::put,
    delete_bucket_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput = bucket_policy::delete,
    get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput = bucket_policy::status,
    get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput = encryption::get,
    put_bucket_encryption(PutBucketEncryptionInput) -> PutBucketEncryptionOutput = encryption::put,
    delete_bucket_encryption(DeleteBucketEncryptionInput) -> DeleteBucketEncryptionOutput = encryption::delete,
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput = lifecycle::get,
    put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput = lifecycle::put,
    delete_bucket_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput = lifecycle::delete,
    get_bucket_ownership_controls(GetBucketOwnershipControlsInput) -> GetBucketOwnershipControlsOutput = ownership::get,
    put_bucket_ownership_controls(PutBucketOwnershipControlsInput) -> PutBucketOwnershipControlsOutput = ownership::put,
    delete_bucket_ownership_controls(DeleteBucketOwnershipControlsInput) -> DeleteBucketOwnershipControlsOutput = ownership::delete,
    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = public_access::get,
    put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput = public_access::put,
    delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput = public_access::delete,
    get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput = tagging::get,
    put_bucket_tagging(PutBucketTaggingInput) -> PutBucketTaggingOutput = tagging::put,
    delete_bucket_tagging(DeleteBucketTaggingInput) -> DeleteBucketTaggingOutput = tagging::delete,
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = versioning::get,
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = versioning::put,
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = versions::list,
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = uploads::list,
}
