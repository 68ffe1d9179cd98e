//! Examines a new adapter step by step: what is wrong with it first, and what to do.
//!
//! Only public inputs are sent, so that everything may be printed. Nothing is printed here: a
//! [`Listener`] gets each [`Event`] as it happens.
//!
//! - `finding` what is wrong. `language` how a language does what an adapter needs.
//! - `conversation` requests to a process, each line of which is examined; `reading` such a line, `missing` where there
//!   is none. `exchange` a request and its reply. `patience` the time limits.
//! - `easy`: the easy request of each operation, of public inputs.
//! - `greeting`, `operations`, `refusals`, `text`, `outstanding`, `ending`: the steps, in order.
//! - `answer`, `judgement`: the members of an answer, and whether it is right.

mod answer;
mod conversation;
mod easy;
mod ending;
mod exchange;
mod finding;
mod greeting;
mod judgement;
mod language;
mod missing;
mod operations;
mod outstanding;
mod patience;
mod reading;
mod refusals;
mod text;

pub use finding::{Event, Finding, Line, Listener, Severity, Step};
pub use patience::Patience;

use self::conversation::Conversation;
use self::greeting::Part;
use crate::adapter::{Hello, Launcher};
use crate::harness::{Exit, Stop};

/// Examines an adapter. Gives what a run of the suite would end with for the findings.
///
/// # Errors
/// The operating system gave no random bytes.
pub async fn examine(
    launcher: Launcher,
    one_shot: bool,
    patience: Patience,
    listener: Listener<'_>,
) -> Result<Exit, Stop> {
    let mut talk = Conversation::new(launcher, one_shot, patience, listener);
    let exit = steps(&mut talk).await;
    talk.close().await;
    exit
}

/// Starts the adapter of a client, greets it and asks for an operation that does not exist. Gives its hello and the worst
/// finding so far, or what a run would end with if nothing more can be learned.
///
/// # Errors
/// The operating system gave no random bytes.
pub async fn meet(
    launcher: Launcher,
    one_shot: bool,
    patience: Patience,
    listener: Listener<'_>,
) -> Result<Result<(Hello, Severity), Exit>, Stop> {
    let mut talk = Conversation::new(launcher, one_shot, patience, listener);
    let hello = match greeting::greet(&mut talk, Part::Client).await {
        Ok(hello) if operations::unknown(&mut talk).await? => Ok(hello),
        Ok(_) => Err(talk.worst.exit()),
        Err(exit) => Err(exit),
    };
    talk.close().await;
    Ok(hello.map(|hello| (hello, talk.worst)))
}

async fn steps(talk: &mut Conversation<'_>) -> Result<Exit, Stop> {
    let hello = match greeting::greet(talk, Part::Crypto).await {
        Ok(hello) => hello,
        Err(exit) => return Ok(exit),
    };
    if operations::unknown(talk).await?
        && operations::each(talk, &hello).await
        && refusals::each(talk, &hello).await
        && text::each(talk, &hello).await
    {
        outstanding::several(talk, &hello).await;
        ending::input(talk).await;
        ending::garbage(talk).await;
    }
    Ok(talk.worst.exit())
}
