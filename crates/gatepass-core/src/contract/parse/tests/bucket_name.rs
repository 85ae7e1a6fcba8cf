//! `bucket.name` and `bucket.namespace`.

use super::super::{Source, Sourced};
use super::{Contract, MINIMAL, Overrides, refusal, refusal_with};

/// The minimal contract with this at its top, and these lines for the bucket's name and region.
fn contract(top: &str, bucket: &str) -> String {
    let named = "name = \"acme-uploads\"\nregion = \"eu-central-1\"";
    assert!(MINIMAL.contains(named));
    format!("{top}{}", MINIMAL.replacen(named, bucket, 1))
}

const REGIONAL: &str = "namespace = \"account-regional\"";
const ACCOUNT: &str = "account_id = \"111122223333\"";
const FRANKFURT: &str = "region = \"eu-central-1\"";

/// Account, bucket and role of a contract, or what is wrong with it.
fn verdict(top: &str, name: &str, rest: &[&str]) -> String {
    let bucket = format!("name = {name:?}\n{}", rest.join("\n"));
    match Contract::parse(&contract(top, &bucket), "gatepass.toml", &Overrides::default()) {
        Ok(contract) => {
            let account = contract
                .account_id
                .map_or_else(|| "no account".to_owned(), |account| account.to_string());
            format!("{account}: {}, {}", contract.bucket.name, contract.role.name)
        }
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn account_regional_namespace() {
    let longest = "a".repeat(34);
    let verdicts = [
        verdict(ACCOUNT, "acme", &[FRANKFURT, REGIONAL]),
        verdict("", "acme-111122223333-eu-central-1-an", &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, "acme-111122223333-eu-central-1-an", &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, &longest, &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, "acme", &["region = \"us-gov-west-1\"", REGIONAL]),
        verdict(ACCOUNT, "acme", &[FRANKFURT, "namespace = \"global\""]),
    ];
    insta::assert_snapshot!(verdicts.join("\n"), @r#"
    111122223333: acme-111122223333-eu-central-1-an, acme-eu-central-1-presigner
    111122223333: acme-111122223333-eu-central-1-an, acme-eu-central-1-presigner
    111122223333: acme-111122223333-eu-central-1-an, acme-eu-central-1-presigner
    111122223333: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-111122223333-eu-central-1-an, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-eu-central-1-presigner
    111122223333: acme-111122223333-us-gov-west-1-an, acme-us-gov-west-1-presigner
    111122223333: acme, acme-presigner
    "#);
}

#[test]
fn refused_account_regional_namespaces() {
    let too_long = "a".repeat(35);
    let whole = "acme-111122223333-eu-central-1-an";
    let verdicts = [
        verdict("", "acme", &[FRANKFURT, REGIONAL]),
        verdict("account_id = \"1\"", "acme", &[FRANKFURT, REGIONAL]),
        verdict("", whole, &[FRANKFURT]),
        verdict("", whole, &[FRANKFURT, "namespace = \"global\""]),
        verdict("", "acme-an", &[FRANKFURT]),
        verdict(ACCOUNT, "acme-an", &[FRANKFURT, REGIONAL]),
        verdict("", whole, &["region = \"eu-west-1\"", REGIONAL]),
        verdict("account_id = \"444455556666\"", whole, &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, &too_long, &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, "Acme_1", &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, "", &[FRANKFURT, REGIONAL]),
        verdict(ACCOUNT, "acme", &["region = \"me-south-1\"", REGIONAL]),
        verdict("", "acme-111122223333-me-central-1-an", &["region = \"me-central-1\"", REGIONAL]),
        verdict("", "acme", &[FRANKFURT, "namespace = \"account_regional\""]),
        verdict("", "acme", &[FRANKFURT, "namespace = true"]),
    ];
    insta::assert_snapshot!(verdicts.join("\n"), @r#"
    gatepass.toml:5: bucket.namespace = "account-regional" needs account_id, which is a part of the bucket's name
      hint: set account_id at the top of the file, or write the whole name, PREFIX-ACCOUNT-REGION-an, in bucket.name
    gatepass.toml:1: account_id = "1" is not an AWS account id
      hint: write its 12 digits as a string, e.g. "111122223333"
    gatepass.toml:3: bucket.name = "acme-111122223333-eu-central-1-an" is a name in an account regional namespace, and bucket.namespace is "global"
      hint: set namespace = "account-regional" under [bucket]
    gatepass.toml:3: bucket.name = "acme-111122223333-eu-central-1-an" is a name in an account regional namespace, and bucket.namespace is "global"
      hint: set namespace = "account-regional" under [bucket]
    gatepass.toml:3: bucket.name = "acme-an" ends with "-an", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an
      hint: choose another ending, or write only the prefix and set namespace = "account-regional" under [bucket]
    gatepass.toml:3: bucket.name = "acme-an" ends with "-an", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an
      hint: write only the prefix, or the whole name
    gatepass.toml:3: bucket.name = "acme-111122223333-eu-central-1-an" has the region eu-central-1 in it, and bucket.region is "eu-west-1"
      hint: write only the prefix, "acme", or correct bucket.region
    gatepass.toml:3: bucket.name = "acme-111122223333-eu-central-1-an" has the account 111122223333 in it, and account_id is "444455556666"
      hint: write only the prefix, "acme", or correct account_id
    gatepass.toml:3: bucket.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" makes a bucket name of 64 characters with "-111122223333-eu-central-1-an", and a bucket name has at most 63
      hint: shorten it to at most 34 characters
    gatepass.toml:3: bucket.name = "Acme_1" has 'A' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
      hint: write "acme-1-111122223333-eu-central-1-an"
    gatepass.toml:3: bucket.name = "" is empty
      hint: write the part of the bucket's name before the account
    gatepass.toml:5: bucket.namespace = "account-regional" is not available in bucket.region = "me-south-1"
      hint: set namespace = "global", or choose another region
    gatepass.toml:5: bucket.namespace = "account-regional" is not available in bucket.region = "me-central-1"
      hint: set namespace = "global", or choose another region
    gatepass.toml:5: bucket.namespace = "account_regional" is not a value of this field
      hint: did you mean "account-regional"?
    gatepass.toml:5: bucket.namespace = true is a boolean, not a string
    "#);
}

/// What the name states counts for the other fields as if account_id stated it.
#[test]
fn the_account_of_the_name_is_the_account() {
    let text = contract(
        "",
        &format!("name = \"acme-111122223333-eu-central-1-an\"\n{FRANKFURT}\n{REGIONAL}"),
    );
    insta::assert_snapshot!(refusal(&format!("{text}\n[role]\npermissions_boundary = \"arn:aws:iam::444455556666:policy/edge\"\n")), @r#"
    gatepass.toml:16: role.permissions_boundary = "arn:aws:iam::444455556666:policy/edge" is a policy of the account 444455556666, and the role will be in 111122223333
      hint: IAM takes only a policy of the role's own account, or one of AWS's
    "#);
}

#[test]
fn overrides_of_an_account_regional_name() {
    let flag = |name: &'static str, value: &str| {
        Some(Sourced { value: value.to_owned(), source: Source::Flag(name) })
    };
    let text = contract("", &format!("name = \"acme\"\n{FRANKFURT}\n{REGIONAL}"));
    let overrides = Overrides {
        account_id: flag("--account-id", "444455556666"),
        region: flag("--region", "eu-west-1"),
        ..Overrides::default()
    };
    let parsed = Contract::parse(&text, "gatepass.toml", &overrides).unwrap();
    assert_eq!(parsed.bucket.name.as_str(), "acme-444455556666-eu-west-1-an");
    let other = Overrides {
        bucket_name: flag("--bucket", "acme-111122223333-eu-central-1-an"),
        ..overrides
    };
    insta::assert_snapshot!(refusal_with(&text, &other), @r#"
    flag --bucket: bucket.name = "acme-111122223333-eu-central-1-an" has the region eu-central-1 in it, and bucket.region is "eu-west-1"
      hint: write only the prefix, "acme", or correct bucket.region
    "#);
}
