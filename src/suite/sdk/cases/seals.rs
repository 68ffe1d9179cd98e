//! That IVs are fresh and random: of 64 blobs of one text, of 64 more by a restarted process, and of every other blob of
//! the run.
//!
//! Two IVs of 96 random bits are equal once in 2⁹⁶: among 1,000 of them, which are more than a run has, once in 2⁷⁷.

use std::collections::HashSet;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::adapter::Request;
use crate::crypto::encoding;
use crate::harness::{Case, Judged, Phase, Stop};
use crate::suite::sdk::context::{Context, Response, check};
use crate::suite::sdk::randomness::{
    EVEN_BITS, INDEPENDENT_BITS, NO_COUNTER, NO_ORDER, NO_REPETITION, Test, WHOLE_BYTES, judge,
};
use crate::suite::sdk::record::iv_of;

const BLOBS: usize = 64;
const KEY: [u8; 32] = [0x99; 32];
const PLAINTEXT: &str = "DATABASE_URL=postgres://localhost/app\n";

pub(super) fn cases() -> Vec<Case<Context>> {
    let late = |id, test: Test| Case::new(id, "sdk-iv", (of_the_run, test)).phase(Phase::Late);
    let in_order = |id, test: Test| Case::new(id, "sdk-iv", (of_one_process, test));
    vec![
        Case::new("sdk/iv/never-repeated", "sdk-iv", never_repeated).phase(Phase::Late),
        late("sdk/iv/even-bits", EVEN_BITS),
        late("sdk/iv/independent-bits", INDEPENDENT_BITS),
        late("sdk/iv/whole-bytes", WHOLE_BYTES),
        late("sdk/iv/no-repetition", NO_REPETITION),
        in_order("sdk/iv/no-counter", NO_COUNTER),
        in_order("sdk/iv/no-order", NO_ORDER),
        Case::new("sdk/iv/fresh-after-restart", "sdk-iv", fresh_after_restart),
    ]
}

/// The IVs of a process that seals nothing else, one after another: blobs of other cases would hide a counter.
async fn seal(context: &Context) -> Result<Vec<Vec<u8>>, Stop> {
    let alone = context.restarted().await?;
    let request = Request::encrypt(&encoding::encode(KEY), PLAINTEXT);
    let one_by_one = stream::iter(0..BLOBS).then(|_| alone.ask(&request));
    let ivs = one_by_one.map(|response| iv(&response?)).try_collect().await;
    alone.session().close().await;
    ivs
}

fn iv(response: &Response<'_>) -> Result<Vec<u8>, Stop> {
    let answer = response.result.as_ref().map_err(|_| response.not_answered("a text `content`"))?;
    iv_of(response.request, answer).ok_or_else(|| {
        Stop::CouldNotRun("a blob does not open, so its IV is not known: see sdk-seal".to_owned())
    })
}

/// The IVs of a process, and those of another one after it.
async fn ivs(context: &Context) -> Result<&[Vec<Vec<u8>>; 2], Stop> {
    let seal_twice = || async { Ok([seal(context).await?, seal(context).await?]) };
    let seals = context.shared.seals.get_or_init(seal_twice).await;
    seals.as_ref().map_err(Clone::clone)
}

async fn of_one_process(context: &Context, test: Test) -> Judged {
    judge("the IVs", test, &ivs(context).await?[0])
}

async fn of_the_run(context: &Context, test: Test) -> Judged {
    ivs(context).await?;
    judge("the IVs", test, &context.shared.record.ivs())
}

async fn never_repeated(context: &Context) -> Judged {
    ivs(context).await?;
    let all = context.shared.record.ivs();
    let unique: HashSet<&Vec<u8>> = all.iter().collect();
    check(
        unique.len() == all.len(),
        "an IV is used twice",
        "a fresh IV for each blob",
        &format!("{} different IVs in {} blobs", unique.len(), all.len()),
    )
}

async fn fresh_after_restart(context: &Context) -> Judged {
    let [before, after] = ivs(context).await?;
    let before: HashSet<&Vec<u8>> = before.iter().collect();
    let repeated = after.iter().filter(|iv| before.contains(iv)).count();
    check(
        repeated == 0,
        "a restarted process uses the IVs of the one before it again",
        "IVs from the operating system, never from a seed",
        &format!("{repeated} of {BLOBS} IVs were there before"),
    )
}
