//! One rule in the list.

use hindcast_shared::api::RuleRecord;
use leptos::prelude::*;

use super::state::{Column, State, found_by};
use super::{Book, has_unsaved, may_write};
use crate::app::Who;
use crate::draft;
use crate::i18n::{plural, said, t, tf};
use crate::live::Live;
use crate::words;

/// What changes with every run; the rest is the row's for as long as it is there.
#[derive(Clone, Copy)]
struct Figures(Memo<Option<RuleRecord>>);

impl Figures {
    fn of(book: Book, record: &RuleRecord) -> Self {
        let id = record.rule.id.clone();
        Self(Memo::new(move |_| {
            book.rules.with(|rules| {
                let mut rules = rules.ready().into_iter().flatten();
                rules.find(|record| record.rule.id == id).cloned()
            })
        }))
    }

    fn told(self, write: fn(&RuleRecord) -> String) -> impl Fn() -> String + Clone {
        move || {
            self.0
                .with(|record| record.as_ref().map_or_else(String::new, write))
        }
    }

    fn at_ms(self) -> Memo<Option<i64>> {
        let Self(now) = self;
        Memo::new(move |_| now.with(|record| Some(record.as_ref()?.last_run.as_ref()?.at_ms)))
    }
}

/// A row of the table.
pub(super) fn row(book: Book, record: RuleRecord) -> AnyView {
    let live = expect_context::<Live>();
    let who = expect_context::<Who>();
    let state = State::of(&record);
    let rule = &record.rule;
    let id = rule.id.clone().unwrap_or_default();
    let (enabled, locked) = (rule.enabled, record.provisioned);
    let figures = Figures::of(book, &record);
    let at_ms = figures.at_ms();
    let checked = move || {
        at_ms.get().map_or_else(
            || t("never").to_owned(),
            |at_ms| words::ago(at_ms, live.now_ms.get()),
        )
    };
    let cost = figures.told(|record| {
        let run = record.last_run.as_ref();
        run.map_or_else(String::new, |run| {
            format!("{} ms", words::count(run.duration_ms.unsigned_abs()))
        })
    });
    let series = figures.told(|record| {
        let run = record.last_run.as_ref();
        run.map_or_else(String::new, |run| {
            plural(u64::from(run.series), "{n} series", "{n} series")
        })
    });
    let open = figures.told(|record| record.open_anomalies.to_string());
    let pages = figures.told(|record| record.pages_last_week.to_string());
    let run = record.last_run.as_ref();
    let error = run.and_then(|run| run.error.clone());
    let schedule = words::schedule(rule.schedule.as_ref(), rule.step.ms());
    let unsaved = has_unsaved(&record);
    let found = {
        let record = record.clone();
        move || {
            // Nothing is known while it is on its way: a zero would be a lie.
            book.anomalies.with(|found| match found.ready() {
                None => "–".to_owned(),
                Some(found) => words::count(found_by(&record, found)),
            })
        }
    };
    let switched = {
        let record = record.clone();
        move |event: web_sys::Event| book.switch(record.clone(), event_target_checked(&event))
    };
    let deleted = {
        let record = record.clone();
        move |_| book.delete(record.clone())
    };
    let allowed = move || may_write(who) && !locked;
    let refused = move || !allowed();
    let why_not = if locked {
        t("Set it in the configuration file")
    } else {
        t("On or off")
    };
    let name = rule.name.clone();
    view! {
        <tr class="rule" data-rule=id.clone() data-state=state.as_str() data-enabled=enabled.to_string()>
            <td>
                <input type="checkbox" role="switch" title=why_not aria-label=tf("{rule} is on", &[("rule", &name)])
                    prop:checked=enabled prop:disabled=refused on:change=switched/>
            </td>
            <td class="rule-state" data-state=state.as_str()><span class="mark" aria-hidden="true">{state.glyph()}</span>{state.word()}</td>
            <th scope="row">
                <a class="rule-name" href=format!("rules/{id}")>{name.clone()}</a>
                {locked.then(|| view! { <span class="tag" title=t("From the configuration file")>{t("from the file")}</span> })}
                {unsaved.then(|| view! { <span class="tag">{t("unsaved changes")}</span> })}
                <span class="rule-query"><code>{rule.query.clone()}</code>" · "{rule.source.clone()}</span>
                {error.map(|error| view! { <span class="refused">{said(&error)}</span> })}
            </th>
            <td>{draft::kind(rule).as_str()}<span class="rule-query">{schedule}</span></td>
            <td class="number" data-cell="open" data-name=Column::Open.title()>{open}</td>
            <td class="number" data-cell="anomalies" data-name=Column::Anomalies.title()>{found}</td>
            <td class="number" data-cell="pages" data-name=Column::Pages.title()>{pages}</td>
            <td class="number" data-name=Column::LastRun.title()>{checked}</td>
            <td class="number" data-name=Column::Cost.title()>{cost}<span class="rule-query">{series}</span></td>
            <td class="rule-buttons">
                <a class="button" href=format!("lab?rule={id}")>{t("Tune")}</a>
                {move || allowed().then(|| {
                    let deleted = deleted.clone();
                    view! {
                        <button type="button" class="quiet" data-do="delete" aria-label=tf("Delete {rule}", &[("rule", &name)]) on:click=deleted>{t("Delete")}</button>
                    }
                })}
            </td>
        </tr>
    }
    .into_any()
}
