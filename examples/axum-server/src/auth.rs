//! Who may use the service: bearers of a JWT with role `ADMIN`.

use std::fmt;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp};
use serde::{Deserialize, Serialize};

use crate::AppState;
use crate::error::ApiError;
use crate::hs256;

/// The one role that may.
const ROLE: &str = "ADMIN";

/// What clocks may differ by, in seconds.
const LEEWAY: u64 = 30;

/// Checks tokens, and makes one for a start without a secret.
pub struct Auth {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

/// Of any type: a role that is no text is no role of ours, and still a good token.
#[derive(Deserialize)]
struct Claims {
    /// Some write it with a fraction.
    exp: f64,
    #[serde(default)]
    role: serde_json::Value,
}

/// Until when the token of a request is good, in Unix seconds; an answer without end ends then.
#[derive(Clone, Copy)]
pub(crate) struct Expiry(f64);

impl Expiry {
    /// What is left of it.
    pub(crate) fn left(self) -> Duration {
        let seconds = self.0 + LEEWAY as f64 - get_current_timestamp() as f64;
        Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
    }
}

#[derive(Serialize)]
struct NewClaims {
    sub: &'static str,
    role: &'static str,
    iat: u64,
    exp: u64,
}

impl Auth {
    /// Tokens signed with `secret` are good.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        hs256::install();
        // HS256, and an `exp` that is required and checked; with another audience in mind or not.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_nbf = true;
        validation.validate_aud = false;
        validation.leeway = LEEWAY;
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), validation }
    }

    /// With a secret that nobody knows; [`issue`](Self::issue) makes tokens for it.
    #[must_use]
    pub fn random() -> Self {
        Self::new(&rand::random::<[u8; 32]>())
    }

    /// An administrator's token that is good for `life`.
    ///
    /// # Errors
    /// When it cannot be signed, which a secret of any length can be used for.
    pub fn issue(&self, life: Duration) -> Result<String, jsonwebtoken::errors::Error> {
        let now = get_current_timestamp();
        let claims = NewClaims { sub: "axum-server", role: ROLE, iat: now, exp: now + life.as_secs() };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
    }

    fn check(&self, headers: &HeaderMap) -> Result<Expiry, ApiError> {
        let unauthorized = |message| Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message));
        let Some(token) = bearer(headers) else {
            return unauthorized("send a token: Authorization: Bearer …");
        };
        match decode::<Claims>(token, &self.decoding, &self.validation) {
            Ok(token) if token.claims.role == ROLE => Ok(Expiry(token.claims.exp)),
            Ok(_) => Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "the token's role is not ADMIN")),
            Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => unauthorized("the token has expired"),
            Err(_) => unauthorized("the token is not valid"),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    // Two tokens are one too many: which one counts would be anybody's guess.
    (scheme.eq_ignore_ascii_case("bearer") && values.next().is_none()).then(|| token.trim())
}

/// Lets administrators through.
pub(crate) async fn require_admin(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let expiry = state.auth().check(request.headers())?;
    request.extensions_mut().insert(expiry);
    Ok(next.run(request).await)
}
