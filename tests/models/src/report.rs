//! What was reached, as docs/models-accuracy.md and as figures.

use std::collections::BTreeSet;

use crate::code;
use crate::data::Labelled;
use crate::kept::{Entry, Kept};
use crate::plan::{Job, Method, Side, key};
use crate::table::{cell, mean, table};

/// VUS-PR and AUC-PR of methods on the 180 series of TSB-AD-M, as its authors' leaderboard has them.
const PUBLISHED: &[(&str, f64, f64)] = &[
    ("CNN (forecasts)", 0.31, 0.32),
    ("OmniAnomaly", 0.31, 0.27),
    ("PCA", 0.31, 0.31),
    ("LSTMAD (forecasts)", 0.31, 0.31),
    ("USAD", 0.30, 0.26),
    ("autoencoder", 0.30, 0.30),
    ("KMeansAD", 0.29, 0.25),
    ("one-class SVM", 0.26, 0.23),
    ("Donut (a VAE)", 0.26, 0.20),
    ("extended isolation forest", 0.21, 0.19),
    ("isolation forest", 0.20, 0.19),
    ("TimesNet", 0.19, 0.13),
    ("TranAD", 0.18, 0.14),
    ("Anomaly Transformer", 0.12, 0.07),
];

/// Results of one method on the files of a set, each with the twin's if there is one.
struct Results<'a> {
    method: Method,
    each: Vec<(&'a Labelled, &'a Entry, Option<&'a Entry>)>,
    /// Whether some were made by code that has changed since.
    stale: bool,
}

fn results<'a>(set: &str, files: &'a [Labelled], kept: &'a Kept) -> Vec<Results<'a>> {
    let of = |method: Method| {
        let own = |(at, file): (usize, &'a Labelled)| {
            let ours = kept.get(&key(method, Side::Ours, file))?;
            let twin = kept.get(&key(method, Side::Twin, file));
            Some((at, file, ours, twin))
        };
        let of_set = files.iter().enumerate().filter(|(_, file)| file.set == set);
        let found: Vec<_> = of_set.filter_map(own).collect();
        let is_stale = |file: usize, side: Side, entry: &Entry| {
            let now = code::of(&Job { method, side, file });
            now.is_ok_and(|now| now != entry.code)
        };
        let stale = found.iter().any(|(at, _, ours, twin)| {
            is_stale(*at, Side::Ours, ours)
                || twin.is_some_and(|twin| is_stale(*at, Side::Twin, twin))
        });
        let each = found
            .into_iter()
            .map(|(_, file, ours, twin)| (file, ours, twin));
        Results {
            method,
            each: each.collect(),
            stale,
        }
    };
    let all = Method::all().into_iter().map(of);
    all.filter(|results| !results.each.is_empty()).collect()
}

impl Results<'_> {
    fn mean(&self, figure: fn(&Entry) -> f64) -> Option<f64> {
        let figures = self.each.iter().map(|(_, ours, _)| figure(ours));
        mean(&figures.collect::<Vec<_>>())
    }

    /// Ours and the twin's on the files that both have.
    fn pair(&self, figure: fn(&Entry) -> f64) -> Option<(f64, f64)> {
        let both = self
            .each
            .iter()
            .filter_map(|(_, ours, twin)| Some((*ours, (*twin)?)));
        let both: Vec<_> = both.collect();
        let side =
            |of: &dyn Fn(&(&Entry, &Entry)) -> f64| mean(&both.iter().map(of).collect::<Vec<_>>());
        Some((side(&|it| figure(it.0))?, side(&|it| figure(it.1))?))
    }
}

