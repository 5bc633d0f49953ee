//! The form of a training: which algorithm, over what, and what becomes of the version.

use hindcast_shared::api::{
    DriftTest, ModelFeatures, ModelKind, ModelLayout, ModelSize, ModelSpec, Promotion,
};
use hindcast_shared::time::Millis;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::board::Board;
use super::state::kind_word;
use crate::api::{ApiError, models};
use crate::components::Failure;
use crate::i18n::{key, t};
use crate::lean::CollectAny as _;

/// The presets, by their name in the page and in words.
const SIZES: [(ModelSize, &str, &str); 3] = [
    (
        ModelSize::Small,
        "small",
        key("small: minutes on two cores"),
    ),
    (ModelSize::Base, "base", key("base")),
    (ModelSize::Large, "large", key("large: hours")),
];

/// What is seen of each sample, by its name in the page and in words.
const FEATURES: [(ModelFeatures, &str, &str); 2] = [
    (
        ModelFeatures::Samples,
        "samples",
        key("values of the series"),
    ),
    (
        ModelFeatures::Device,
        "device",
        key("98 features of a device"),
    ),
];

/// What is made of several series.
const LAYOUTS: [(ModelLayout, &str, &str); 2] = [
    (ModelLayout::Each, "each", key("each series by itself")),
    (ModelLayout::Joint, "joint", key("all series together")),
];

