//! One decision of the policy evaluator over a contract's documents, beside one that reads the documents anew each time.
//!
//! `cargo bench --bench evaluate`

mod harness;

use std::hint::black_box;

use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::policy::Documents;
use gatepass_core::policy::check::{Actor, Circumstance, Imagined, Place, Stage};
use harness::{Case, Unit, measure, print_table};
use iam_policy::AccountId;
use iam_policy::evaluate::{Caller, Decision, Policy, PolicySet, Request, RequestContext};

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/*", "application/pdf"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
principal = "account"
"#;
const UPLOAD: &str = "s3:PutObject";

/// A request, and all that it is decided by.
struct Asked {
    caller: Caller,
    resource: String,
    context: RequestContext,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let contract = Contract::parse(CONTRACT, "bench", &Overrides::default())?;
    let account = AccountId::parse("111122223333")?;
    let documents =
        Documents::render(&contract, &account, &gatepass::statement_files::built_in()?)?;
    let (bucket_json, identity_json) = (
        documents.bucket_policy.to_json().to_string(),
        documents.permissions_policy.to_json().to_string(),
    );
    let parse = |json: &str| {
        Ok::<_, Box<dyn std::error::Error>>(Policy::parse(&serde_json::from_str(json)?)?)
    };
    let (bucket_policy, identity) = (parse(&bucket_json)?, [parse(&identity_json)?]);

    let stage = Stage::new(&contract, &account, &documents, RequestContext::new())?;
    let circumstances = stage.circumstances(&documents.bucket_policy);
    let usual = circumstances
        .iter()
        .find(|circumstance| circumstance.name == Circumstance::USUAL)
        .ok_or("no usual circumstances")?;
    let old = circumstances
        .iter()
        .find(|circumstance| circumstance.name.starts_with("signed more than"))
        .ok_or("no age")?;
    let imagined = |place, circumstance| Imagined {
        actor: Actor::Presigner,
        action: UPLOAD,
        place,
        circumstance,
    };
    let asked = |imagined: &Imagined<'_>| Asked {
        caller: stage.caller(imagined.actor),
        resource: stage.arn(imagined.place).unwrap_or_default(),
        context: stage.context(imagined),
    };
    let upload = asked(&imagined(Place::Upload, usual));
    let too_old = asked(&imagined(Place::Upload, old));
    let elsewhere = asked(&imagined(Place::OtherPrefix, usual));

    let decide = |asked: &Asked| decide(&bucket_policy, &identity, black_box(asked), &account);
    let anew = || {
        Ok::<_, Box<dyn std::error::Error>>(decide_with(
            parse(&bucket_json)?,
            parse(&identity_json)?,
            &upload,
            &account,
        ))
    };
    assert!(decide(&upload).allowed && anew()?.allowed, "an upload is denied");
    assert!(!decide(&too_old).allowed && !decide(&elsewhere).allowed, "a guardrail is missing");

    let statements = documents.bucket_policy.statements().len()
        + documents.permissions_policy.statements().len();
    let title = format!("gatepass: an upload that passes all {statements} statements");
    let measured = measure(vec![
        Case::new(&title, || drop(black_box(decide(&upload)))),
        Case::new("gatepass: one whose signature is too old", || drop(black_box(decide(&too_old)))),
        Case::new("gatepass: one outside the prefix", || drop(black_box(decide(&elsewhere)))),
        Case::new("gatepass: the first, and its request context put together", || {
            drop(black_box(stage.decide(black_box(&imagined(Place::Upload, usual)))));
        }),
        Case::new("the first, with the documents' JSON read for each decision", || {
            drop(black_box(anew()))
        }),
    ]);
    print_table(Unit::Nanoseconds, &measured, &[("gatepass", 0)]);
    Ok(())
}

fn decide(
    bucket_policy: &Policy,
    identity: &[Policy],
    asked: &Asked,
    account: &AccountId,
) -> Decision {
    let set = PolicySet {
        identity,
        resource: Some(bucket_policy),
        resource_account: account.as_str(),
        ..PolicySet::default()
    };
    set.decide(&Request::new(&asked.caller, UPLOAD, &asked.resource, &asked.context))
}

fn decide_with(
    bucket_policy: Policy,
    identity: Policy,
    asked: &Asked,
    account: &AccountId,
) -> Decision {
    decide(&bucket_policy, &[identity], asked, account)
}
