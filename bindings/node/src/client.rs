//! One method a capability: converts and forwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, within_runtime_if_available};
use napi_derive::napi;
use wa_client::{Client, Config, Error, ErrorKind, Result, SendUntil};

use crate::border::{NativeCancel, guard, json, promise, token};
use crate::events::NativeEvents;

/// A promise of nothing, of JSON text, of JSON text or null, and so on.
type Promised<'env, T> = napi::Result<PromiseRaw<'env, T>>;

/// What a send may be told.
#[napi(object)]
pub struct NativeSendOptions {
    /// The key of the message that is answered.
    pub quoted: Option<String>,
    /// The id of the message.
    pub id: Option<String>,
    /// `queued`, `server`, `delivered` or `read`.
    pub until: Option<String>,
    /// Milliseconds.
    pub deadline_ms: Option<f64>,
}

/// A session.
#[napi]
pub struct NativeClient {
    client: Client,
    broken: Arc<AtomicBool>,
}

#[napi]
impl NativeClient {
    /// `config`: the JSON of the settings.
    #[napi(constructor)]
    pub fn new(config: String) -> napi::Result<Self> {
        guard("new_client", || {
            let config = Config::from_json(&config)?;
            let client = within_runtime_if_available(|| Client::builder().config(config).build())?;
            Ok(Self { client, broken: Arc::default() })
        })
    }

    /// The name of the session.
    #[napi(getter)]
    pub fn session(&self) -> napi::Result<String> {
        guard("session", || Ok(self.client.session().to_owned()))
    }

