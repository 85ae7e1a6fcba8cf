//! Whether a store takes uploads by a form at all: some S3-compatible ones do not.

use std::time::Duration;

use crate::ca_certificates::CaCertificates;
use gatepass_core::contract::Contract;
use gatepass_core::grant::BucketAddress;

use super::print;

const TIMEOUT: Duration = Duration::from_secs(5);

/// A form without a file: whoever knows forms refuses it, and nothing is stored.
const FORM: &str = "--gatepass\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\ngatepass\r\n--gatepass--\r\n";

/// Fails where the contract wants forms and the store says that it has none. AWS has them.
pub(super) async fn check(
    contract: &Contract,
    ca_certificates: &CaCertificates,
) -> anyhow::Result<()> {
    let Some(endpoint) = contract.endpoint.as_ref().filter(|_| contract.upload.form) else {
        return Ok(());
    };
    let mut own = contract.clone();
    if let Some(endpoint) = &mut own.endpoint {
        endpoint.public_url = None;
    }
    let sent = ca_certificates
        .http_client()
        .build()?
        .post(BucketAddress::of(&own).bucket_url())
        .timeout(TIMEOUT)
        .header("content-type", "multipart/form-data; boundary=gatepass")
        .body(FORM)
        .send()
        .await;
    match sent {
        Ok(answer) if matches!(answer.status().as_u16(), 405 | 501) => {
            let error = anyhow::anyhow!(
                "upload.form = true, and {} takes no uploads by a form: it answered {}",
                endpoint.url,
                answer.status()
            );
            Err(print::hinted(error, "leave out `form`; clients upload by PUT or in parts"))
        }
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, endpoint = %endpoint.url, "whether it takes uploads by a form is not known");
            Ok(())
        }
    }
}
