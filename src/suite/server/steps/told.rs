//! What answers say of a key: who holds it, and what it is proved and derived with. The descriptor, the history, a
//! rotation and a version each say it, and each may leave a part of it out. What they do say has to be the same.

use serde_json::{Value, json};

use crate::contract::custody::Custody;
use crate::harness::Judged;
use crate::suite::server::key::ClientKey;
use crate::suite::server::wire::Reply;

const MEMBERS: [&str; 5] =
    ["managed", "is_active", "key_check", "key_check_salt", "key_check_iterations"];

/// What a client has established, as answers say it.
pub(crate) fn established(key: &ClientKey) -> Value {
    let mut known = json!(key.proof);
    known["managed"] = json!(Custody::Client.name());
    known
}

/// An answer says nothing else of a key than what is known of it.
pub(crate) fn says_the_same(reply: &Reply, what: &str, said: &Value, known: &Value) -> Judged {
    let differs = |name: &&&str| {
        let (said, known) = (&said[**name], &known[**name]);
        !said.is_null() && !known.is_null() && said != known
    };
    match MEMBERS.iter().find(differs) {
        None => Ok(()),
        Some(name) => {
            Err(reply.mismatch(what, format!("{name} as it was made, if any"), "another value"))
        }
    }
}
