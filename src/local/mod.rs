//! The embedded S3, IAM and STS.
