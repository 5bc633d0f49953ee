//! How well the detectors find what is labelled: the whole development split in one run.
//!
//! `cargo xtask bench accuracy` runs it, keeps the default's figures in `accuracy.json`, and fails when they get
//! worse. Arguments name detectors; without any, all are measured. `HINDCAST_EACH=1` prints every series.
//! Only defaults are run: one configuration for everything, nothing is looked up by a file's name but where its
//! clean prefix ends and which group it is counted in.

mod budget;
mod data;
mod method;
mod nab;
mod vus;
mod work;

use hindcast_shared::evaluate::scoring::Mode;

use method::Method;

fn main() {
    let only: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let Some(root) = data::root() else {
        println!(
            "skipped: no development data (HINDCAST_DATA, or shared/data beside the checkout)"
        );
        return;
    };
    let methods = Method::all(&only);
    let series = data::univariate(&root);
    for reached in vus::measure(&methods, &series) {
        if reached.method.is_default() {
            let form = reached.method.form();
            println!("measured accuracy_{form}_vus_pr_mean {:.4}", reached.mean);
            println!(
                "measured accuracy_{form}_vus_pr_macro {:.4}",
                reached.macro_mean
            );
            let (hits, of) = reached.hits;
            let share = hits as f64 / of.max(1) as f64;
            println!("measured accuracy_{form}_arg_max_share {share:.4}");
        }
    }
    let streams = data::nab(&root);
    let causal = methods
        .iter()
        .filter(|method| method.mode == Mode::Causal && (method.is_default() || !only.is_empty()));
    for live in causal {
        let ratios = budget::measure(live, &series);
        let reached = nab::measure(live, &streams);
        if live.is_default() {
            print_live(ratios, &reached);
        }
    }
}

fn print_live(ratios: [f64; 3], nab: &nab::Reached) {
    for (budget, ratio) in [5, 10, 20].into_iter().zip(ratios) {
        println!("measured accuracy_alarm_ratio_at_{budget} {ratio:.3}");
    }
    for (at, name) in ["standard", "low_fp", "low_fn"].into_iter().enumerate() {
        let (best, shipped) = (nab.best[at].score, nab.as_shipped[at]);
        println!("measured accuracy_nab_{name} {best:.2}");
        println!("measured accuracy_nab_{name}_as_shipped {shipped:.2}");
    }
}
