//! How well the detectors find what is labelled: the whole development split in one run.
//!
//! `cargo xtask bench accuracy` runs it, keeps the default's figures in `accuracy.json`, and fails when they get
//! worse. Arguments name detectors, or parts (`vus`, `budget`, `nab`); without any, all are measured. `HINDCAST_EACH=1` prints every series.
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

/// What can be run alone; everything is unless one is named.
const PARTS: [&str; 3] = ["vus", "budget", "nab"];

fn main() {
    let (parts, only): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .partition(|arg| PARTS.contains(&arg.as_str()));
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    let Some(root) = data::root() else {
        println!(
            "skipped: no development data (HINDCAST_DATA, or shared/data beside the checkout)"
        );
        return;
    };
    let methods = Method::all(&only);
    let series = data::univariate(&root);
    if wanted("vus") {
        let reached = vus::measure(&methods, &series);
        reached.iter().for_each(print_vus);
    }
    let causal = methods
        .iter()
        .filter(|method| method.mode == Mode::Causal && (method.is_default() || !only.is_empty()));
    for live in causal {
        if wanted("budget") {
            print_budget(live, budget::measure(live, &series));
        }
        if wanted("nab") {
            print_nab(live, &nab::measure(live, &data::nab(&root)));
        }
    }
}

fn print_vus(reached: &vus::Reached) {
    if !reached.method.is_default() {
        return;
    }
    let form = reached.method.form();
    let (hits, of) = reached.hits;
    let share = hits as f64 / of.max(1) as f64;
    println!("measured accuracy_{form}_vus_pr_mean {:.4}", reached.mean);
    println!(
        "measured accuracy_{form}_vus_pr_macro {:.4}",
        reached.macro_mean
    );
    println!("measured accuracy_{form}_arg_max_share {share:.4}");
}

fn print_budget(method: &Method, ratios: [f64; 3]) {
    for (budget, ratio) in [5, 10, 20].into_iter().zip(ratios) {
        if method.is_default() {
            println!("measured accuracy_alarm_ratio_at_{budget} {ratio:.3}");
        }
    }
}

fn print_nab(method: &Method, nab: &nab::Reached) {
    if !method.is_default() {
        return;
    }
    for (at, name) in ["standard", "low_fp", "low_fn"].into_iter().enumerate() {
        let (best, shipped) = (nab.best[at].score, nab.as_shipped[at]);
        println!("measured accuracy_nab_{name} {best:.2}");
        println!("measured accuracy_nab_{name}_as_shipped {shipped:.2}");
    }
}
