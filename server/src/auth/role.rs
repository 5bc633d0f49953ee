//! Permission as an argument type: a handler that takes [`Operator`] cannot be reached by less.

use axum::extract::{FromRef, FromRequestParts};
use hindcast_shared::api::Role;
use http::request::Parts;

use super::Caller;
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
                let caller = app.auth.identify(parts).await?;
                if caller.role < Role::$name {
                    return Err(ApiError::forbidden(concat!(
                        "this needs the role ",
                        stringify!($name),
                    )));
                }
                Ok(Self(caller))
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
