//! Passes: how their secrets begin, what the code of a wall looks like, and how one that opens nothing is refused.

use std::sync::Arc;

use hindcast_shared::api::Role;
use hindcast_shared::error::FieldError;
use http::StatusCode;

use super::{Auth, Caller, Proof, Used, hash_of, lock, random_token};
use crate::error::{ApiError, ApiResult};
use crate::store::{Pass, PassKind, PassScope, Store, StoreError};

/// How the secret of a panel's link begins.
pub(crate) const PANEL_PREFIX: &str = "hcp_";

/// How the secret of a wall begins.
pub(crate) const WALL_PREFIX: &str = "hcw_";

/// Letters and digits that nobody mistakes for another, 32 of them.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Letters and digits of a code: 40 random bits for ten minutes, behind a limit on guesses.
const CODE_LEN: usize = 8;

/// Most pages of a wall.
const MAX_PAGES: usize = 50;

/// What a wall is let in with.
#[derive(Debug)]
pub(crate) struct PassRequest<'a> {
    /// The code that it shows; a token is made without one.
    pub(crate) code: Option<&'a str>,
    /// Where it hangs.
    pub(crate) name: String,
    /// What it may show; the overview when empty.
    pub(crate) pages: Vec<String>,
    /// When it ends.
    pub(crate) expires_at_ms: Option<i64>,
}

impl Auth {
    /// Who a pass stands for: somebody who may look at what it shows.
    pub(crate) async fn by_pass(&self, secret: &str) -> Result<Caller, ApiError> {
        let found = self.store.passes().by_hash(&hash_of(secret)).await?;
        let now_ms = self.clock.now_ms();
        let pass = match found {
            Some(pass) if pass.revoked_at_ms.is_some() => return Err(revoked()),
            Some(pass) if !pass.in_force(now_ms) => return Err(expired()),
            Some(pass) => pass,
            None => return Err(unknown()),
        };
        lock(&self.used).insert(Used::Pass(pass.id.clone()), now_ms);
        Ok(Caller {
            name: pass.name.clone(),
            role: match pass.kind {
                PassKind::Panel => Role::Embed,
                PassKind::Kiosk => Role::Viewer,
            },
            proof: Proof::Pass {
                pass_id: pass.id.clone(),
            },
            pass: Some(Arc::new(pass)),
        })
    }
}

/// Lets a wall in; answers the token when it has none of its own.
pub(crate) async fn let_in(
    store: &Store,
    request: PassRequest<'_>,
    actor: &str,
    now_ms: i64,
) -> ApiResult<(Option<String>, Pass)> {
    let scope =
        scope_of(request.pages).map_err(|error| ApiError::invalid_body("invalid_token", error))?;
    let no_wall = || {
        let message = "no wall waits with this code; it shows another one by now, or never did";
        ApiError::not_found("unknown_code", message).about("code")
    };
    let code = match request.code {
        Some(code) => Some(plain_code(code).ok_or_else(no_wall)?),
        None => None,
    };
    let token = format!("{WALL_PREFIX}{}", random_token()?);
    let hash = hash_of(&token);
    let pass = Pass {
        id: format!("kiosk-{}", &hash[..16]),
        kind: PassKind::Kiosk,
        name: request.name,
        hash,
        scope,
        created_at_ms: now_ms,
        created_by: actor.to_owned(),
        expires_at_ms: request.expires_at_ms,
        revoked_at_ms: None,
        last_seen_ms: None,
    };
    let given = store.passes().give(pass, code.as_deref()).await;
    let pass = given.map_err(|error| match error {
        StoreError::NotFound { .. } => no_wall(),
        other => other.into(),
    })?;
    Ok((code.is_none().then_some(token), pass))
}

/// What pages show: with nothing but `rule:` pages those rules, with any other page everything.
fn scope_of(mut pages: Vec<String>) -> Result<PassScope, FieldError> {
    if pages.is_empty() {
        pages.push("overview".to_owned());
    }
    if pages.len() > MAX_PAGES {
        return Err(FieldError::new("pages", format!("at most {MAX_PAGES}")));
    }
    let (mut rules, mut all) = (Vec::new(), false);
    for page in &pages {
        match page.strip_prefix("rule:") {
            Some(rule) => rules.push(
                rule.parse()
                    .map_err(|message: String| FieldError::new("pages", message))?,
            ),
            None if is_word(page) => all = true,
            None => {
                let message = format!("`{page}` is not a page; such as overview, rule:checkout");
                return Err(FieldError::new("pages", message));
            }
        }
    }
    if all {
        rules.clear();
    }
    Ok(PassScope {
        rules,
        series: None,
        pages,
    })
}

fn is_word(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// Whether a secret is one of a pass.
pub(super) fn is_pass(secret: &str) -> bool {
    secret.starts_with(PANEL_PREFIX) || secret.starts_with(WALL_PREFIX)
}

/// A fresh code for a wall, such as `K7PQ-4XDM`.
pub(crate) fn new_code() -> ApiResult<String> {
    let mut bytes = [0; CODE_LEN];
    getrandom::fill(&mut bytes)
        .map_err(|error| ApiError::internal(anyhow::anyhow!("no entropy: {error}")))?;
    let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    let (left, right) = letters.split_at(CODE_LEN / 2);
    let half = |letters: &[char]| letters.iter().collect::<String>();
    Ok(format!("{}-{}", half(left), half(right)))
}

/// A code as people type it, in the form in which it is kept; none when it cannot be one.
fn plain_code(text: &str) -> Option<String> {
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let known = letters.bytes().all(|byte| ALPHABET.contains(&byte));
    (known && letters.len() == CODE_LEN).then(|| {
        let (left, right) = letters.split_at(CODE_LEN / 2);
        format!("{left}-{right}")
    })
}

fn unknown() -> ApiError {
    let message = "this token is not known here";
    ApiError::new(StatusCode::UNAUTHORIZED, "unknown_token", message)
}

fn expired() -> ApiError {
    let message = "this token has expired; ask for a new one";
    ApiError::new(StatusCode::UNAUTHORIZED, "expired_token", message)
}

fn revoked() -> ApiError {
    let message = "this token was revoked; ask for a new one";
    ApiError::new(StatusCode::UNAUTHORIZED, "revoked_token", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_when_typed_carelessly_then_is_the_same_code() {
        let code = new_code().expect("entropy");
        assert_eq!(plain_code(&code).as_ref(), Some(&code));
        let careless = format!(" {} ", code.to_lowercase().replace('-', " "));
        assert_eq!(plain_code(&careless), Some(code));
        for wrong in ["", "K7PQ", "K7PQ-4XD0", "K7PQ-4XDMA", "ü7PQ-4XDM"] {
            assert_eq!(plain_code(wrong), None, "{wrong}");
        }
    }
}
