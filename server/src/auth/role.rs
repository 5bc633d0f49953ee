//! Permission as an argument type: a handler that takes [`Operator`] cannot be reached by less.

use axum::extract::{FromRef, FromRequestParts};
use hindcast_shared::api::Role;
use http::request::Parts;

use super::{Caller, scope};
use crate::error::ApiError;
use crate::state::AppState;

macro_rules! role {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name(pub(crate) Caller);

        impl<S> FromRequestParts<S> for $name
        where
            S: Send + Sync,
            AppState: FromRef<S>,
        {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
                let app = AppState::from_ref(state);
                let caller = app.auth.identify(&parts.headers).await?;
                let found = Self(caller);
                at_least(Role::$name, &found.0)?;
                scope::check(&found.0, parts)?;
                Ok(found)
            }
        }
    };
}

role! {
    /// May look at embedded panels, and everybody else may too.
    Embed
}
role! {
    /// May look.
    Viewer
}
role! {
    /// May act on anomalies and rules.
    Operator
}
role! {
    /// May do everything.
    Admin
}

/// May listen to the stream: like [`Embed`], or with `?ticket=`.
#[derive(Debug, Clone)]
pub(crate) struct Listener(pub(crate) Caller);

impl<S> FromRequestParts<S> for Listener
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = AppState::from_ref(state);
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let ticket = url::form_urlencoded::parse(query).find(|(key, _)| key == "ticket");
        let caller = match ticket {
            Some((_, ticket)) => app.auth.by_ticket(&ticket).await?,
            None => app.auth.identify(&parts.headers).await?,
        };
        at_least(Role::Embed, &caller)?;
        scope::check(&caller, parts)?;
        Ok(Self(caller))
    }
}

fn at_least(role: Role, caller: &Caller) -> Result<(), ApiError> {
    if caller.role >= role {
        return Ok(());
    }
    let word = |role: Role| format!("{role:?}").to_lowercase();
    Err(ApiError::forbidden(format!(
        "this needs the role {}; the key `{}` has the role {}",
        word(role),
        caller.name,
        word(caller.role)
    )))
}
