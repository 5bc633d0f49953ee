//! Exact Shapley values of an isolation forest, by what each cut's sides held when the tree grew (Lundberg, Erion and
//! Lee, "Consistent Individualized Feature Attribution for Tree Ensembles", 2018, algorithm 2).
//!
//! What is explained is the mean path length: short is odd. It knows nothing of series or columns.

use hindcast_shared::detector::forest::isolation::{IsolationForest, Node};

/// The mean path length of a row, taken apart: `base + the sum of parts` is that length.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exact {
    /// The mean over the rows that the trees grew from.
    pub(crate) base: f64,
    /// What each number of the row adds; what is below 0 makes the row odd.
    pub(crate) parts: Vec<f64>,
}

/// A number on the way from the root, with the share of rows that go this way without and with knowing it.
#[derive(Debug, Clone, Copy)]
struct Step {
    feature: usize,
    unknown: f64,
    known: f64,
    weight: f64,
}

/// No number: the root.
const ROOT: usize = usize::MAX;

/// Takes the mean path length of a row apart; nothing where cuts are oblique.
pub(crate) fn tree_shap(forest: &IsolationForest, row: &[f64]) -> Option<Exact> {
    let mut parts = vec![0.0; forest.dims()];
    let (trees, mut base) = (forest.trees(), 0.0);
    for tree in 0..trees {
        let nodes = forest.tree(tree)?;
        base += expected(&nodes, 0);
        let root = Step {
            feature: ROOT,
            unknown: 1.0,
            known: 1.0,
            weight: 0.0,
        };
        descend(&nodes, row, 0, &mut Vec::new(), root, &mut parts);
    }
    let share = 1.0 / trees as f64;
    for part in &mut parts {
        *part *= share;
    }
    Some(Exact {
        base: base * share,
        parts,
    })
}

/// The mean path length under a node.
fn expected(nodes: &[Node], at: usize) -> f64 {
    match nodes[at] {
        Node::Leaf { path, .. } => path,
        Node::Cut { left, right, .. } => {
            let (left_rows, right_rows) = (rows(nodes[left]), rows(nodes[right]));
            let sum = left_rows * expected(nodes, left) + right_rows * expected(nodes, right);
            sum / (left_rows + right_rows)
        }
    }
}

fn rows(node: Node) -> f64 {
    match node {
        Node::Leaf { rows, .. } | Node::Cut { rows, .. } => f64::from(rows),
    }
}

fn descend(
    nodes: &[Node],
    row: &[f64],
    at: usize,
    path: &mut Vec<Step>,
    step: Step,
    parts: &mut [f64],
) {
    extend(path, step);
    match nodes[at] {
        Node::Leaf { path: length, .. } => {
            for index in 1..path.len() {
                let step = path[index];
                let weight = weight_without(path, index);
                parts[step.feature] += weight * (step.known - step.unknown) * length;
            }
        }
        Node::Cut {
            feature,
            threshold,
            left,
            right,
            rows: all,
        } => {
            let (mut unknown, mut known) = (1.0, 1.0);
            if let Some(index) = path.iter().position(|step| step.feature == feature) {
                (unknown, known) = (path[index].unknown, path[index].known);
                shorten(path, index);
            }
            let goes_right = row.get(feature).is_some_and(|value| *value > threshold);
            for (child, goes) in [(left, !goes_right), (right, goes_right)] {
                let step = Step {
                    feature,
                    unknown: unknown * rows(nodes[child]) / f64::from(all),
                    known: if goes { known } else { 0.0 },
                    weight: 0.0,
                };
                descend(nodes, row, child, &mut path.clone(), step, parts);
            }
        }
    }
}

/// Grows the weights of all subsets of the way by one more number.
fn extend(path: &mut Vec<Step>, step: Step) {
    let depth = path.len();
    let weight = if depth == 0 { 1.0 } else { 0.0 };
    path.push(Step { weight, ..step });
    for index in (0..depth).rev() {
        let before = path[index].weight;
        path[index + 1].weight += step.known * before * (index + 1) as f64 / (depth + 1) as f64;
        path[index].weight = step.unknown * before * (depth - index) as f64 / (depth + 1) as f64;
    }
}

/// Takes one number out of the way again.
fn shorten(path: &mut Vec<Step>, out: usize) {
    let depth = path.len() - 1;
    let Step { unknown, known, .. } = path[out];
    let mut next = path[depth].weight;
    for index in (0..depth).rev() {
        if known > 0.0 {
            let before = path[index].weight;
            path[index].weight = next * (depth + 1) as f64 / ((index + 1) as f64 * known);
            next =
                before - path[index].weight * unknown * (depth - index) as f64 / (depth + 1) as f64;
        } else {
            path[index].weight *= (depth + 1) as f64 / (unknown * (depth - index) as f64);
        }
    }
    for index in out..depth {
        let weight = path[index].weight;
        path[index] = Step {
            weight,
            ..path[index + 1]
        };
    }
    path.pop();
}

