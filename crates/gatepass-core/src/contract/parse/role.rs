//! `[role]`

use super::super::{Role, RoleName, RolePath, SessionDuration, Trust};
use super::Ground;
use super::bucket::tags;
use super::problems::{At, Reported};
use super::table::{ReadOption, Setting, Table, known};
use super::value::{span, text};
use iam_policy::{AccountId, Invalid, Partition, PolicyArn, PrincipalArn};

pub(super) fn read(table: &Table<'_>, ground: &Ground) -> Result<Role, Reported> {
    let name = name(table, ground);
    let path = table.field("path").optional(text(RolePath::parse));
    let description = table.field("description").optional(text(description));
    let max_session_duration = table
        .field("max_session_duration")
        .or(SessionDuration::DEFAULT, span(SessionDuration::parse));
    let permissions_boundary = table.field("permissions_boundary").optional(text(PolicyArn::parse));
    if let Ok(Some(boundary)) = &permissions_boundary {
        check_boundary(table, boundary, ground);
    }
    let trust = trusts(table, ground);
    let tags = tags(&table.table("tags"));
    table.finish();
    let (description, max_session_duration) = (description?, max_session_duration?);
    Ok(Role {
        name: name?,
        path: path?.map_or_else(RolePath::default, |setting| setting.value),
        states_description: description.is_some(),
        description: match description {
            Some(description) => description.value,
            None => format!(
                "Signs uploads into the bucket {} (gatepass)",
                known(&ground.bucket_name)?.value
            ),
        },
        states_max_session_duration: max_session_duration.is_stated(),
        max_session_duration: max_session_duration.value,
        permissions_boundary: permissions_boundary?.map(|setting| setting.value),
        trust: trust?,
        tags: tags?,
    })
}

fn name(table: &Table<'_>, ground: &Ground) -> Result<RoleName, Reported> {
    if let Some(name) = table.field("name").optional(text(RoleName::parse))? {
        return Ok(name.value);
    }
    let bucket = known(&ground.bucket_name)?;
    // a role belongs to an account, so that its name needs the region only; this always fits
    let beginning = match bucket.value.account_regional() {
        Some(own) => format!("{}-{}", own.prefix, own.region),
        None => bucket.value.to_string(),
    };
    RoleName::parse(&format!("{beginning}-presigner")).map_err(|_| {
        let problem =
            format!("is too long for the role's name to be made of it (\"…-presigner\", at most {} characters)", RoleName::MAX_LENGTH);
        table.problems.report_unless_guess(&bucket.at, Invalid::new(problem).hint("write name = \"…\" under [role]"))
    })
}

/// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
fn description(text: &str) -> Result<String, Invalid> {
    if text.chars().count() > 1000 {
        return Err(Invalid::new("is longer than 1000 characters"));
    }
    match text.chars().find(|c| !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}'))
    {
        Some(other) => Err(Invalid::new(format!(
            "has {other:?} in it; IAM takes the characters of Latin-1 here"
        ))),
        None => Ok(text.to_owned()),
    }
}

fn check_boundary(table: &Table<'_>, boundary: &Setting<PolicyArn>, ground: &Ground) {
    check_partition(table, &boundary.at, boundary.value.partition(), ground);
    if let (Some(owner), Ok(Some(account))) = (boundary.value.account_id(), &ground.account_id)
        && *owner != account.value
    {
        let problem = format!(
            "is a policy of the account {owner}, and the role will be in {}",
            account.value
        );
        table.problems.report(
            &boundary.at,
            Invalid::new(problem)
                .hint("IAM takes only a policy of the role's own account, or one of AWS's"),
        );
    }
}

fn check_partition(table: &Table<'_>, at: &At, partition: Partition, ground: &Ground) {
    if let Ok(region) = &ground.region
        && partition != region.value.partition()
    {
        let own = region.value.partition();
        let problem = format!(
            "is in the partition {partition}, and the bucket's region {} is in {own}",
            region.value
        );
        table.problems.report(at, Invalid::new(problem).hint(format!("write arn:{own}:…")));
    }
}

