//! Which keys a contract's uploads can have.

use crate::contract::{KeyPart, KeyTemplate, Subject};

use super::Refusal;
use super::encode::{Kind, kind};

const EXTENSION: Kind = kind(b"abcdefghijklmnopqrstuvwxyz0123456789");
const NAME: Kind = kind(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

/// Whether a key can be one that the template made, for this subject where keys name who asks.
///
/// # Errors
/// [`Refusal::SubjectMissing`]
pub(super) fn fits(
    template: &KeyTemplate,
    key: &str,
    subject: Option<&Subject>,
) -> Result<bool, Refusal> {
    let key = key.as_bytes();
    // Where what was looked at so far can end. A name can end at several places, and what follows says at which.
    let mut ends = vec![0];
    for part in template.parts() {
        let segment = match part {
            KeyPart::Subject => subject.ok_or(Refusal::SubjectMissing)?.key_segment(),
            KeyPart::Literal(text) => text,
            _ => "",
        };
        let mut next: Vec<usize> = ends
            .into_iter()
            .flat_map(|start| {
                let rest = &key[start..];
                let lengths = match part {
                    KeyPart::Literal(_) | KeyPart::Subject => {
                        of_one_length(rest.starts_with(segment.as_bytes()), segment.len())
                    }
                    KeyPart::Uuid => of_one_length(
                        is_like(rest, b"hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"),
                        part.max_bytes(),
                    ),
                    KeyPart::Date => of_one_length(is_like(rest, b"dddd-dd-dd"), part.max_bytes()),
                    KeyPart::Ext => 1..=run(rest, part.max_bytes(), &EXTENSION),
                    KeyPart::Subtype | KeyPart::Filename => 1..=name(rest, part.max_bytes()),
                };
                lengths.map(move |length| start + length)
            })
            .collect();
        next.sort_unstable();
        next.dedup();
        ends = next;
    }
    Ok(ends.contains(&key.len()))
}

type Lengths = std::ops::RangeInclusive<usize>;

#[allow(clippy::reversed_empty_ranges)]
fn of_one_length(fits: bool, length: usize) -> Lengths {
    if fits { length..=length } else { 1..=0 }
}

/// Whether it begins with lower-case hexadecimal digits (`h`), decimal digits (`d`) and other characters as in the pattern.
fn is_like(rest: &[u8], pattern: &[u8]) -> bool {
    rest.len() >= pattern.len()
        && pattern.iter().zip(rest).all(|(wanted, byte)| match wanted {
            b'h' => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            b'd' => byte.is_ascii_digit(),
            wanted => wanted == byte,
        })
}

/// How many of its first `max` bytes are of a kind, before the first one that is not.
fn run(rest: &[u8], max: usize, kind: &Kind) -> usize {
    rest.iter().take(max).take_while(|byte| kind[usize::from(**byte)]).count()
}

/// The longest name made safe that it can begin with: none begins with a dot, and none has two in a row.
fn name(rest: &[u8], max: usize) -> usize {
    let length = run(rest, max, &NAME);
    if rest.starts_with(b".") {
        return 0;
    }
    rest[..length].windows(2).position(|pair| pair == b"..").map_or(length, |dots| dots + 1)
}