/// The sum of the weights if one number were taken out.
fn weight_without(path: &[Step], out: usize) -> f64 {
    let depth = path.len() - 1;
    let Step { unknown, known, .. } = path[out];
    let (mut next, mut total) = (path[depth].weight, 0.0);
    for index in (0..depth).rev() {
        if known > 0.0 {
            let weight = next * (depth + 1) as f64 / ((index + 1) as f64 * known);
            total += weight;
            next =
                path[index].weight - weight * unknown * (depth - index) as f64 / (depth + 1) as f64;
        } else {
            total += path[index].weight * (depth + 1) as f64 / (unknown * (depth - index) as f64);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use hindcast_shared::detector::forest::isolation::Params;
    use hindcast_shared::math::random::Random;

    use super::*;

    fn forest(dims: usize, trees: u32, sample: u32, seed: u64) -> (IsolationForest, Vec<f64>) {
        let mut random = Random::new(seed);
        let rows: Vec<f64> = (0..200 * dims).map(|_| random.normal()).collect();
        let params = Params {
            trees,
            sample,
            extended: false,
        };
        let forest = IsolationForest::fit(&rows, dims, &params, seed).expect("good parameters");
        (forest, rows)
    }

    /// The expected path length when only the numbers of a set are known.
    fn value(nodes: &[Node], row: &[f64], known: usize, at: usize) -> f64 {
        match nodes[at] {
            Node::Leaf { path, .. } => path,
            Node::Cut {
                feature,
                threshold,
                left,
                right,
                rows: all,
            } => {
                if known >> feature & 1 == 1 {
                    let child = if row[feature] > threshold {
                        right
                    } else {
                        left
                    };
                    return value(nodes, row, known, child);
                }
                let part = |child| rows(nodes[child]) * value(nodes, row, known, child);
                (part(left) + part(right)) / f64::from(all)
            }
        }
    }

    /// By the definition: the mean over all orders of what a number adds when it becomes known.
    fn by_definition(forest: &IsolationForest, row: &[f64]) -> Vec<f64> {
        let dims = forest.dims();
        let factorial = |n: usize| (1..=n).map(|it| it as f64).product::<f64>();
        let mut parts = vec![0.0; dims];
        for tree in 0..forest.trees() {
            let nodes = forest.tree(tree).expect("straight cuts");
            let values: Vec<f64> = (0..1 << dims)
                .map(|set| value(&nodes, row, set, 0))
                .collect();
            for (feature, part) in parts.iter_mut().enumerate() {
                for set in (0..1_usize << dims).filter(|set| set >> feature & 1 == 0) {
                    let size = set.count_ones() as usize;
                    let weight = factorial(size) * factorial(dims - size - 1) / factorial(dims);
                    *part += weight * (values[set | 1 << feature] - values[set]);
                }
            }
        }
        parts
            .iter()
            .map(|part| part / forest.trees() as f64)
            .collect()
    }

    #[test]
    fn parts_when_worked_out_over_all_subsets_then_are_the_same() {
        for (dims, seed) in [(1, 1), (2, 2), (4, 3), (7, 4)] {
            let (forest, rows) = forest(dims, 6, 48, seed);
            let mut odd = vec![0.0; dims];
            odd[dims - 1] = 9.0;
            for row in rows.chunks_exact(dims).take(8).chain([&odd[..]]) {
                let exact = tree_shap(&forest, row).expect("straight cuts");
                for (part, expected) in exact.parts.iter().zip(by_definition(&forest, row)) {
                    assert!((part - expected).abs() < 1e-9, "{part} {expected}");
                }
                let path = -forest.score(row).log2() * forest.ordinary_path();
                let sum = exact.base + exact.parts.iter().sum::<f64>();
                assert!((sum - path).abs() < 1e-5, "{sum} {path}");
            }
        }
    }

    /// Three rows and what `shap.TreeExplainer` (0.51) says of them for the same trees.
    #[test]
    fn parts_when_compared_with_those_of_shap_then_are_the_same() {
        #[derive(serde::Deserialize)]
        struct Stored {
            base: f64,
            rows: Vec<Vec<f64>>,
            parts: Vec<Vec<f64>>,
        }
        let stored = include_str!("tree_shap.json");
        let stored: Stored = serde_json::from_str(stored).expect("stored values");
        let (forest, _) = forest(5, 20, 128, 11);
        for (row, parts) in stored.rows.iter().zip(&stored.parts) {
            let exact = tree_shap(&forest, row).expect("straight cuts");
            assert!((exact.base - stored.base).abs() < 1e-6);
            for (part, expected) in exact.parts.iter().zip(parts) {
                assert!((part - expected).abs() < 1e-6, "{part} {expected}");
            }
        }
    }
}
