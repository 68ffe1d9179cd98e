//! A register with compare-and-set, and random histories of it: what was really done, and what was made of it.

use std::time::Duration;

use keyproof::suite::server::history::search::{Call, Model};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use serde_json::{Value, json};

/// The register, which holds 0 at first.
pub(crate) struct Register;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    Read,
    Write(u8),
    CompareAndSet { before: u8, value: u8 },
}

/// What a read found, or whether a compare-and-set did anything: 0 or 1. A write has none.
pub(crate) type Answer = u8;

pub(crate) type RegisterCall = Call<Ask, Answer>;

impl Model for Register {
    type State = u8;
    type Operation = Ask;
    type Answer = Answer;

    fn step(&self, held: &u8, ask: &Ask, answer: Option<&Answer>) -> Vec<u8> {
        let (answered, after) = perform(*held, *ask);
        let fits = answer.is_none_or(|answer| *answer == answered);
        if fits { vec![after] } else { Vec::new() }
    }
}

/// The answer of an operation, and what the register holds after it.
fn perform(held: u8, ask: Ask) -> (Answer, u8) {
    match ask {
        Ask::Read => (held, held),
        Ask::Write(value) => (0, value),
        Ask::CompareAndSet { before, value } if before == held => (1, value),
        Ask::CompareAndSet { .. } => (0, held),
    }
}

/// A history that a right register gives: each operation takes effect at a time of its own, and its interval is around
/// it. Some answers are lost, and some of these operations never took effect.
pub(crate) fn history(draws: &mut ChaCha8Rng) -> Vec<RegisterCall> {
    let count = 3 + below(draws, 10);
    let mut held = 0;
    let mut calls = Vec::new();
    for number in 0..count {
        let ask = match below(draws, 3) {
            0 => Ask::Read,
            1 => Ask::Write(value(draws)),
            _ => Ask::CompareAndSet { before: value(draws), value: value(draws) },
        };
        let effect = 100 + 10 * u64::from(number);
        let sent = effect - u64::from(below(draws, 25));
        let is_lost = below(draws, 8) == 0;
        if is_lost && below(draws, 2) == 0 {
            calls.push(Call::lost(ask, Duration::from_millis(sent)));
            continue;
        }
        let (answer, after) = perform(held, ask);
        held = after;
        let sent = Duration::from_millis(sent);
        let end = Duration::from_millis(effect + u64::from(below(draws, 25)));
        calls.push(if is_lost {
            Call::lost(ask, sent)
        } else {
            Call::answered(ask, sent, end, answer)
        });
    }
    calls
}

/// Makes another answer, or another time, of one call.
pub(crate) fn corrupt(calls: &mut [RegisterCall], draws: &mut ChaCha8Rng) {
    let which = below(draws, calls.len() as u8);
    let shift = u64::from(below(draws, 90));
    let call = &mut calls[usize::from(which)];
    let Some((end, answer)) = &mut call.answer else {
        call.sent += Duration::from_millis(shift);
        return;
    };
    match (call.operation, below(draws, 2)) {
        (Ask::Read, 0) => *answer = (*answer + 1) % VALUES,
        (Ask::CompareAndSet { .. }, 0) => *answer = 1 - *answer,
        _ => {
            call.sent += Duration::from_millis(shift);
            *end += Duration::from_millis(shift);
        }
    }
}

/// As the program in `porcupine/` reads it.
pub(crate) fn line(calls: &[RegisterCall]) -> String {
    let calls = calls.iter().map(|call| {
        let mut line = match call.operation {
            Ask::Read => json!({"ask": "read"}),
            Ask::Write(value) => json!({"ask": "write", "value": value}),
            Ask::CompareAndSet { before, value } => {
                json!({"ask": "compare-and-set", "before": before, "value": value})
            }
        };
        line["sent"] = json!(call.sent.as_millis());
        if let Some((end, answer)) = &call.answer {
            line["end"] = json!(end.as_millis());
            line["answer"] = json!(answer);
        }
        line
    });
    Value::Array(calls.collect()).to_string()
}

/// Few, so that a compare-and-set often finds what it looks for, and a read is often explained by another write.
const VALUES: u8 = 3;

fn value(draws: &mut ChaCha8Rng) -> u8 {
    below(draws, VALUES)
}

fn below(draws: &mut ChaCha8Rng, end: u8) -> u8 {
    (draws.next_u32() % u32::from(end)) as u8
}
