//! The smallest change with which a refused request would have got further.

use super::stage::{Passage, Stage, Trace};

/// What would have let a request pass the check that it stopped at. None if it passed all.
pub(super) fn of(trace: &Trace) -> Option<String> {
    let (stage, Passage::Refused { status, reason }) = trace.steps().last()? else {
        return None;
    };
    let change = match stage {
        Stage::Route if *status == 405 => "use one of the methods that Allow lists",
        Stage::Route if *status == 400 => "send one Host header",
        Stage::Route if *status == 403 => {
            "call the mock by localhost or by its address, or start it with --allow-host and the name"
        }
        Stage::Route if *status == 431 => "send fewer or shorter headers",
        Stage::Route => "use a path of the API: /api/v1/{organization}/{project}/...",
        Stage::Preflight => return None,
        Stage::ApiVersion => "send X-API-Version: 1, or no such header",
        Stage::Token => {
            "send Authorization: Bearer with a token of this organization that has not expired"
        }
        Stage::RateLimit => "wait as long as Retry-After says, or start the mock with --limits off",
        Stage::Organization => "put the ULID of the token's own organization into the path",
        Stage::Status => "make the organization active: POST /_mock/plan",
        Stage::Scope => "use a token with the ability that the message names",
        Stage::Project => "name a project, target, environment or version that exists",
        Stage::Custody => "use the endpoint that is for the custody of this project's key",
        Stage::Retention => {
            "name a version that is younger than the plan's retention, or lengthen the retention"
        }
        Stage::Format if *status == 413 => "send a shorter body",
        Stage::Format if *status == 408 => "send the whole body at once",
        Stage::Format if *status == 503 => "wait as long as Retry-After says",
        Stage::Format if reason == "unsupported_content_encoding" => {
            "send the body as it is, without Content-Encoding"
        }
        Stage::Format if *status == 415 => "send Content-Type: application/json",
        Stage::Format => "send a body that is JSON",
        Stage::Body => return Some(format!("put right what the answer names: {reason}")),
        Stage::Held => "wait until the rotation that is in progress has ended",
        Stage::Proof if reason == "key_version_conflict" => {
            "get the descriptor again: the key was rotated; derive the proof with its salt"
        }
        Stage::Proof if reason == "key_proof_required" => {
            "send key_proof, the proof of the project's active key"
        }
        Stage::Proof => {
            "derive key_proof of the active key, with the descriptor's salt and iterations"
        }
        Stage::State if reason == "incomplete_rotation" => {
            "name each current secret of the project exactly once: details says which"
        }
        Stage::State => return Some(format!("put right what the answer names: {reason}")),
    };
    Some(change.to_owned())
}
