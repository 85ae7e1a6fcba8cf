//! `gatepass policy check`

use std::collections::BTreeSet;

use super::documents::{self, Rendered};
use crate::cli::{Global, Outcome};
use gatepass_core::policy::check::{
    Actor, Allowed, Check, Circumstance, Guardrail, LetThrough, Missing, Place,
};

/// The flags of `gatepass policy check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// A condition key of every request, such as aws:SourceIp=203.0.113.7, where statements of your own ask about it
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// Everything that was found, as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs, global: &Global) -> anyhow::Result<Outcome> {
    let Rendered { contract, account, documents } = Rendered::of(global)?;
    let check = Check::of(&contract, &account, &documents, documents::context(&args.context)?)?;
    if args.json {
        anstream::println!("{}", serde_json::to_string(&check)?);
    } else {
        print_table(&check);
    }
    documents::say_whose_account(&contract);
    Ok(if check.holds() { Outcome::Done } else { Outcome::SomethingToDo })
}

fn print_table(check: &Check) {
    let bold = anstyle::Style::new().bold();
    let bad = anstyle::AnsiColor::Red.on_default().bold();
    let privileges = &check.privileges;

    anstream::println!("{bold}What {} may do{bold:#}", check.role);
    let width =
        privileges.allowed.iter().map(|allowed| allowed.action.len()).max().unwrap_or_default();
    let mut said = BTreeSet::new();
    for Allowed { action, resource, needed_for, .. } in
        privileges.allowed.iter().filter(|allowed| said.insert(&allowed.action))
    {
        anstream::println!("  {action:width$}  {resource}  for {}", needed_for.unwrap_or_default());
    }
    for Allowed { actor, action, resource, .. } in &privileges.beyond {
        anstream::println!("  {bad}too much{bad:#}  {}: {action} on {resource}", actor.name());
    }
    for Missing { action, resource, circumstance, needed_for, because } in &privileges.missing {
        anstream::println!(
            "  {bad}missing{bad:#}  {action} on {resource}, {circumstance}, for {needed_for}: {because}"
        );
    }
    for LetThrough { circumstance } in &privileges.let_through {
        anstream::println!("  {bad}let through{bad:#}  an upload {circumstance}");
    }
    if !privileges.beyond.iter().any(|allowed| allowed.actor == Actor::WidenedPresigner) {
        anstream::println!(
            "  and no more in this bucket with a policy attached that allows everything"
        );
    }

    anstream::println!(
        "\n{bold}What opens when one statement of the bucket policy is left out{bold:#}"
    );
    let width =
        check.guardrails.iter().map(|guardrail| guardrail.sid.len()).max().unwrap_or_default();
    for guardrail in &check.guardrails {
        let lines = openings(guardrail);
        if lines.is_empty() {
            anstream::println!(
                "  {:width$}  {bad}nothing{bad:#}: what it denies is denied without it",
                guardrail.sid
            );
        }
        for (index, line) in lines.iter().enumerate() {
            let sid = if index == 0 { guardrail.sid.as_str() } else { "" };
            anstream::println!("  {sid:width$}  {line}");
        }
    }
    anstream::eprintln!("{} requests decided.", check.requests);
}

/// One line for each actor; the role's with a wider policy only where that opens more.
fn openings(guardrail: &Guardrail) -> Vec<String> {
    let by = |actor: Actor| guardrail.opens.iter().filter(move |opening| opening.actor == actor);
    let line = |actor: Actor| {
        let actions: BTreeSet<&str> =
            by(actor).flat_map(|opening| opening.actions.iter().map(String::as_str)).collect();
        let actions = match actions.len() {
            0 => return None,
            1..=3 => actions.into_iter().collect::<Vec<_>>().join(", "),
            many => format!("{many} actions"),
        };
        let places: BTreeSet<Place> = by(actor).map(|opening| opening.place).collect();
        let places = if places.contains(&Place::Upload) {
            String::new()
        } else {
            joined(places.into_iter().map(Place::name))
        };
        let circumstances: BTreeSet<&str> =
            by(actor).map(|opening| opening.circumstance.as_str()).collect();
        let is_usual = by(actor).any(|opening| opening.circumstance == Circumstance::USUAL);
        let circumstances =
            if is_usual { String::new() } else { joined(circumstances.into_iter()) };
        Some(format!("{actions}{places}{circumstances}"))
    };
    let presigner = line(Actor::Presigner);
    Actor::ALL
        .into_iter()
        .filter_map(|actor| Some((actor, line(actor)?)))
        .filter(|(actor, line)| {
            *actor != Actor::WidenedPresigner || presigner.as_ref() != Some(line)
        })
        .map(|(actor, line)| format!("{}: {line}", actor.name()))
        .collect()
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!(" {}", words.collect::<Vec<_>>().join(" or "))
}
