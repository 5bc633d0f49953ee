//! `hindcast token create|list|revoke`: keys, also beside a running server, which sees the change within seconds.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use hindcast_shared::time::Clock as _;

use super::{load_config, open_store, print};
use crate::auth::create_key;
use crate::cli::{ConfigArgs, TokenCommand};
use crate::clock::SystemClock;

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
            for key in store.keys().list().await? {
                let time = |at_ms: Option<i64>| at_ms.map_or_else(|| "-".to_owned(), time_text);
                print::line(format_args!(
                    "{}\t{}\tmade {}\tused {}\trevoked {}",
                    key.name,
                    format!("{:?}", key.role).to_lowercase(),
                    time_text(key.created_at_ms),
                    time(key.last_seen_ms),
                    time(key.revoked_at_ms)
                ))?;
            }
        }
        TokenCommand::Revoke { name } => {
            let keys = store.keys().list().await?;
            let key = keys
                .iter()
                .find(|key| key.name == name && key.revoked_at_ms.is_none())
                .with_context(|| format!("there is no key `{name}` in force"))?;
            if !store.keys().revoke(&key.id, ACTOR, now_ms).await? {
                bail!("the key `{name}` was revoked a moment ago");
            }
            print::line(format_args!("Revoked the key `{name}`."))?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn time_text(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |at| at.to_string())
}
