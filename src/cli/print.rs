//! Data to standard output, everything else to standard error.

use std::fmt;
use std::process::ExitCode;
use std::sync::mpsc;

use crate::aws::AwsError;
use crate::redact;

use super::log;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it the choice of the whole process.
    pub(super) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// An error with a way out, which [`failure`] prints on a line of its own.
#[derive(Debug)]
struct Hinted {
    error: anyhow::Error,
    hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}\n  hint: {}", self.error, self.hint)
    }
}

impl std::error::Error for Hinted {}

/// Adds the way out to an error.
pub(super) fn hinted(error: anyhow::Error, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Hinted { error, hint: hint.into() })
}

/// An error of AWS with its way out.
pub(super) fn aws(error: AwsError) -> anyhow::Error {
    match error.hint().map(str::to_owned) {
        Some(hint) => hinted(error.into(), hint),
        None => error.into(),
    }
}

/// Prints an error with its causes and says that the command failed.
pub(super) fn failure(error: &anyhow::Error) -> ExitCode {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let text = format!("{style}error{style:#}: {}", redact::masked(&format!("{error:#}")));
    if log::is_started() {
        // a server ends although nobody reads its standard error
        let (printed, is_printed) = mpsc::channel();
        std::thread::spawn(move || {
            anstream::eprintln!("{text}");
            // the process has not waited for it
            let _ = printed.send(());
        });
        let _ = is_printed.recv_timeout(log::PATIENCE);
    } else {
        anstream::eprintln!("{text}");
    }
    ExitCode::FAILURE
}

/// Prints what clap says: of a wrong command line, which it repeats, without secrets.
pub(super) fn usage(error: &clap::Error) -> std::io::Result<()> {
    if !error.use_stderr() {
        return error.print();
    }
    anstream::eprint!("{}", redact::masked(&error.render().ansi().to_string()));
    Ok(())
}

/// Prints a line to standard output, without secrets.
macro_rules! outln {
    ($($argument:tt)*) => { anstream::println!("{}", crate::redact::masked(&format!($($argument)*))) };
}

/// The same to standard error.
macro_rules! errln {
    ($($argument:tt)*) => { anstream::eprintln!("{}", crate::redact::masked(&format!($($argument)*))) };
}

pub(super) use {errln, outln};