fn trusts(table: &Table<'_>, ground: &Ground) -> Result<Vec<Trust>, Reported> {
    let tables = table.tables("trust")?;
    if tables.is_empty() {
        let at = At { field: "role.trust".to_owned(), ..table.at() };
        let hint = "say who may assume the role, e.g. [[role.trust]] and below it service = \"ecs-tasks.amazonaws.com\"";
        return Err(table.problems.report_unless_guess(&at, Invalid::new("is missing").hint(hint)));
    }
    let mut wrong = None;
    let mut trusts = Vec::new();
    for table in &tables {
        match trust(table, ground) {
            Ok(trust) if trusts.contains(&trust) => {
                wrong = Some(
                    table.problems.report(
                        &table.at(),
                        Invalid::new("says again what another [[role.trust]] says")
                            .hint("leave it out"),
                    ),
                );
            }
            Ok(trust) => trusts.push(trust),
            Err(reported) => wrong = Some(reported),
        }
    }
    wrong.map_or(Ok(trusts), Err)
}

/// The value of `principal`.
enum Principal {
    SameAccount,
    Account(AccountId),
    Arn(PrincipalArn),
}

fn trust(table: &Table<'_>, ground: &Ground) -> Result<Trust, Reported> {
    let service = table.field("service").optional(text(service));
    let principal = table.field("principal").optional(text(principal));
    let external_id = table.field("external_id").optional(text(external_id));
    table.finish();

    if let (Ok(Some(_)), Ok(Some(external_id))) = (&service, &external_id) {
        let refused =
            Invalid::new("stands beside a service, and AWS's services present no external id")
                .hint("leave it out");
        table.problems.report(&external_id.at, refused);
    }
    match (service?, principal?) {
        (Some(_), Some(principal)) => {
            let refused =
                Invalid::new("stands beside a service").hint("write two [[role.trust]] tables");
            Err(table.problems.report(&principal.at, refused))
        }
        (Some(service), None) => Ok(match service.value {
            Service::EcsTasks => Trust::EcsTasks,
            Service::Ec2 => Trust::Ec2,
            Service::Lambda => Trust::Lambda,
        }),
        (None, Some(principal)) => of_principal(table, principal, external_id, ground),
        (None, None) => {
            let refused = Invalid::new("names nobody")
                .hint("write service = \"ecs-tasks.amazonaws.com\" or principal = \"account\"");
            Err(table.problems.report_unless_guess(&table.at(), refused))
        }
    }
}

enum Service {
    EcsTasks,
    Ec2,
    Lambda,
}

/// The services that a presigner runs in.
fn service(text: &str) -> Result<Service, Invalid> {
    match text {
        "ecs-tasks.amazonaws.com" => Ok(Service::EcsTasks),
        "ec2.amazonaws.com" => Ok(Service::Ec2),
        "lambda.amazonaws.com" => Ok(Service::Lambda),
        _ => Err(Invalid::new("is not a service that gatepass writes trust for").hint(
            "write \"ecs-tasks.amazonaws.com\", \"ec2.amazonaws.com\" or \"lambda.amazonaws.com\"",
        )),
    }
}

fn of_principal(
    table: &Table<'_>,
    principal: Setting<Principal>,
    external_id: ReadOption<String>,
    ground: &Ground,
) -> Result<Trust, Reported> {
    if let Principal::Arn(arn) = &principal.value {
        check_partition(table, &principal.at, arn.partition(), ground);
    }
    let external_id = external_id?.map(|setting| setting.value);
    Ok(match principal.value {
        Principal::SameAccount => Trust::SameAccount { external_id },
        Principal::Arn(principal) => Trust::Principal { principal, external_id },
        Principal::Account(account) => {
            let partition = known(&ground.region)?.value.partition();
            Trust::Principal {
                principal: PrincipalArn::account_root(partition, &account),
                external_id,
            }
        }
    })
}

fn principal(text: &str) -> Result<Principal, Invalid> {
    match text {
        "account" => Ok(Principal::SameAccount),
        "*" => Err(Invalid::new("lets every AWS account assume the role")
            .hint("write \"account\" for the bucket's own account, or name a principal")),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            AccountId::parse(text).map(Principal::Account)
        }
        _ if text.ends_with(".amazonaws.com") => {
            Err(Invalid::new("is a service").hint(format!("write service = {text:?}")))
        }
        _ => PrincipalArn::parse(text).map(Principal::Arn),
    }
}

/// See <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
fn external_id(text: &str) -> Result<String, Invalid> {
    if !(2..=1224).contains(&text.len()) {
        return Err(Invalid::new(format!(
            "has a length of {}, and an external id has 2 to 1224 characters",
            text.len()
        )));
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"_+=,.@:/-".contains(*c)) {
        Some(other) => Err(Invalid::new(format!(
            "has {other:?} in an external id, which is made of letters, digits and _+=,.@:/-"
        ))),
        None => Ok(text.to_owned()),
    }
}
