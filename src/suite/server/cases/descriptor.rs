//! GET encryption-key.

use std::sync::Arc;

use super::row::{case, probed};
use crate::contract::route::Endpoint::GetEncryptionKey;
use crate::harness::{Case, Judged, Stop};
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::key::ClientKey;
use crate::suite::server::steps::probe::Breaks;
use crate::suite::server::steps::project::create_client_project;
use crate::suite::server::steps::refusal::Reason;
use crate::suite::server::steps::site::{CLIENT_SITE, SERVER_SITE};
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        case("server/descriptor/server-managed", "descriptor-server", server_managed)
            .on(SERVER_SITE),
        case("server/descriptor/client-managed", "descriptor-client", client_managed).writes(),
        case("server/descriptor/proof-never-sent", "descriptor-withholds-proof", proof_never_sent)
            .on(SERVER_SITE)
            .writes(),
        case(
            "server/descriptor/derivation-parameters",
            "descriptor-derivation",
            derivation_parameters,
        )
        .on(SERVER_SITE),
        case("server/descriptor/shape", "descriptor-shape", shape)
            .on(SERVER_SITE)
            .on(CLIENT_SITE)
            .late(),
        probed(
            "server/descriptor/no-token",
            "token-required",
            (GetEncryptionKey, Breaks::NoToken, Reason::Status(401)),
        ),
        probed(
            "server/descriptor/expired-token",
            "token-expires",
            (GetEncryptionKey, Breaks::Expired, Reason::Status(401)),
        ),
        probed(
            "server/descriptor/scope",
            "descriptor-scope",
            (GetEncryptionKey, Breaks::Scope, Reason::Refused),
        ),
        probed(
            "server/descriptor/unknown-project",
            "unknown-project",
            (GetEncryptionKey, Breaks::UnknownProject, Reason::Refused),
        ),
    ]
}

async fn of_server_site(context: &Context) -> Result<Reply, Stop> {
    let site = context.server_site().await?;
    let call = Call::to(GetEncryptionKey, &[&site.project.slug]);
    context.succeed(200, &call).await
}

/// Of a project of its own: the shared one is not usable where this descriptor is not.
async fn of_client_project(context: &Context) -> Result<(Reply, Arc<ClientKey>), Stop> {
    let key = context.client_key(0).await?;
    let slug = create_client_project(context, &key, None).await?;
    let call = Call::to(GetEncryptionKey, &[&slug]);
    Ok((context.succeed(200, &call).await?, key))
}

async fn server_managed(context: &Context) -> Judged {
    let reply = of_server_site(context).await?;
    let key = descriptor_of(&reply)?;
    let shows = |what: &str| reply.mismatch(what, "managed, key and version", "something else");
    if key["managed"] != "server" {
        return Err(shows("a server-managed key does not say managed: server"));
    }
    if key["key"].as_str().is_none_or(str::is_empty) {
        return Err(shows("the descriptor of a server-managed key has no key"));
    }
    if key["version"].is_null() {
        return Err(shows("the descriptor of a server-managed key has no version"));
    }
    Ok(())
}

async fn client_managed(context: &Context) -> Judged {
    let (reply, sent) = of_client_project(context).await?;
    let key = descriptor_of(&reply)?;
    let wanted = "managed, key_check_salt, key_check_iterations and version, and no key";
    let shows = |what: &str| reply.mismatch(what, wanted, "something else");
    if key["managed"] != "client" {
        return Err(shows("a client-managed key does not say managed: client"));
    }
    if key.get("key").is_some_and(|key| !key.is_null()) {
        return Err(shows("the descriptor of a client-managed key has a key"));
    }
    if key["key_check_salt"] != sent.proof.key_check_salt
        || key["key_check_iterations"] != sent.proof.key_check_iterations
    {
        return Err(shows(
            "the descriptor of a client-managed key has other proof parameters than were sent",
        ));
    }
    if key["version"].is_null() {
        return Err(shows("the descriptor of a client-managed key has no version"));
    }
    Ok(())
}

async fn proof_never_sent(context: &Context) -> Judged {
    let (client, key) = of_client_project(context).await?;
    let has_proof = client.json.to_string().contains(&key.proof.key_check);
    for (reply, has_proof) in [(client, has_proof), (of_server_site(context).await?, false)] {
        let member = &descriptor_of(&reply)?["key_check"];
        if has_proof || !member.is_null() {
            return Err(reply.mismatch(
                "the descriptor sends the proof itself",
                "no member key_check, and the proof nowhere in the answer",
                "the proof",
            ));
        }
    }
    Ok(())
}

async fn derivation_parameters(context: &Context) -> Judged {
    let reply = of_server_site(context).await?;
    let key = descriptor_of(&reply)?;
    if key["key_check_salt"].is_string() && key["key_check_iterations"].is_u64() {
        return Ok(());
    }
    Err(reply.mismatch(
        "the descriptor of a server-managed key has no derivation parameters",
        "key_check_salt as text and key_check_iterations as a number",
        "one of them is missing",
    ))
}

async fn shape(context: &Context) -> Judged {
    for site in [context.server_site().await?, context.client_site().await?] {
        let call = Call::to(GetEncryptionKey, &[&site.project.slug]);
        context.prepare("reading the key descriptor", &call).await?;
    }
    context.judge_shape(GetEncryptionKey)
}
