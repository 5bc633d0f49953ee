//! The journal: who did what and when, narrowed, paged back, taken along, and checked for holes.

mod state;

use hindcast_shared::api::{JournalChain, JournalEntry};
use hindcast_shared::chart::{minute_text, second_text};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::state::{GROUPS, Wish, kind_word};
use crate::api::{self, ApiError};
use crate::browser;
use crate::components::{Failure, RangePicker, RangeText, Waiting};
use crate::i18n::{plural, t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::words;

/// Entries of a page.
const PAGE: &str = "100";

/// The pages that were fetched, one below the other.
#[derive(Debug, Clone, PartialEq)]
struct Read {
    entries: Vec<JournalEntry>,
    next: Option<String>,
}

/// What the parts of the page share.
#[derive(Debug, Clone, Copy)]
struct Reader {
    wish: RwSignal<Wish>,
    range: RwSignal<RangeText>,
    read: RwSignal<Load<Read>>,
    again: RwSignal<u32>,
    failed: RwSignal<Option<ApiError>>,
}

impl Reader {
    fn change(self, change: impl FnOnce(&mut Wish)) {
        self.wish.update(change);
        self.wish.with_untracked(Wish::to_address);
    }

    /// Fetches what comes after the last page.
    fn more(self, cursor: String) {
        let (wish, range) = (self.wish.get_untracked(), self.range.get_untracked());
        spawn_local(async move {
            let page = fetch(&wish, &range, Some(&cursor)).await;
            let same = self.wish.try_with_untracked(|now| *now == wish) == Some(true)
                && self.range.try_with_untracked(|now| *now == range) == Some(true);
            if !same {
                return;
            }
            match page {
                Ok(page) => {
                    self.failed.set(None);
                    self.read.update(|read| {
                        if let Load::Ready(read) = read {
                            read.entries.extend(page.entries);
                            read.next = page.next;
                        }
                    });
                }
                Err(error) => self.failed.set(Some(error)),
            }
        });
    }

    fn export(self) {
        let (wish, range) = (self.wish.get_untracked(), self.range.get_untracked());
        spawn_local(async move {
            let text = api::export_journal(&wish.query(&range.from, &range.to)).await;
            match text {
                Ok(text) => {
                    // A browser that does not take the file says so itself.
                    browser::download("journal.jsonl", "application/x-ndjson", &text).ok();
                    self.failed.try_set(None);
                }
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
        });
    }
}

async fn fetch(wish: &Wish, range: &RangeText, cursor: Option<&str>) -> Result<Read, ApiError> {
    let mut query = wish.query(&range.from, &range.to);
    query.push(("limit", PAGE));
    query.extend(cursor.map(|cursor| ("cursor", cursor)));
    let page = api::list_journal(&query).await?;
    Ok(Read {
        entries: page.items,
        next: page.next_cursor,
    })
}

/// The page.
#[component]
pub fn Journal() -> impl IntoView {
    let live = expect_context::<Live>();
    let wish = RwSignal::new(Wish::of_address());
    let range = RwSignal::new(RangeText::from_url("now-7d"));
    let again = RwSignal::new(0_u32);
    let read = loaded(move || {
        again.track();
        live.epoch.track();
        let (wish, range) = (wish.get(), range.get());
        async move { fetch(&wish, &range, None).await }
    });
    let reader = Reader {
        wish,
        range,
        read,
        again,
        failed: RwSignal::new(None),
    };
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    let body = move || {
        match read.get() {
        Load::Waiting => view! { <Waiting what=t("the journal")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(read) if read.entries.is_empty() => view! {
            <p class="muted" role="status">{t("Nothing like this was written down in the range. Choose a longer one, or look for less.")}</p>
        }
        .into_any(),
        Load::Ready(read) => entries(reader, &read),
    }
    };
    view! {
        <div class="journal-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Journal")}</p>
            <div class="section-head">
                <h1>{t("Journal")}</h1>
                <RangePicker range/>
                <button type="button" on:click=move |_| reader.again.update(|again| *again += 1)>{t("Refresh")}</button>
                <button type="button" id="export" data-command=t("Take along as JSON lines") on:click=move |_| reader.export()>{t("Take along as JSON lines")}</button>
            </div>
            <Filters reader/>
            {move || reader.failed.get().map(|error| view! { <Failure error/> })}
            {body}
        </div>
    }
}

#[component]
fn Filters(reader: Reader) -> impl IntoView {
    let field = |id: &'static str, label: &'static str, get: fn(&mut Wish) -> &mut String| {
        let value = move || {
            let mut wish = reader.wish.get();
            get(&mut wish).clone()
        };
        let write = move |event: web_sys::Event| {
            reader.change(|wish| *get(wish) = event_target_value(&event));
        };
        view! {
            <label class="field">{label}
                <input type="text" id=id class="code" autocomplete="off" spellcheck="false" prop:value=value on:change=write/>
            </label>
        }
    };
    let groups = GROUPS.map(|(word, name, _)| {
        view! { <option value=word selected=move || reader.wish.get().group == word>{t(name)}</option> }
    });
    view! {
        <div class="filters">
            <label class="field">{t("What")}
                <select id="journal-kind" on:change=move |event| reader.change(|wish| wish.group = event_target_value(&event))>
                    <option value="">{t("Everything")}</option>
                    {groups.into_iter().collect_any()}
                </select>
            </label>
            {field("journal-rule", t("Rule"), |wish| &mut wish.rule)}
            {field("journal-anomaly", t("Anomaly"), |wish| &mut wish.anomaly)}
            {field("journal-actor", t("Who"), |wish| &mut wish.actor)}
            <ChainCheck/>
        </div>
    }
}

/// Whether every entry is as it was written; asked when somebody wants to know, because all of it is read for that.
#[component]
fn ChainCheck() -> impl IntoView {
    let chain = RwSignal::new(None::<Load<JournalChain>>);
    let check = move |_| {
        chain.set(Some(Load::Waiting));
        spawn_local(async move {
            let checked = api::verify_journal().await;
            chain.try_set(Some(checked.map_or_else(Load::Failed, Load::Ready)));
        });
    };
    let told = move || match chain.get() {
        None => ().into_any(),
        Some(Load::Waiting) => view! { <span class="muted">{t("Checking…")}</span> }.into_any(),
        Some(Load::Failed(error)) => {
            view! { <span class="refused">{error.message()}</span> }.into_any()
        }
        Some(Load::Ready(chain)) if chain.holds => {
            let count = plural(
                chain.entries.unsigned_abs(),
                "{n} entry, each tied to the one before; none is changed or missing.",
                "{n} entries, each tied to the one before; none is changed or missing.",
            );
            view! { <span id="chain" data-entries=chain.entries data-holds="true"><span class="mark" aria-hidden="true">"✓ "</span>{count}</span> }
                .into_any()
        }
        Some(Load::Ready(chain)) => {
            let seq = chain.broken_seq.unwrap_or_default().to_string();
            let text = tf(
                "Entry {n} does not fit to the one before: somebody has changed the store.",
                &[("n", &seq)],
            );
            view! { <span id="chain" class="refused" data-holds="false">"▲ "{text}</span> }
                .into_any()
        }
    };
    view! {
        <p class="row chain" role="status">
            <button type="button" id="check-chain" on:click=check>{t("Check the chain")}</button>
            {told}
        </p>
    }
}

fn entries(reader: Reader, read: &Read) -> AnyView {
    let zone = browser::zone_now();
    let row = |entry: &JournalEntry| {
        let seconds = second_text(entry.at_ms, &zone);
        let time = format!(
            "{}{}",
            minute_text(entry.at_ms, &zone),
            seconds.get(5..8).unwrap_or_default()
        );
        let rule = entry
            .rule_id
            .clone()
            .map(|id| view! { <a href=format!("rules/{id}")>{id.clone()}</a>" " });
        let anomaly = entry.anomaly_id.clone().map(|id| {
            view! { <a href=format!("anomalies/{id}")>{t("anomaly")}</a> }
        });
        let hashes = tf(
            "hash {hash}, before {before}",
            &[("hash", &entry.hash), ("before", &entry.prev_hash)],
        );
        view! {
            <tr data-seq=entry.seq data-kind=entry.kind.clone()>
                <td class="number">{entry.seq}</td>
                <td class="when"><time>{time}</time></td>
                <th scope="row">{kind_word(&entry.kind)}</th>
                <td>{rule}{anomaly}</td>
                <td>{words::actor(&entry.actor)}</td>
                <td><details><summary>{t("Details")}</summary><pre class="payload">{json::pretty(&entry.payload)}</pre><p class="hashes">{hashes}</p></details></td>
            </tr>
        }
    };
    let rows = read.entries.iter().map(row).collect_any();
    let count = read.entries.len() as u64;
    let shown = match &read.next {
        Some(_) => plural(
            count,
            "{n} entry shown; there are older ones.",
            "{n} entries shown; there are older ones.",
        ),
        None => plural(
            count,
            "{n} entry, all of them.",
            "{n} entries, all of them.",
        ),
    };
    let more = read.next.clone().map(|cursor| {
        view! { <button type="button" id="older" on:click=move |_| reader.more(cursor.clone())>{t("Show older ones")}</button> }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t("Journal")>
            <table class="journal" data-count=words::count(count)>
                <thead><tr>
                    <th scope="col" class="number">{t("No.")}</th><th scope="col">{t("When")}</th><th scope="col">{t("What")}</th>
                    <th scope="col">{t("About")}</th><th scope="col">{t("Who")}</th><th scope="col">{t("Details")}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="row" role="status"><span class="muted">{shown}</span>{more}</p>
    }
    .into_any()
}
