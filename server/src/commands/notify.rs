//! `hindcast notify test`: whether notifications arrive, without a server.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;

use super::{load_config, open_store, print};
use crate::cli::{ConfigArgs, NotifyCommand};
use crate::clock::SystemClock;
use crate::notify::Notify;

pub(super) async fn run(args: &ConfigArgs, command: NotifyCommand) -> anyhow::Result<ExitCode> {
    let NotifyCommand::Test { route } = command;
    let config = load_config(args)?;
    let store = open_store(&config, true).await?;
    let notify = Notify::open(&config, store.clone(), Arc::new(SystemClock))?;
    let names: Vec<&str> = match &route {
        Some(name) => vec![name.as_str()],
        None => notify.names().collect(),
    };
    if names.is_empty() {
        bail!("notify.routes is empty: nobody would be told");
    }
    let mut all = true;
    for name in names {
        let Some(told) = notify.test(name).await else {
            bail!("there is no route `{name}` in notify.routes");
        };
        let word = if told.arrived {
            "arrived"
        } else {
            "did not arrive"
        };
        print::line(format_args!("{name}: {word}: {}", told.detail))?;
        all &= told.arrived;
    }
    store.close().await;
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
