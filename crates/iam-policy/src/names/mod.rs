//! The names that AWS gives to accounts, regions, buckets and principals.

mod account_id;
mod arn;
mod bucket_name;
mod region;

pub use account_id::AccountId;
pub use arn::{KmsKeyArn, PolicyArn, PrincipalArn};
pub use bucket_name::{AccountRegionalName, BucketName};
pub use region::{Partition, Region};
