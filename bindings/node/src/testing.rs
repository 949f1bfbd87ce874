//! For tests of the border alone: one failure for each stage of a call. Not for users.

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use wa_client::{Error, ErrorKind};

use crate::border::{guard, promise};

/// Fails at `stage`: `error` or `panic`. The argument itself fails by not being a text.
#[napi(js_name = "_testingFail")]
pub(crate) fn fail(stage: String) -> napi::Result<String> {
    guard("testing_fail", || stumble(&stage).map(|()| stage))
}

/// The same for a call that answers later; `result` fails while the answer is made.
#[napi(js_name = "_testingFailLater", ts_return_type = "Promise<string>")]
pub(crate) fn fail_later<'env>(env: &'env Env, stage: String) -> napi::Result<PromiseRaw<'env, String>> {
    promise(env, "testing_fail", None, async move {
        tokio::task::yield_now().await;
        stumble(&stage)?;
        Ok(if stage == "result" { "{".to_owned() } else { stage })
    })
}

fn stumble(stage: &str) -> wa_client::Result<()> {
    match stage {
        "panic" => panic!("a test wants to see a panic"),
        "error" => Err(Error::new(ErrorKind::RateLimited, "testing_fail", "a test wants to see an error")),
        _ => Ok(()),
    }
}
