//! The S3 operations, each led to the file that has it.

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::objects::{archived, copy, delete, get, list, list_versions, put, tags};
use super::settings::{
    absent, acl, bucket_policy, cors_rules, encryption, lifecycle, object_lock, ownership,
    public_access, tagging, versioning,
};
use super::{Buckets, bucket, multipart};

/// `method(Input) -> Output = function`. A function takes the input and gives the output, but for those that need the
/// whole request or give the whole response.
macro_rules! operations {
    (
        plain { $($method:ident($input:ty) -> $output:ty = $function:path;)* }
        whole_request { $($request_method:ident($request_input:ty) -> $request_output:ty = $request_function:path;)* }
        whole_response { $($response_method:ident($response_input:ty) -> $response_output:ty = $response_function:path;)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Buckets {
            $(
                async fn $method(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $function(self, request.input).await.map(S3Response::new)
                }
            )*
            $(
                async fn $request_method(&self, request: S3Request<$request_input>) -> S3Result<S3Response<$request_output>> {
                    $request_function(self, request).await
                }
            )*
            $(
                async fn $response_method(&self, request: S3Request<$response_input>) -> S3Result<S3Response<$response_output>> {
                    $response_function(self, request.input).await
                }
            )*
        }
    };
}

operations! {
    plain {
        head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket::head;
        get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket::location;
        delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = bucket::delete;
        list_buckets(ListBucketsInput) -> ListBucketsOutput = bucket::list;

        get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput = acl::of_bucket;
        put_bucket_acl(PutBucketAclInput) -> PutBucketAclOutput = acl::put_bucket;
        get_object_acl(GetObjectAclInput) -> GetObjectAclOutput = acl::of_object;
        put_object_acl(PutObjectAclInput) -> PutObjectAclOutput = acl::put_object;
        get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput = cors_rules::get;
        put_bucket_cors(PutBucketCorsInput) -> PutBucketCorsOutput = cors_rules::put;
        delete_bucket_cors(DeleteBucketCorsInput) -> DeleteBucketCorsOutput = cors_rules::delete;
        get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = bucket_policy::get;
        delete_bucket_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput = bucket_policy::delete;
        get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput = bucket_policy::status;
        delete_bucket_encryption(DeleteBucketEncryptionInput) -> DeleteBucketEncryptionOutput = encryption::delete;
        get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput = lifecycle::get;
        put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput = lifecycle::put;
        delete_bucket_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput = lifecycle::delete;
        get_bucket_ownership_controls(GetBucketOwnershipControlsInput) -> GetBucketOwnershipControlsOutput = ownership::get;
        put_bucket_ownership_controls(PutBucketOwnershipControlsInput) -> PutBucketOwnershipControlsOutput = ownership::put;
        delete_bucket_ownership_controls(DeleteBucketOwnershipControlsInput) -> DeleteBucketOwnershipControlsOutput = ownership::delete;
        get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = public_access::get;
        put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput = public_access::put;
        delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput = public_access::delete;
        get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput = tagging::get;
        put_bucket_tagging(PutBucketTaggingInput) -> PutBucketTaggingOutput = tagging::put;
        delete_bucket_tagging(DeleteBucketTaggingInput) -> DeleteBucketTaggingOutput = tagging::delete;
        get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = versioning::get;
        put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = versioning::put;

        get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput = absent::website;
        get_bucket_replication(GetBucketReplicationInput) -> GetBucketReplicationOutput = absent::replication;
        get_object_lock_configuration(GetObjectLockConfigurationInput) -> GetObjectLockConfigurationOutput = absent::object_lock;
        get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput = absent::logging;
        get_bucket_accelerate_configuration(GetBucketAccelerateConfigurationInput) -> GetBucketAccelerateConfigurationOutput = absent::acceleration;
        get_bucket_notification_configuration(GetBucketNotificationConfigurationInput) -> GetBucketNotificationConfigurationOutput = absent::notification;
        get_bucket_request_payment(GetBucketRequestPaymentInput) -> GetBucketRequestPaymentOutput = absent::payer;

        get_object_retention(GetObjectRetentionInput) -> GetObjectRetentionOutput = object_lock::get_retention;
        put_object_retention(PutObjectRetentionInput) -> PutObjectRetentionOutput = object_lock::put_retention;
        get_object_legal_hold(GetObjectLegalHoldInput) -> GetObjectLegalHoldOutput = object_lock::get_legal_hold;
        put_object_legal_hold(PutObjectLegalHoldInput) -> PutObjectLegalHoldOutput = object_lock::put_legal_hold;
        delete_bucket_website(DeleteBucketWebsiteInput) -> DeleteBucketWebsiteOutput = absent::delete_website;
        delete_bucket_replication(DeleteBucketReplicationInput) -> DeleteBucketReplicationOutput = absent::delete_replication;
        put_bucket_notification_configuration(PutBucketNotificationConfigurationInput) -> PutBucketNotificationConfigurationOutput = absent::put_notification;
        put_bucket_logging(PutBucketLoggingInput) -> PutBucketLoggingOutput = absent::put_logging;
        put_bucket_request_payment(PutBucketRequestPaymentInput) -> PutBucketRequestPaymentOutput = absent::put_payer;
        get_bucket_analytics_configuration(GetBucketAnalyticsConfigurationInput) -> GetBucketAnalyticsConfigurationOutput = absent::analytics;
        list_bucket_analytics_configurations(ListBucketAnalyticsConfigurationsInput) -> ListBucketAnalyticsConfigurationsOutput = absent::list_analytics;
        get_bucket_inventory_configuration(GetBucketInventoryConfigurationInput) -> GetBucketInventoryConfigurationOutput = absent::inventory;
        list_bucket_inventory_configurations(ListBucketInventoryConfigurationsInput) -> ListBucketInventoryConfigurationsOutput = absent::list_inventory;
        get_bucket_metrics_configuration(GetBucketMetricsConfigurationInput) -> GetBucketMetricsConfigurationOutput = absent::metrics;
        list_bucket_metrics_configurations(ListBucketMetricsConfigurationsInput) -> ListBucketMetricsConfigurationsOutput = absent::list_metrics;
        get_bucket_intelligent_tiering_configuration(GetBucketIntelligentTieringConfigurationInput) -> GetBucketIntelligentTieringConfigurationOutput = absent::intelligent_tiering;
        list_bucket_intelligent_tiering_configurations(ListBucketIntelligentTieringConfigurationsInput) -> ListBucketIntelligentTieringConfigurationsOutput = absent::list_intelligent_tiering;

        restore_object(RestoreObjectInput) -> RestoreObjectOutput = archived::restore;
        delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete::delete;
        list_objects(ListObjectsInput) -> ListObjectsOutput = list::list;
        list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::list_v2;
        list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = list_versions::list;
        get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = tags::get;
        put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = tags::put;
        delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = tags::delete;

        abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = multipart::create::abort;
        list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = multipart::list::uploads;
        upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = multipart::part_copy::copy;
        list_parts(ListPartsInput) -> ListPartsOutput = multipart::list::parts;
    }
    whole_request {
        create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = multipart::create::create;
        complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = multipart::complete::complete;
        copy_object(CopyObjectInput) -> CopyObjectOutput = copy::copy;
        create_bucket(CreateBucketInput) -> CreateBucketOutput = bucket::create;
        delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete::delete_many;
        put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput = bucket_policy::put;
        put_object(PutObjectInput) -> PutObjectOutput = put::put;
        upload_part(UploadPartInput) -> UploadPartOutput = multipart::part::upload;
    }
    whole_response {
        get_object(GetObjectInput) -> GetObjectOutput = get::get;
        head_object(HeadObjectInput) -> HeadObjectOutput = get::head;
    }
}
