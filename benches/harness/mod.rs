//! Measuring ratios: every case runs in turn, round after round, so that a noisy neighbour hits all of them alike.

// each benchmark uses a part of it
#![allow(dead_code)]

use std::time::{Duration, Instant};

/// What one round of one case should take at least: enough for the clock, and little enough that most rounds are over
/// before the operating system lets somebody else run.
const ROUND: Duration = Duration::from_micros(200);
const ROUNDS: usize = 1001;

/// One thing to measure.
pub(crate) struct Case<'a> {
    name: &'a str,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    /// `run` is one unit of the work; it must not let the compiler drop its result (`std::hint::black_box`).
    pub(crate) fn new(name: &'a str, run: impl FnMut() + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }

    fn time(&mut self, repetitions: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..repetitions {
            (self.run)();
        }
        start.elapsed()
    }

    /// How often to repeat so that one round takes long enough for the clock.
    fn repetitions(&mut self) -> u32 {
        let mut repetitions = 1;
        while self.time(repetitions) < ROUND {
            repetitions *= 2;
        }
        repetitions
    }
}

/// A case with its time for one unit of the work, in nanoseconds.
pub(crate) struct Measured<'a> {
    pub(crate) name: &'a str,
    pub(crate) median: f64,
    pub(crate) least: f64,
}

impl<'a> Measured<'a> {
    /// Sums up one time per round, in nanoseconds; at least one.
    pub(crate) fn of(name: &'a str, mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self { name, median: times[times.len() / 2], least: times[0] }
    }
}

/// In what times are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    Nanoseconds,
    Milliseconds,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Milliseconds => "ms",
        }
    }

    fn of(self, nanoseconds: f64) -> String {
        match self {
            Self::Nanoseconds => format!("{nanoseconds:.0}"),
            Self::Milliseconds => format!("{:.1}", nanoseconds / 1e6),
        }
    }
}

/// Measures all cases in interleaved rounds.
pub(crate) fn measure(mut cases: Vec<Case<'_>>) -> Vec<Measured<'_>> {
    let repetitions: Vec<u32> = cases.iter_mut().map(Case::repetitions).collect();
    let mut rounds = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for _ in 0..ROUNDS {
        for ((case, &repetitions), times) in cases.iter_mut().zip(&repetitions).zip(&mut rounds) {
            times.push(case.time(repetitions).as_secs_f64() * 1e9 / f64::from(repetitions));
        }
    }
    cases.iter().zip(rounds).map(|(case, times)| Measured::of(case.name, times)).collect()
}

/// Prints a Markdown table: times, and each median as a multiple of the cases at these places.
pub(crate) fn print_table(unit: Unit, measured: &[Measured<'_>], multiples_of: &[(&str, usize)]) {
    let mut head = format!("| | {0} (median) | {0} (least) |", unit.name());
    let mut line = String::from("|---|---:|---:|");
    for (name, _) in multiples_of {
        head += &format!(" × {name} |");
        line += "---:|";
    }
    anstream::println!("{head}\n{line}");
    for Measured { name, median, least } in measured {
        let mut row = format!("| {name} | {} | {} |", unit.of(*median), unit.of(*least));
        for (_, place) in multiples_of {
            row += &format!(" {:.2} |", median / measured[*place].median);
        }
        anstream::println!("{row}");
    }
}
