//! Nothing left behind: deletes what runs have made, and nothing else.

use super::arrival::{Turned, projects_of};
use super::call::Call;
use super::run_name::RunName;
use super::scene::Scene;
use super::target::Access;
use crate::contract::route::Endpoint;
use crate::harness::Stop;

/// Lists are read anew after what they showed was deleted, as a server may show one page at a time.
const ROUNDS: usize = 20;

/// What a sweep came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Names of what was deleted.
    pub deleted: Vec<String>,
    /// Names of what could not be deleted.
    pub left: Vec<String>,
}

/// Deletes the projects of every run in `dead`, and those that are abandoned by the server's clock,
/// in one organization: the target's own, if none is given.
pub(super) async fn sweep(
    scene: &Scene,
    other: Option<&Access>,
    dead: &[RunName],
) -> Result<Swept, Turned> {
    let own = |call: Call| match other {
        Some(other) => call.organization(&other.place).token(&other.token),
        None => call,
    };
    let mut swept = Swept::default();
    for _ in 0..ROUNDS {
        let list = own(Call::to(Endpoint::ListProjects, &[]));
        let reply = match scene.send_to_tidy_up(&list).await {
            Ok(reply) => reply,
            Err(stop) => return Err(Turned::could_not_run(stop.to_string())),
        };
        let now = reply.date();
        let is_dead = |name: &String| {
            let run = RunName::of(name);
            let is_old = |run: &RunName| now.is_some_and(|now| run.is_abandoned(now));
            run.is_some_and(|run| dead.contains(&run) || is_old(&run))
        };
        let found: Vec<String> = projects_of(&reply)?
            .into_iter()
            .filter(|name| is_dead(name) && !swept.left.contains(name))
            .collect();
        if found.is_empty() {
            break;
        }
        for name in found {
            match delete(scene, other, &name).await {
                Ok(true) => swept.deleted.push(name),
                Ok(false) => swept.left.push(name),
                Err(_) => {
                    swept.left.push(name);
                    return Ok(swept);
                }
            }
        }
    }
    Ok(swept)
}

/// Deletes one project; whether it is gone. One that never was there is gone too.
pub(super) async fn delete(
    scene: &Scene,
    other: Option<&Access>,
    slug: &str,
) -> Result<bool, Stop> {
    let mut call = Call::to(Endpoint::DeleteProject, &[slug]);
    if let Some(other) = other {
        call = call.organization(&other.place).token(&other.token);
    }
    let reply = scene.send_to_tidy_up(&call).await?;
    Ok(reply.is_success() || reply.status == 404)
}
