//! `hindcast token create|pair|list|revoke`: keys and walls, also beside a running server, which sees the change within seconds.

use std::process::ExitCode;

use anyhow::bail;
use hindcast_shared::time::Clock as _;

use super::{load_config, open_store, print};
use crate::auth::{PassRequest, create_key, let_in};
use crate::cli::{ConfigArgs, TokenCommand};
use crate::clock::SystemClock;
use crate::store::{PassKind, Store};

/// Who makes keys by command, in the journal.
const ACTOR: &str = "command line";

pub(super) async fn run(args: &ConfigArgs, command: TokenCommand) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let store = open_store(&config, true).await?;
    let now_ms = SystemClock.now_ms();
    match command {
        TokenCommand::Create { name, role } => {
            let made = create_key(&store, &name, role, ACTOR, now_ms).await;
            let (key, stored) = made.map_err(|error| anyhow::anyhow!("{error}"))?;
            eprintln!(
                "Made the key `{}`. It is printed once, and cannot be read again:",
                stored.name
            );
            print::line(key)?;
        }
        TokenCommand::List => {
            let time = |at_ms: Option<i64>| at_ms.map_or_else(|| "-".to_owned(), time_text);
            for key in store.keys().list().await? {
                print::line(format_args!(
                    "{}\t{}\tmade {}\tused {}\trevoked {}",
                    key.name,
                    format!("{:?}", key.role).to_lowercase(),
                    time_text(key.created_at_ms),
                    time(key.last_seen_ms),
                    time(key.revoked_at_ms)
                ))?;
            }
            for kind in [PassKind::Kiosk, PassKind::Panel] {
                for pass in store.passes().list(kind).await? {
                    print::line(format_args!(
                        "{}\t{}\tmade {}\tused {}\trevoked {}\t{}",
                        pass.name,
                        kind.as_str(),
                        time_text(pass.created_at_ms),
                        time(pass.last_seen_ms),
                        time(pass.revoked_at_ms),
                        pass.id,
                    ))?;
                }
            }
        }
        TokenCommand::Pair { code, name, page } => {
            let wanted = PassRequest {
                code: Some(&code),
                name,
                pages: page,
                expires_at_ms: None,
            };
            let let_in = let_in(&store, wanted, ACTOR, now_ms).await;
            let (_, wall) = let_in.map_err(|error| anyhow::anyhow!("{error}"))?;
            print::line(format_args!(
                "Let the wall `{}` in ({}).",
                wall.name, wall.id
            ))?;
        }
        TokenCommand::Revoke { name } => revoke(&store, &name, now_ms).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Revokes the key of that name, or else the wall or the link of that name or id.
async fn revoke(store: &Store, name: &str, now_ms: i64) -> anyhow::Result<()> {
    let keys = store.keys().list().await?;
    let key = keys
        .iter()
        .find(|key| key.name == name && key.revoked_at_ms.is_none());
    if let Some(key) = key {
        if !store.keys().revoke(&key.id, ACTOR, now_ms).await? {
            bail!("the key `{name}` was revoked a moment ago");
        }
        return Ok(print::line(format_args!("Revoked the key `{name}`."))?);
    }
    for kind in [PassKind::Kiosk, PassKind::Panel] {
        let passes = store.passes().list(kind).await?;
        let named = |pass: &crate::store::Pass| pass.name == name || pass.id == name;
        let found = passes
            .iter()
            .find(|pass| pass.revoked_at_ms.is_none() && named(pass));
        if let Some(pass) = found {
            store.passes().revoke(kind, &pass.id, ACTOR, now_ms).await?;
            let what = if kind == PassKind::Kiosk {
                "wall"
            } else {
                "link"
            };
            return Ok(print::line(format_args!("Revoked the {what} `{name}`."))?);
        }
    }
    bail!("there is no key, wall or link `{name}` in force")
}

fn time_text(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |at| at.to_string())
}
