//! Whether a call that failed may have been carried out: its answer was lost, or says nothing about it.
//!
//! The SDK makes a call again by itself, so the last attempt's answer is not enough: it may refuse what an earlier attempt did.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use super::classify::element_of;

/// Marks a call, and the answers to its further attempts, one attempt of which may have been carried out.
#[derive(Debug, Clone, Copy)]
struct MayBeDone;

impl Storable for MayBeDone {
    type Storer = StoreReplace<Self>;
}

/// Marks the answers of calls that were made again after an attempt whose outcome is unknown.
#[derive(Debug)]
pub(super) struct MarkRepeated;

impl Intercept for MarkRepeated {
    fn name(&self) -> &'static str {
        "MarkRepeated"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if config.load::<MayBeDone>().is_some() {
            context.response_mut().add_extension(MayBeDone);
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !context.response().is_some_and(refuses) {
            config.interceptor_state().store_put(MayBeDone);
        }
        Ok(())
    }
}

/// Whether the call was carried out by no attempt, as far as its last answer and the attempts before it show.
pub(super) fn is_refused(response: &HttpResponse) -> bool {
    refuses(response) && response.extension::<MayBeDone>().is_none()
}

/// Whether this answer says that nothing was done. Another 5xx than these may come from what stands between, or after the fact.
fn refuses(response: &HttpResponse) -> bool {
    match response.status().as_u16() {
        408 => false,
        400..=499 | 501 => true,
        503 => matches!(
            element_of(response, "Code").as_deref(),
            Some("SlowDown" | "Throttling" | "ThrottlingException")
        ),
        _ => false,
    }
}