/// The whole document.
pub(crate) fn report(files: &[Labelled], kept: &Kept) -> String {
    let mut text = String::from(
        "# Accuracy of full models\n\n\
         Written by `cargo xtask bench models --write`.\n\
         Each model learns the clean beginning of a series with everything as it is unless said (`size: small`, windows \
         of 24 samples, seed 7), and scores the whole of it as production does, from each window to its last sample.\n\
         Several series are one window (`layout: joint`).\n\
         VUS-PR (Paparrizos et al., \"Volume Under the Surface\", VLDB 2022) and AUC-PR are means over the files.\n\
         A twin is the same algorithm on the same windows by scikit-learn or PyTorch: `tests/peers/twins.py`.\n\
         The forest's has 256 windows a tree, as scikit-learn's has by itself; ours learns from 2,048.\n\
         `auto_live` is the detector `auto` as a rule runs it, `auto_full` the same with the future in sight; of \
         several series the oddest one decides.\n\
         One seed and a handful of files move a network's figure by some hundredths, on either side.\n\n",
    );
    text += "## Several series at once\n\nThree whole machines of SMD: 38 columns, 14,000 clean rows and 14,000 labelled ones.\n\n";
    text += &tables("multivariate", files, kept, |file| {
        let parts = file.name.split('_').nth(1);
        parts.unwrap_or_default().to_owned()
    });
    text += "\n## Single series\n\nOf 48 series; where fewer were scored, they are spread evenly over all.\n\n";
    text += &tables("univariate", files, kept, |file| file.group().to_owned());
    text += "\n## What others published\n\n\
        On all 180 series of TSB-AD-M (Liu and Paparrizos, \"The Elephant in the Room\", NeurIPS 2024; the figures are \
        those of its leaderboard), for orientation: these are other files, tuned on some of them, and scores that are \
        spread over whole windows.\n\n";
    let rows = PUBLISHED
        .iter()
        .map(|(name, vus, auc)| vec![(*name).to_owned(), format!("{vus:.2}"), format!("{auc:.2}")]);
    text += &table(
        &[
            "method".to_owned(),
            "VUS-PR".to_owned(),
            "AUC-PR".to_owned(),
        ],
        &rows.collect::<Vec<_>>(),
    );
    text
}

fn tables(
    set: &str,
    files: &[Labelled],
    kept: &Kept,
    group: impl Fn(&Labelled) -> String,
) -> String {
    let results = results(set, files, kept);
    let groups: BTreeSet<String> = files
        .iter()
        .filter(|file| file.set == set)
        .map(&group)
        .collect();
    let mut head = vec!["model".to_owned(), "files".to_owned()];
    head.extend(groups.iter().cloned());
    let rest = [
        "VUS-PR",
        "twin",
        "difference",
        "AUC-PR",
        "twin",
        "training s",
        "twin",
    ];
    head.extend(rest.map(str::to_owned));
    let row = |one: &Results<'_>| {
        let star = if one.stale { " *" } else { "" };
        let mut row = vec![
            format!("`{}`{star}", one.method.name()),
            one.each.len().to_string(),
        ];
        for name in &groups {
            let of_it = one.each.iter().filter(|(file, ..)| group(file) == *name);
            let figures: Vec<f64> = of_it.map(|(_, ours, _)| ours.vus_pr).collect();
            row.push(cell(mean(&figures), 3));
        }
        let (vus, auc) = (one.pair(|it| it.vus_pr), one.pair(|it| it.auc_pr));
        row.push(cell(one.mean(|it| it.vus_pr), 3));
        row.push(cell(vus.map(|(_, twin)| twin), 3));
        row.push(vus.map_or("–".to_owned(), |(own, twin)| {
            format!("{:+.3}", own - twin)
        }));
        row.push(cell(one.mean(|it| it.auc_pr), 3));
        row.push(cell(auc.map(|(_, twin)| twin), 3));
        row.push(cell(one.mean(|it| it.training_s), 1));
        row.push(cell(one.pair(|it| it.training_s).map(|(_, twin)| twin), 1));
        row
    };
    let rows: Vec<Vec<String>> = results.iter().map(row).collect();
    let mut text = table(&head, &rows);
    if results.iter().any(|one| one.stale) {
        text += "\n\\* The code has changed since some of these were measured.\n";
    }
    let refused = results.iter().flat_map(|one| {
        let notes = one
            .each
            .iter()
            .filter_map(|(file, ours, _)| Some((file, ours.note.as_ref()?)));
        notes.map(|(file, note)| format!("- `{}` on {}: {note}.\n", one.method.name(), file.name))
    });
    let refused: String = refused.collect();
    if !refused.is_empty() {
        text += "\nNot learned, and counted as a score that is always the same:\n\n";
        text += &refused;
    }
    text
}

/// Prints the figures that have goals.
pub(crate) fn measured(files: &[Labelled], kept: &Kept) {
    for set in ["multivariate", "univariate"] {
        let results = results(set, files, kept);
        let auto = results.iter().find(|one| one.method == Method::AutoLive);
        let auto = auto.and_then(|one| one.mean(|it| it.vus_pr));
        let mut best = f64::NEG_INFINITY;
        for one in &results {
            let name = one.method.name();
            if let Some(mean) = one.mean(|it| it.vus_pr) {
                println!("measured models_vus_pr_{set}_{name} {mean:.4}");
                if matches!(one.method, Method::Model(_)) {
                    best = best.max(mean);
                }
            }
            if let Some((own, twin)) = one.pair(|it| it.vus_pr) {
                println!("measured models_over_twin_{set}_{name} {:.4}", own - twin);
            }
        }
        if let (Some(auto), true) = (auto, best.is_finite()) {
            println!("measured models_best_over_auto_{set} {:.4}", best - auto);
        }
    }
}
