//! Light, dark or automatic, and the tokens that a canvas needs, read once for each change.

use std::sync::Arc;

use hindcast_shared::chart::Theme;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

use crate::browser;
use crate::url_state;

/// What the viewer chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThemeChoice {
    /// As the system has it.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// The word in addresses and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|choice| choice.as_str() == text)
    }

    /// The next one, for a button that goes round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

/// The theme of the page.
#[derive(Debug, Clone, Copy)]
pub struct ThemeState {
    /// What was chosen.
    pub choice: RwSignal<ThemeChoice>,
    /// What charts draw with.
    pub theme: RwSignal<Arc<Theme>>,
    font_size: f64,
}

impl ThemeState {
    /// Reads the choice from the address, then from what is remembered, and follows the system.
    ///
    /// `font_size` is the size of a chart's labels; a wall is read from further away.
    pub fn start(default: ThemeChoice, font_size: f64) -> Self {
        let asked = url_state::current()
            .get("theme")
            .and_then(ThemeChoice::parse);
        let kept = || {
            browser::remembered("hindcast-theme")
                .as_deref()
                .and_then(ThemeChoice::parse)
        };
        let choice = RwSignal::new(asked.or_else(kept).unwrap_or(default));
        apply(choice.get_untracked());
        let state = Self {
            choice,
            theme: RwSignal::new(Arc::new(read(font_size))),
            font_size,
        };
        Effect::new(move |earlier: Option<ThemeChoice>| {
            let choice = state.choice.get();
            apply(choice);
            super::surface::forget_widths();
            state.theme.set(Arc::new(read(state.font_size)));
            // What a frame is told by the page around it is nobody's choice.
            if earlier.is_some() && !browser::is_framed() {
                browser::remember("hindcast-theme", choice.as_str());
            }
            choice
        });
        follow_system(state);
        state
    }
}

fn follow_system(state: ThemeState) {
    let Ok(Some(query)) = browser::window().match_media("(prefers-color-scheme: dark)") else {
        return;
    };
    let changed =
        Closure::<dyn FnMut()>::new(move || state.theme.set(Arc::new(read(state.font_size))));
    query.set_onchange(Some(changed.as_ref().unchecked_ref()));
    // Kept until the page's owner is gone.
    let kept = StoredValue::new_local((query, changed));
    on_cleanup(move || {
        kept.try_update_value(|(query, _)| query.set_onchange(None));
    });
}

fn apply(choice: ThemeChoice) {
    let Some(root) = browser::document().document_element() else {
        return;
    };
    // Setting an attribute of a name that is valid does not fail.
    match choice {
        ThemeChoice::Auto => root.remove_attribute("data-theme").ok(),
        _ => root.set_attribute("data-theme", choice.as_str()).ok(),
    };
}

fn read(font_size: f64) -> Theme {
    let style = browser::document()
        .document_element()
        .and_then(|root| browser::window().get_computed_style(&root).ok().flatten());
    let mut theme = Theme::from_tokens(|name| {
        style
            .as_ref()
            .and_then(|style| style.get_property_value(name).ok())
            .filter(|value| !value.trim().is_empty())
    });
    theme.font_size = font_size;
    theme
}
