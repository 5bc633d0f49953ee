//! The anomalies that the page knows, the ones that pass the filter, and the ones that somebody picked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hindcast_shared::anomaly::{Anomaly, AnomalyId};
use leptos::prelude::*;

use super::filter::Filter;
use crate::live::Live;

/// Everything that the page's parts read and change; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Roll {
    pub(super) live: Live,
    pub(super) filter: RwSignal<Filter>,
    /// What the server found in the range that is shown.
    pub(super) past: Signal<Option<Vec<Anomaly>>>,
    /// The rows of the list, in order; an anomaly keeps its number.
    pub(super) order: RwSignal<Arc<Vec<u32>>>,
    pub(super) picked: RwSignal<BTreeSet<AnomalyId>>,
    known: StoredValue<Known>,
    /// Counts changes of what is known.
    changed: RwSignal<u32>,
}

#[derive(Debug, Default)]
struct Known {
    numbers: BTreeMap<AnomalyId, u32>,
    rows: Vec<Arc<Anomaly>>,
}

impl Known {
    /// Keeps an anomaly; gives back its number.
    fn take(&mut self, anomaly: &Anomaly) -> u32 {
        let next = self.rows.len() as u32;
        let number = *self.numbers.entry(anomaly.id).or_insert(next);
        if number == next {
            self.rows.push(Arc::new(anomaly.clone()));
        } else if *self.rows[number as usize] != *anomaly {
            self.rows[number as usize] = Arc::new(anomaly.clone());
        }
        number
    }
}

impl Roll {
    pub(super) fn new(
        live: Live,
        filter: RwSignal<Filter>,
        past: Signal<Option<Vec<Anomaly>>>,
    ) -> Self {
        let roll = Self {
            live,
            filter,
            past,
            order: RwSignal::new(Arc::default()),
            picked: RwSignal::new(BTreeSet::new()),
            known: StoredValue::new(Known::default()),
            changed: RwSignal::new(0),
        };
        crate::lean::effect(move || roll.list());
        roll
    }

    /// Lists what passes: what goes on worst first, as the server's stream keeps it; what is over newest first.
    fn list(self) {
        let filter = self.filter.get();
        let mut order = Vec::new();
        let mut take = |anomaly: &Anomaly| {
            if filter.passes(anomaly) {
                let number = self.known.try_update_value(|known| known.take(anomaly));
                order.extend(number);
            }
        };
        self.live.active.with(|active| {
            active.ready().into_iter().flatten().for_each(&mut take);
        });
        if !filter.phase.is_now() {
            self.past.with(|past| {
                let mut over: Vec<&Anomaly> = past
                    .iter()
                    .flatten()
                    .filter(|anomaly| !anomaly.status.is_active())
                    .collect();
                over.sort_by_key(|anomaly| Reverse((anomaly.start_ms, anomaly.id)));
                over.into_iter().for_each(&mut take);
            });
        }
        let shown: BTreeSet<AnomalyId> = order
            .iter()
            .filter_map(|number| Some(self.find(*number)?.id))
            .collect();
        // Nothing is done to what is not seen.
        if self
            .picked
            .with_untracked(|picked| !picked.is_subset(&shown))
        {
            self.picked
                .update(|picked| picked.retain(|id| shown.contains(id)));
        }
        if self.order.with_untracked(|old| **old != order) {
            self.order.set(Arc::new(order));
        }
        self.changed.update(|count| *count += 1);
    }

    fn find(self, number: u32) -> Option<Arc<Anomaly>> {
        self.known
            .with_value(|known| known.rows.get(number as usize).cloned())
    }

    /// An anomaly as it is now.
    pub(super) fn row(self, number: u32) -> Memo<Option<Arc<Anomaly>>> {
        Memo::new(move |_| {
            self.changed.track();
            self.find(number)
        })
    }

    /// Picks everything that is listed, or nothing.
    pub(super) fn pick_all(self, all: bool) {
        let ids = self.order.with_untracked(|order| {
            let listed = order.iter().filter(|_| all);
            listed
                .filter_map(|number| Some(self.find(*number)?.id))
                .collect()
        });
        self.picked.set(ids);
    }

    /// Picks one, or lets it go.
    pub(super) fn pick(self, id: AnomalyId, on: bool) {
        self.picked.update(|picked| {
            if on {
                picked.insert(id);
            } else {
                picked.remove(&id);
            }
        });
    }
}
