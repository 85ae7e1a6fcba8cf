//! `gatepass presign get`

use std::time::SystemTime;

use crate::aws::Connection;
use crate::cli::{Global, Outcome, print};
use gatepass_core::contract::Subject;
use gatepass_core::grant::{
    Disposition, DownloadGrant, DownloadRefusal, DownloadRequest, GrantMaker, Refusal,
};

use super::{expires_in, quoted, unavailable, with_hint};

/// The flags of `gatepass presign get`.
#[derive(Debug, Default, clap::Args)]
pub(super) struct GetArgs {
    /// The object's key, as its upload's grant told it
    #[arg(value_name = "KEY")]
    key: String,
    /// The name that a browser gives to the file
    #[arg(long, value_name = "NAME")]
    filename: Option<String>,
    /// Have a browser show the file instead of saving it, where the contract's download.inline has --content-type
    #[arg(long, requires = "content_type")]
    inline: bool,
    /// The media type of the answer [default: the object's own]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Who downloads, where the contract's key template has {subject}; an API key's begins with "api-key:"
    #[arg(long, value_name = "NAME", value_parser = Subject::parse)]
    subject: Option<Subject>,
    /// Instead of the contract's download.expires_in, e.g. "90s"
    #[arg(long, value_name = "SPAN")]
    expires_in: Option<String>,
    /// Print what the endpoint would answer, as JSON, instead of a curl command
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &GetArgs, global: &Global) -> anyhow::Result<Outcome> {
    let contract = global.contract()?;
    let Some(mut download) = contract.download.clone() else {
        let error = anyhow::anyhow!("the contract has no downloads");
        return Err(print::hinted(
            error,
            "write a table [download] into it, and run apply: the role then may read",
        ));
    };
    if let Some(span) = &args.expires_in {
        download.expires_in = expires_in(span, &contract)?;
    }
    let checked =
        request(args).check(&download, &contract.upload, args.subject.as_ref()).map_err(refused)?;

    let connection = Connection::open(&contract, global.ca_certificates(&contract)?).await;
    let credentials =
        connection.signing_credentials(&contract).current().await.map_err(unavailable)?;
    let maker = GrantMaker::new(&contract, (*credentials).clone());
    let grant =
        maker.download(&checked, SystemTime::now()).map_err(|refusal| refused(refusal.into()))?;

    if args.json {
        anstream::println!("{}", serde_json::to_string(&grant.expose())?);
    } else {
        anstream::eprintln!(
            "expires: {}, in {} s",
            humantime::format_rfc3339_seconds(grant.expires_at),
            grant.expires_in
        );
        anstream::println!("{}", curl(&grant, args.filename.as_deref()));
    }
    Ok(Outcome::Done)
}

fn request(args: &GetArgs) -> DownloadRequest {
    DownloadRequest {
        key: args.key.clone(),
        filename: args.filename.clone(),
        disposition: args.inline.then_some(Disposition::Inline),
        content_type: args.content_type.clone(),
    }
}

/// The refusal, with the flag that mends it.
fn refused(refusal: DownloadRefusal) -> anyhow::Error {
    let hint = match refusal {
        DownloadRefusal::Other(Refusal::SubjectMissing) => {
            Some("say it with --subject NAME".to_owned())
        }
        DownloadRefusal::InlineNotAllowed { .. } => Some(
            "leave out --inline, or name the type in download.inline of the contract".to_owned(),
        ),
        _ => refusal.hint(),
    };
    with_hint(refusal.into(), hint)
}

/// The command that uses the grant.
fn curl(grant: &DownloadGrant, filename: Option<&str>) -> String {
    let name =
        filename.unwrap_or_else(|| grant.key.as_str()).rsplit('/').next().unwrap_or_default();
    // a name that begins with a hyphen would be a flag
    let output = quoted(&format!("./{name}"));
    format!(
        "curl --globoff --fail-with-body --output {output} \\\n  {}",
        quoted(grant.download_url.expose())
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use crate::cli::presign::fixtures::{contract, credentials};

    use super::*;

    #[test]
    fn the_curl_command() {
        let contract = contract("\n[download]\ninline = [\"image/png\"]");
        let args = GetArgs {
            key: "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png".to_owned(),
            filename: Some("it's.png".to_owned()),
            inline: true,
            content_type: Some("image/png".to_owned()),
            ..GetArgs::default()
        };
        let checked = request(&args)
            .check(contract.download.as_ref().unwrap(), &contract.upload, None)
            .unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_369_353_600);
        let grant = GrantMaker::new(&contract, credentials()).download(&checked, now).unwrap();
        insta::assert_snapshot!(curl(&grant, args.filename.as_deref()), @r"
        curl --globoff --fail-with-body --output './it'\''s.png' \
          'https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=GetObject&response-content-disposition=inline%3B%20filename%3D%22it%27s.png%22&response-content-type=image%2Fpng&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=ddda3870a8fd39da7bea3adf0d56305cd2997b6a71df66d97ef3ad070e9aeb44'
        ");
        assert!(
            curl(&grant, None).contains("--output './11111111-1111-4111-9111-111111111111.png' ")
        );
    }

    #[test]
    fn a_refusal_names_the_flag_that_mends_it() {
        let told = |refusal: DownloadRefusal| format!("{:#}", refused(refusal));
        insta::assert_snapshot!(told(Refusal::SubjectMissing.into()), @"
        the contract's keys have {subject} in them, and it is not known who asks
          hint: say it with --subject NAME
        ");
        insta::assert_snapshot!(told(DownloadRefusal::InlineNotAllowed { value: "text/html".to_owned(), allowed: Vec::new() }), @r#"
        files of type "text/html" are not shown here
          hint: leave out --inline, or name the type in download.inline of the contract
        "#);
    }
}
