//! What the mock answers and keeps, through its public builder and over HTTP: one module a topic,
//! one claim a test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod api_keys;
mod aside;
mod bodies;
mod client_rotation;
mod client_sequences;
mod clock;
mod content;
mod control;
mod control_token;
mod cors;
mod deletion;
mod durable;
mod envelope;
mod fixtures;
mod hammer;
mod hang_up;
mod history;
mod hosts;
mod interrupted;
mod journal;
mod killed;
mod lenient;
mod limits;
mod listen;
mod merging;
mod openapi;
mod order;
mod own;
mod parent;
mod passphrases;
mod pending;
mod places;
mod process;
mod proof;
mod reproducible;
mod restore;
mod retention;
mod seed;
mod server_rotation;
mod shapes;
mod steering;
mod submit;
mod support;
mod tenants;
mod unwritable;
mod witness;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    // Tests have HTTP clients of their own, before the suite has its first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut trials: Vec<Trial> = Vec::new();
    trials.extend(access::trials());
    trials.extend(api_keys::trials());
    trials.extend(aside::trials());
    trials.extend(bodies::trials());
    trials.extend(client_rotation::trials());
    trials.extend(client_sequences::trials());
    trials.extend(clock::trials());
    trials.extend(content::trials());
    trials.extend(control::trials());
    trials.extend(control_token::trials());
    trials.extend(cors::trials());
    trials.extend(deletion::trials());
    trials.extend(envelope::trials());
    trials.extend(hammer::trials());
    trials.extend(hang_up::trials());
    trials.extend(history::trials());
    trials.extend(hosts::trials());
    trials.extend(interrupted::trials());
    trials.extend(durable::trials());
    trials.extend(fixtures::trials());
    trials.extend(killed::trials());
    trials.extend(journal::trials());
    trials.extend(lenient::trials());
    trials.extend(limits::trials());
    trials.extend(listen::trials());
    trials.extend(merging::trials());
    trials.extend(openapi::trials());
    trials.extend(order::trials());
    trials.extend(parent::trials());
    trials.extend(passphrases::trials());
    trials.extend(pending::trials());
    trials.extend(places::trials());
    trials.extend(process::trials());
    trials.extend(proof::trials());
    trials.extend(reproducible::trials());
    trials.extend(restore::trials());
    trials.extend(retention::trials());
    trials.extend(seed::trials());
    trials.extend(server_rotation::trials());
    trials.extend(shapes::trials());
    trials.extend(steering::trials());
    trials.extend(submit::trials());
    trials.extend(tenants::trials());
    trials.extend(unwritable::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
