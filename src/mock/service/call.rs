//! What an endpoint's function gets of an admitted request, and which function serves which endpoint.

use std::future::Future;

use super::Answer;
use crate::contract::request::Reading;
use crate::contract::route::Operation;
use crate::mock::model::Token;
use crate::mock::{Refusal, Room, Trace};

/// An admitted request, without its body.
pub(in crate::mock) struct Call<'c> {
    pub(in crate::mock) room: &'c Room,
    pub(in crate::mock) token: &'c Token,
    pub(in crate::mock) path: &'c str,
    pub(in crate::mock) query: &'c str,
    /// The slug of the target that the path names; empty if it names none.
    pub(in crate::mock) target: &'c str,
    /// The slug of the environment that the path names; empty if it names none.
    pub(in crate::mock) environment: &'c str,
    /// The number of the version or API key that the path names; 0 if it names none.
    pub(in crate::mock) row: u64,
    /// How the query wants secrets to be read.
    pub(in crate::mock) reading: Result<Reading, Refusal>,
    pub(in crate::mock) trace: &'c mut Trace,
}

/// The mock's side of an endpoint.
pub(in crate::mock) trait Serve: Operation<Body: Send + 'static> {
    fn serve(
        call: Call<'_>,
        body: Self::Body,
    ) -> impl Future<Output = Result<Answer, Refusal>> + Send;
}

/// Says by which function each endpoint is served: `GetProject(call, ()) get(call.room);`
macro_rules! serve {
    ($($Name:ident($call:pat, $body:pat) $serve:expr;)+) => {$(
        impl $crate::mock::service::call::Serve for $crate::contract::route::operation::$Name {
            async fn serve(
                $call: $crate::mock::service::call::Call<'_>,
                $body: Self::Body,
            ) -> Result<$crate::mock::service::Answer, $crate::mock::refusal::Refusal> {
                $serve
            }
        }
    )+};
}

pub(super) use serve;
