//! `name` and `namespace` of `[bucket]`

use super::table::{Read, ReadOption, Setting, Table, known};
use super::value::choice;
use iam_policy::{AccountId, AccountRegionalName, BucketName, Invalid, Region};

/// Namespace in which a bucket's name has to be unique.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Global,
    AccountRegional,
}

/// Regions without account regional namespaces: Bahrain and the United Arab Emirates.
const WITHOUT_ACCOUNT_REGIONAL: [&str; 2] = ["me-south-1", "me-central-1"];

/// Makes the bucket's whole name of `name` as stated.
pub(super) fn read(
    table: &Table<'_>,
    stated_name: Read<String>,
    account_id: &ReadOption<AccountId>,
    region: &Read<Region>,
) -> Read<BucketName> {
    let namespace = table.field("namespace").or(
        Namespace::Global,
        choice(&[("global", Namespace::Global), ("account-regional", Namespace::AccountRegional)]),
    );
    let name = stated_name?;
    let namespace = namespace?;
    let value = match namespace.value {
        Namespace::Global => {
            global(&name.value).map_err(|invalid| table.problems.report(&name.at, invalid))
        }
        Namespace::AccountRegional => {
            let region = &known(region)?.value;
            if WITHOUT_ACCOUNT_REGIONAL.contains(&region.as_str()) {
                let refused =
                    Invalid::new(format!("is not available in bucket.region = \"{region}\""));
                return Err(table.problems.report(
                    &namespace.at,
                    refused.hint("set namespace = \"global\", or choose another region"),
                ));
            }
            let account_id = account_id
                .as_ref()
                .map_err(|reported| *reported)?
                .as_ref()
                .map(|setting| &setting.value);
            if name.value.ends_with(AccountRegionalName::SUFFIX) {
                whole(&name.value, account_id, region)
                    .map_err(|invalid| table.problems.report(&name.at, invalid))
            } else if let Some(account_id) = account_id {
                BucketName::in_account_regional_namespace(&name.value, account_id, region)
                    .map_err(|invalid| table.problems.report(&name.at, invalid))
            } else {
                let refused = Invalid::new("needs account_id, which is a part of the bucket's name")
                    .hint("set account_id at the top of the file, or write the whole name, PREFIX-ACCOUNT-REGION-an, in bucket.name");
                Err(table.problems.report_unless_guess(&namespace.at, refused))
            }
        }
    };
    Ok(Setting { value: value?, at: name.at })
}

/// The account that a name in an account regional namespace states.
pub(super) fn account_id(name: &Read<BucketName>) -> Option<Setting<AccountId>> {
    let name = name.as_ref().ok()?;
    Some(Setting { value: name.value.account_regional()?.account, at: name.at.clone() })
}

fn global(name: &str) -> Result<BucketName, Invalid> {
    let hint = "set namespace = \"account-regional\" under [bucket]";
    match BucketName::parse(name) {
        Ok(name) if name.account_regional().is_some() => Err(Invalid::new(
            "is a name in an account regional namespace, and bucket.namespace is \"global\"",
        )
        .hint(hint)),
        Err(invalid) if invalid.hint.is_none() && name.ends_with(AccountRegionalName::SUFFIX) => {
            Err(invalid.hint(format!("choose another ending, or write only the prefix and {hint}")))
        }
        parsed => parsed,
    }
}

fn whole(
    name: &str,
    account_id: Option<&AccountId>,
    region: &Region,
) -> Result<BucketName, Invalid> {
    let parsed = BucketName::parse(name).map_err(|invalid| {
        if invalid.hint.is_none() {
            invalid.hint("write only the prefix, or the whole name")
        } else {
            invalid
        }
    })?;
    if let Some(own) = parsed.account_regional() {
        if own.region != *region {
            let problem =
                format!("has the region {} in it, and bucket.region is \"{region}\"", own.region);
            return Err(Invalid::new(problem).hint(format!(
                "write only the prefix, {:?}, or correct bucket.region",
                own.prefix
            )));
        }
        if let Some(account_id) = account_id
            && own.account != *account_id
        {
            let problem = format!(
                "has the account {} in it, and account_id is \"{account_id}\"",
                own.account
            );
            return Err(Invalid::new(problem)
                .hint(format!("write only the prefix, {:?}, or correct account_id", own.prefix)));
        }
    }
    Ok(parsed)
}