/// What else than a cron expression trains it anew.
const DRIFTS: [(Drifts, &str, &str); 3] = [
    (Drifts::Never, "never", key("never")),
    (Drifts::Scores, "scores", key("when its scores drift")),
    (
        Drifts::Inputs,
        "inputs",
        key("when its scores or inputs drift"),
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drifts {
    Never,
    Scores,
    Inputs,
}

/// What was typed.
#[derive(Debug, Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    kind: RwSignal<ModelKind>,
    size: RwSignal<ModelSize>,
    source: RwSignal<String>,
    query: RwSignal<String>,
    history: RwSignal<String>,
    window: RwSignal<String>,
    features: RwSignal<ModelFeatures>,
    layout: RwSignal<ModelLayout>,
    lags: RwSignal<String>,
    drifts: RwSignal<Drifts>,
    cron: RwSignal<String>,
}

impl Typed {
    fn spec(self) -> ModelSpec {
        let mut spec = ModelSpec::new(
            self.name.get_untracked(),
            self.kind.get_untracked(),
            self.source.get_untracked().as_str().into(),
            self.query.get_untracked(),
        );
        // What is no length or number is refused by the server, which names the field.
        let history = self.history.get_untracked().parse();
        spec.history = history.unwrap_or(Millis::new(0));
        spec.window_samples = self.window.get_untracked().parse().unwrap_or(0);
        spec.size = self.size.get_untracked();
        spec.features = self.features.get_untracked();
        spec.layout = self.layout.get_untracked();
        let lags = self.lags.get_untracked();
        let lags = lags.split([',', ' ']).filter(|lag| !lag.is_empty());
        spec.lags_samples = lags.map(|lag| lag.parse().unwrap_or(0)).collect();
        let drifts = self.drifts.get_untracked();
        let test = |wanted: bool| wanted.then_some(DriftTest::Adwin);
        spec.retrain.drift = test(drifts != Drifts::Never);
        spec.retrain.column_drift = test(drifts == Drifts::Inputs);
        let cron = self.cron.get_untracked();
        spec.retrain.cron = Some(cron).filter(|cron| !cron.trim().is_empty());
        spec
    }
}

/// The form.
#[component]
pub(super) fn TrainForm(board: Board) -> impl IntoView {
    let text = |value: &str| RwSignal::new(value.to_owned());
    let typed = Typed {
        name: text(""),
        kind: RwSignal::new(ModelKind::IsolationForest),
        size: RwSignal::new(ModelSize::default()),
        source: text(""),
        query: text(""),
        history: text("30d"),
        window: text("24"),
        features: RwSignal::new(ModelFeatures::default()),
        layout: RwSignal::new(ModelLayout::default()),
        lags: text(""),
        drifts: RwSignal::new(Drifts::Never),
        cron: text(""),
    };
    let failed = RwSignal::new(None::<ApiError>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let spec = typed.spec();
        spawn_local(async move {
            match models::train(spec, Promotion::IfNoWorse).await {
                Ok(_) => {
                    board.training.try_set(false);
                    board.reload();
                }
                Err(error) => drop(failed.try_set(Some(error))),
            }
        });
    };
    let kinds = ModelKind::ALL
        .into_iter()
        .map(|kind| view! { <option value=kind.as_str() selected=move || typed.kind.get() == kind>{kind_word(kind)}</option> })
        .collect_any();
    let picked = move |event: web_sys::Event| {
        let word = event_target_value(&event);
        let kind = ModelKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word);
        typed.kind.set(kind.unwrap_or(ModelKind::IsolationForest));
    };
    let sources = move || {
        board.sources.with(|sources| {
            let all = sources.ready().map_or(&[][..], Vec::as_slice);
            let names = all.iter().map(|source| source.name.clone());
            names
                .map(|name| view! { <option value=name></option> })
                .collect_any()
        })
    };
    view! {
        <form class="mute-form" aria-labelledby="train-title" on:submit=submit>
            <h2 id="train-title">{t("Train a model")}</h2>
            <div class="mute-fields">
                {field("model-name", t("Name"), typed.name, true)}
                <label class="field">{t("Algorithm")}<select id="model-kind" on:change=picked>{kinds}</select></label>
                {choice("model-size", t("Size"), &SIZES, typed.size)}
                <label class="field">{t("Source")}
                    <input type="text" id="model-source" list="model-sources" required autocomplete="off" spellcheck="false"
                        prop:value=typed.source on:input=move |event| typed.source.set(event_target_value(&event))/>
                </label>
                <datalist id="model-sources">{sources}</datalist>
                {field("model-query", t("Query"), typed.query, true)}
                {field("model-history", t("History"), typed.history, true)}
                {field("model-window", t("Window in samples"), typed.window, true)}
                {choice("model-features", t("Sees"), &FEATURES, typed.features)}
                {choice("model-layout", t("Several series"), &LAYOUTS, typed.layout)}
                {field("model-lags", t("Lags in samples (such as 1, 60)"), typed.lags, false)}
                {choice("model-drifts", t("Train anew"), &DRIFTS, typed.drifts)}
                {field("model-cron", t("Train anew by cron (empty: never)"), typed.cron, false)}
            </div>
            <p class="muted">{t("The new version scores if none does yet, or if it is no worse than the one that does.")}</p>
            {move || failed.get().map(|error| view! { <Failure error/> })}
            <p class="row">
                <button type="submit" class="primary" id="train">{t("Train")}</button>
                <button type="button" on:click=move |_| board.training.set(false)>{t("Cancel")}</button>
            </p>
        </form>
    }
}

/// A choice of few; what is chosen at first is the first.
fn choice<T: Copy + Send + Sync + 'static>(
    id: &'static str,
    name: &'static str,
    all: &'static [(T, &str, &str)],
    value: RwSignal<T>,
) -> AnyView {
    let options = all
        .iter()
        .map(|(_, name, word)| view! { <option value=*name>{t(word)}</option> })
        .collect_any();
    let picked = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        if let Some((chosen, ..)) = all.iter().find(|one| one.1 == name) {
            value.set(*chosen);
        }
    };
    view! { <label class="field">{name}<select id=id on:change=picked>{options}</select></label> }
        .into_any()
}

fn field(
    id: &'static str,
    name: &'static str,
    value: RwSignal<String>,
    is_needed: bool,
) -> AnyView {
    view! {
        <label class="field">{name}
            <input type="text" id=id class="code" required=is_needed autocomplete="off" spellcheck="false"
                prop:value=value on:input=move |event| value.set(event_target_value(&event))/>
        </label>
    }
    .into_any()
}
