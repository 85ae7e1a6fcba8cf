//! What is asked about: told apart by its form, and read from where it is.

use std::io::Read as _;

use anyhow::Context as _;

use super::{ExplainArgs, wrong};
use crate::cli::print;
use crate::explain::presigned::{S3Answer, SignedUrl};
use crate::redact;

/// What is asked about.
pub(super) enum Question {
    Action(String),
    Url(SignedUrl),
    Answer(S3Answer, Option<SignedUrl>),
}

/// An answer of S3's is a few kilobytes, and a URL is less.
const MOST: u64 = 1 << 20;
const INPUT: &str = "-";

pub(super) fn read(args: &ExplainArgs) -> anyhow::Result<Question> {
    let what = args.what.as_deref();
    if let Some(file) = &args.answer {
        if file == INPUT && what == Some(INPUT) {
            return Err(print::hinted(
                anyhow::anyhow!("URL and answer cannot both come from standard input"),
                "write one of them into a file",
            ));
        }
        let answer = if file == INPUT { standard_input()? } else { from_file(file)? };
        let answer = S3Answer::parse(&answer)
            .map_err(|invalid| wrong(&format!("--answer {file}"), invalid))?;
        return Ok(Question::Answer(answer, what.map(url_of).transpose()?));
    }
    match what.unwrap_or_default() {
        INPUT => {
            let text = standard_input()?;
            if text.contains("<Error>") {
                let answer =
                    S3Answer::parse(&text).map_err(|invalid| wrong("standard input", invalid))?;
                return Ok(Question::Answer(answer, None));
            }
            Ok(Question::Url(parse(&text)?))
        }
        text if SignedUrl::is_meant(text) => Ok(Question::Url(parse(text)?)),
        text => Ok(Question::Action(text.to_owned())),
    }
}

fn url_of(text: &str) -> anyhow::Result<SignedUrl> {
    if text == INPUT { parse(&standard_input()?) } else { parse(text) }
}

/// A URL is a right, so what is wrong with it is said without repeating it.
fn parse(text: &str) -> anyhow::Result<SignedUrl> {
    SignedUrl::parse(text).map_err(|invalid| wrong("the URL", invalid))
}

fn standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(MOST).read_to_string(&mut text).context("reading standard input")?;
    redact::given(&text);
    Ok(text)
}

fn from_file(path: &str) -> anyhow::Result<String> {
    let reading = || format!("reading S3's answer from {path}");
    let mut text = String::new();
    std::fs::File::open(path)
        .with_context(reading)?
        .take(MOST)
        .read_to_string(&mut text)
        .with_context(reading)?;
    redact::given(&text);
    Ok(text)
}
