//! GET encryption-key.

use super::row::{ServerCase, case, no_token, probed, scope, unknown_project};
use crate::contract::request::ProofFields;
use crate::contract::route::Endpoint::GetEncryptionKey;
use crate::harness::{Judged, Stop};
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::steps::{Breaks, CLIENT_SITE, OTHER_PROOF, Project, SERVER_SITE};
use crate::suite::server::wire::Reply;

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        case("server/descriptor/server-managed", "descriptor-server", server_managed)
            .on(SERVER_SITE),
        case("server/descriptor/client-managed", "descriptor-client", client_managed)
            .on(OTHER_PROOF)
            .writes(),
        case("server/descriptor/proof-never-sent", "descriptor-withholds-proof", proof_never_sent)
            .on(SERVER_SITE)
            .on(OTHER_PROOF)
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
        no_token("server/descriptor/no-token", GetEncryptionKey),
        probed(
            "server/descriptor/expired-token",
            "token-expires",
            (GetEncryptionKey, Breaks::Expired),
        ),
        scope("server/descriptor/scope", "descriptor-scope", GetEncryptionKey),
        unknown_project("server/descriptor/unknown-project", GetEncryptionKey),
    ]
}

/// The seed names the status of this answer: always 200.
async fn read(context: &Context, project: &Project) -> Result<Reply, Stop> {
    let reply = context.look(&project.call(GetEncryptionKey)).await?;
    reply.is_done(200)?;
    let what = "the descriptor is answered with another success than 200";
    reply.ensure(reply.status == 200, what, "200", reply.outcome())?;
    Ok(reply)
}

async fn of_server_site(context: &Context) -> Result<Reply, Stop> {
    read(context, &context.site(SERVER_SITE).await?.project).await
}

/// Of a project that holds nothing: the shared one is not usable where this descriptor is not.
async fn of_client_project(context: &Context) -> Result<(Reply, ProofFields), Stop> {
    let (project, proof) = &*context.other_proof().await?;
    Ok((read(context, project).await?, proof.clone()))
}

async fn server_managed(context: &Context) -> Judged {
    let reply = of_server_site(context).await?;
    let key = descriptor_of(&reply)?;
    let shows = |is_right: bool, what: &str| {
        reply.ensure(is_right, what, "managed, key and version", "something else")
    };
    shows(key["managed"] == "server", "a server-managed key does not say managed: server")?;
    let has_key = key["key"].as_str().is_some_and(|key| !key.is_empty());
    shows(has_key, "the descriptor of a server-managed key has no key")?;
    let has_version = !key["version"].is_null();
    shows(has_version, "the descriptor of a server-managed key has no version")
}

async fn client_managed(context: &Context) -> Judged {
    let (reply, sent) = of_client_project(context).await?;
    let key = descriptor_of(&reply)?;
    let wanted = "managed, key_check_salt, key_check_iterations and version, and no key";
    let shows = |is_right: bool, what: &str| reply.ensure(is_right, what, wanted, "something else");
    shows(key["managed"] == "client", "a client-managed key does not say managed: client")?;
    shows(key["key"].is_null(), "the descriptor of a client-managed key has a key")?;
    shows(
        key["key_check_salt"] == sent.key_check_salt
            && key["key_check_iterations"] == sent.key_check_iterations,
        "the descriptor of a client-managed key has other proof parameters than were sent",
    )?;
    let has_version = !key["version"].is_null();
    shows(has_version, "the descriptor of a client-managed key has no version")
}

async fn proof_never_sent(context: &Context) -> Judged {
    let (client, proof) = of_client_project(context).await?;
    let has_proof = client.json.to_string().contains(&proof.key_check);
    for (reply, has_proof) in [(client, has_proof), (of_server_site(context).await?, false)] {
        let descriptor = descriptor_of(&reply)?;
        reply.ensure(
            !has_proof && descriptor["key_check"].is_null(),
            "the descriptor sends the proof itself",
            "no member key_check, and the proof nowhere in the answer",
            "the proof",
        )?;
    }
    Ok(())
}

async fn derivation_parameters(context: &Context) -> Judged {
    let reply = of_server_site(context).await?;
    let key = descriptor_of(&reply)?;
    reply.ensure(
        key["key_check_salt"].is_string() && key["key_check_iterations"].is_u64(),
        "the descriptor of a server-managed key has no derivation parameters",
        "key_check_salt as text and key_check_iterations as a number",
        "one of them is missing",
    )
}

async fn shape(context: &Context) -> Judged {
    let asked = async {
        for step in [SERVER_SITE, CLIENT_SITE] {
            context.site(step).await?.project.descriptor(context).await?;
        }
        Ok(())
    };
    context.judge_shapes(&[GetEncryptionKey], asked).await
}
