//! The control contract: everything under `/sim/`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::{ErrorCode, Failure, Reply};
use crate::shared::Shared;

mod input;
mod routes;
mod waiting;

use input::Input;
use routes::{Action, ROUTES};

const BODY_MAX: usize = 32 << 20;

/// Reads a value as the type wanted, telling an unknown field from any other mistake.
pub(crate) fn parse<T: DeserializeOwned>(value: Value) -> Reply<T> {
    serde_json::from_value(value).map_err(|error| {
        let text = error.to_string();
        // serde has no kind of its own for it; the wording is part of its tests.
        let code = if text.starts_with("unknown field") { ErrorCode::UnknownField } else { ErrorCode::BadRequest };
        Failure::new(code, text)
    })
}

/// Answers a control call.
pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let reply = answer(&shared, request).await;
    let (status, body) = match reply {
        Ok(mut body) => {
            body["ok"] = Value::Bool(true);
            if body.get("seq").is_none() {
                body["seq"] = shared.seq().into();
            }
            (StatusCode::OK, body)
        }
        Err(failure) => {
            let status = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, failure.body())
        }
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn answer(shared: &Shared, request: Request) -> Reply {
    authorize(shared, &request)?;
    let path = request.uri().path().trim_end_matches('/').to_owned();
    let method = request.method().clone();
    let action = find(&path, &method)?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = if matches!(method, Method::GET | Method::DELETE) { Value::Null } else { read_body(request).await? };
    let input = Input::new(&query, body)?;
    match action {
        Action::Now(act) => {
            // The number belongs to this call's events, not to those of the next.
            let (mut reply, seq) = shared.with(|world| act(world, input).map(|reply| (reply, world.seq())))?;
            reply["seq"] = seq.into();
            Ok(reply)
        }
        Action::Scan => waiting::scan(shared, input).await,
        Action::Messages => waiting::messages(shared, input).await,
        Action::Events => waiting::events(shared, input).await,
    }
}

fn authorize(shared: &Shared, request: &Request) -> Reply<()> {
    let Some(token) = &shared.token else { return Ok(()) };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    if given.and_then(|v| v.strip_prefix("Bearer ")) == Some(token) {
        Ok(())
    } else {
        Err(Failure::new(ErrorCode::Unauthorized, "Authorization: Bearer with the simulator's token is wanted"))
    }
}

fn find(path: &str, method: &Method) -> Reply<&'static Action> {
    let mut known = ROUTES.iter().filter(|(_, route, _)| *route == path).peekable();
    if known.peek().is_none() {
        return Err(Failure::not_found("route"));
    }
    known
        .find(|(m, _, _)| *m == method.as_str())
        .map(|(_, _, action)| action)
        .ok_or_else(|| Failure::new(ErrorCode::MethodNotAllowed, "this route takes another method"))
}

async fn read_body(request: Request) -> Reply {
    let mut bytes = Vec::new();
    let mut length = 0;
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::bad_request("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= BODY_MAX {
            bytes.extend_from_slice(&data);
        } else {
            // Read to its end all the same: who is still sending would not see an answer.
            bytes = Vec::new();
        }
    }
    if length > BODY_MAX {
        return Err(Failure::new(ErrorCode::PayloadTooLarge, "32 MiB at most"));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let body: Value = serde_json::from_slice(&bytes).map_err(|e| Failure::new(ErrorCode::BadJson, e.to_string()))?;
    if body.is_object() { Ok(body) } else { Err(Failure::bad_request("a JSON object is wanted")) }
}