    /// The JSON of the settings in use.
    #[napi]
    pub fn config(&self) -> napi::Result<String> {
        guard("config", || json("config", self.client.config()))
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn initialize<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "initialize", token(cancel), async move { client.initialize().await })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn wait_ready<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "wait_ready", token(cancel), async move { client.wait_ready().await })
    }

    /// JSON, or null.
    #[napi(js_name = "getQRCode", ts_return_type = "Promise<string | null>")]
    pub fn qr_code<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, Option<String>> {
        let client = self.client.clone();
        promise(env, "qr_code", token(cancel), async move {
            client.qr_code().await.map(|code| json("qr_code", &code)).transpose()
        })
    }

    /// JSON.
    #[napi(js_name = "generateQRCode", ts_return_type = "Promise<string>")]
    pub fn generate_qr_code<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, String> {
        let client = self.client.clone();
        promise(env, "generate_qr_code", token(cancel), async move {
            json("generate_qr_code", &client.generate_qr_code().await?)
        })
    }

    /// JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn request_pairing_code<'env>(
        &self,
        env: &'env Env,
        phone: String,
        cancel: Option<&NativeCancel>,
    ) -> Promised<'env, String> {
        let client = self.client.clone();
        promise(env, "request_pairing_code", token(cancel), async move {
            json("request_pairing_code", &client.request_pairing_code(phone).await?)
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn cancel_pairing_code<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "cancel_pairing_code", token(cancel), async move { client.cancel_pairing_code().await })
    }

    #[napi]
    pub fn is_authenticated(&self) -> napi::Result<bool> {
        guard("is_authenticated", || Ok(self.client.is_authenticated()))
    }

    /// JSON.
    #[napi(js_name = "getConnectionStatus")]
    pub fn connection_status(&self) -> napi::Result<String> {
        guard("connection_status", || json("connection_status", &self.client.connection_status()))
    }

    /// JSON, or null.
    #[napi(js_name = "getCachedStatus", ts_return_type = "Promise<string | null>")]
    pub fn cached_status<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, Option<String>> {
        let client = self.client.clone();
        promise(env, "cached_status", token(cancel), async move {
            client.cached_status().await.map(|status| json("cached_status", &status)).transpose()
        })
    }

    /// JSON, or null.
    #[napi(js_name = "getCapabilityReport")]
    pub fn capability_report(&self) -> napi::Result<Option<String>> {
        guard("capability_report", || {
            self.client.capability_report().map(|report| json("capability_report", &report)).transpose()
        })
    }

    /// JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn doctor<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, String> {
        let client = self.client.clone();
        promise(env, "doctor", token(cancel), async move { json("doctor", &client.doctor().await?) })
    }

    /// JSON. Given up by `cancel`, it tells whether the message may have left.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn send_message<'env>(
        &self,
        env: &'env Env,
        to: String,
        text: String,
        options: NativeSendOptions,
        cancel: Option<&NativeCancel>,
    ) -> Promised<'env, String> {
        const OPERATION: &str = "send_message";
        let (client, cancel) = (self.client.clone(), token(cancel));
        promise(env, OPERATION, None, async move {
            let NativeSendOptions { quoted, id, until, deadline_ms } = options;
            let mut send = client.send_message(to, text);
            if let Some(quoted) = quoted {
                send = send.quoted(quoted);
            }
            if let Some(id) = id {
                send = send.id(id);
            }
            if let Some(until) = until {
                send = send.until(read_until(&until)?);
            }
            if let Some(deadline) = deadline_ms {
                send = send.deadline(read_ms(deadline)?);
            }
            if let Some(cancel) = cancel {
                send = send.cancelled_by(cancel.cancelled_owned());
            }
            json(OPERATION, &send.await?)
        })
    }

    #[napi(js_name = "isRegisteredUser", ts_return_type = "Promise<boolean>")]
    pub fn is_registered<'env>(
        &self,
        env: &'env Env,
        number: String,
        cancel: Option<&NativeCancel>,
    ) -> Promised<'env, bool> {
        let client = self.client.clone();
        promise(env, "is_registered", token(cancel), async move { client.is_registered(number).await })
    }

    /// The level as a number, or null.
    #[napi(js_name = "getMessageStatus", ts_return_type = "Promise<number | null>")]
    pub fn message_status<'env>(
        &self,
        env: &'env Env,
        key: String,
        cancel: Option<&NativeCancel>,
    ) -> Promised<'env, Option<i32>> {
        let client = self.client.clone();
        promise(env, "message_status", token(cancel), async move {
            Ok(client.message_status(key).await?.map(|ack| i32::from(ack.level())))
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn disconnect<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "disconnect", token(cancel), async move { client.disconnect().await })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn reconnect<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "reconnect", token(cancel), async move { client.reconnect().await })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn logout<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "logout", token(cancel), async move { client.logout().await })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn shutdown<'env>(&self, env: &'env Env, cancel: Option<&NativeCancel>) -> Promised<'env, ()> {
        let client = self.client.clone();
        promise(env, "shutdown", token(cancel), async move {
            client.shutdown().await;
            Ok(())
        })
    }

    #[napi]
    pub fn events(&self) -> napi::Result<NativeEvents> {
        guard("events", || Ok(NativeEvents::new(self.client.events(), &self.broken)))
    }

    #[napi]
    pub fn events_after(&self, seq: f64) -> napi::Result<NativeEvents> {
        guard("events_after", || {
            Ok(NativeEvents::new(self.client.events_after(read_whole("events_after", "seq", seq)?), &self.broken))
        })
    }

    /// For tests of the border: from now on waiting for events panics.
    #[napi(js_name = "_testingBreakEvents")]
    pub fn testing_break_events(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }
}

fn read_until(text: &str) -> Result<SendUntil> {
    serde_json::from_value(text.into()).map_err(|_| {
        Error::new(ErrorKind::InvalidArgument, "send_message", "until must be queued, server, delivered or read")
    })
}

fn read_ms(ms: f64) -> Result<Duration> {
    read_whole("send_message", "deadlineMs", ms).map(Duration::from_millis)
}

/// JavaScript has one kind of number; counts are whole and not negative.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what would be lost was refused")]
fn read_whole(operation: &'static str, name: &str, number: f64) -> Result<u64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    if (0.0..=LARGEST).contains(&number) && number.fract() == 0.0 {
        return Ok(number as u64);
    }
    let what = format!("{name} must be a whole number that is not negative");
    Err(Error::new(ErrorKind::InvalidArgument, operation, what))
}
