//! What the mock answers and keeps, through its public builder and over HTTP: one module a topic,
//! one claim a test.

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
mod misbehaviour;
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
pub(crate) mod support;
mod tenants;
mod unwritable;
mod witness;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        access::trials(),
        api_keys::trials(),
        aside::trials(),
        bodies::trials(),
        client_rotation::trials(),
        client_sequences::trials(),
        clock::trials(),
        content::trials(),
        control::trials(),
        control_token::trials(),
        cors::trials(),
        deletion::trials(),
        envelope::trials(),
        hammer::trials(),
        hang_up::trials(),
        history::trials(),
        hosts::trials(),
        interrupted::trials(),
        durable::trials(),
        fixtures::trials(),
        killed::trials(),
        journal::trials(),
        lenient::trials(),
        limits::trials(),
        listen::trials(),
        merging::trials(),
        misbehaviour::trials(),
        openapi::trials(),
        order::trials(),
        parent::trials(),
        passphrases::trials(),
        pending::trials(),
        places::trials(),
        process::trials(),
        proof::trials(),
        reproducible::trials(),
        restore::trials(),
        retention::trials(),
        seed::trials(),
        server_rotation::trials(),
        shapes::trials(),
        steering::trials(),
        submit::trials(),
        tenants::trials(),
        unwritable::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
