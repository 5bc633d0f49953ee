mod gaps;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};
use hindcast_shared::api::{ModelKind, ModelLayout, ModelSize};
use rstest::rstest;
use tokio_util::sync::CancellationToken;

use super::layers::{Attention, Dense, Lstm, TemporalBlock};
use super::*;
use crate::models::testing::{material, spec, wave};
use crate::models::{Means, Progress, score, train};

const KINDS: [ModelKind; 4] = [
    ModelKind::Autoencoder,
    ModelKind::Vae,
    ModelKind::LstmAutoencoder,
    ModelKind::TcnAutoencoder,
];

fn differentiating() -> Device {
    Device::flex().autodiff()
}

/// Numbers that no layer treats alike.
fn rows(shape: [usize; 2], device: &Device) -> Tensor<2> {
    let mut random = Random::new(11);
    let drawn = (0..shape[0] * shape[1]).map(|_| random.normal() as f32);
    Tensor::from_data(TensorData::new(drawn.collect::<Vec<f32>>(), shape), device)
}

struct Slopes<'a>(&'a Gradients, Vec<Vec<f32>>);

impl ModuleVisitor for Slopes<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let slope = param.val().grad(self.0).expect("every weight matters");
        self.1.push(weights::numbers(slope));
    }
}

/// Holds the gradient of every weight against what a small change of the weight does.
fn check_gradients<M: Module>(
    name: &str,
    build: impl Fn(&mut Drawing<'_>) -> M,
    loss: impl Fn(&M) -> Tensor<1>,
) {
    const CHANGE: f32 = 4e-3;
    let (random, device) = (&mut Random::new(3), &differentiating());
    let module = build(&mut Drawing { random, device });
    let gradients = loss(&module).backward();
    let mut slopes = Slopes(&gradients, Vec::new());
    module.visit(&mut slopes);
    let known = weights::taken(&module);
    let value = |weights: Vec<Vec<f32>>| -> f64 {
        let changed = weights::given(module.clone(), weights).expect("the same shape");
        f64::from(loss(&changed).into_scalar::<f32>())
    };
    for (tensor, slopes) in slopes.1.iter().enumerate() {
        for (at, slope) in slopes.iter().enumerate() {
            let moved = |by: f32| {
                let mut weights = known.clone();
                weights[tensor][at] += by;
                value(weights)
            };
            let found = (moved(CHANGE) - moved(-CHANGE)) / f64::from(2.0 * CHANGE);
            let slope = f64::from(*slope);
            assert!(
                (found - slope).abs() < 0.01 * (0.1 + slope.abs()),
                "{name}, tensor {tensor}, weight {at}: {slope} by burn, {found} by differences"
            );
        }
    }
}

/// Differs by place, so that no gradient is hidden by symmetry.
fn judged(told: &Tensor<2>) -> Tensor<1> {
    let device = told.device();
    (told.clone() - rows(told.dims(), &device)).square().mean()
}

#[test]
fn gradient_when_held_against_small_changes_then_is_the_same_for_each_layer() {
    let device = &differentiating();
    check_gradients(
        "dense",
        |drawing| Dense::new(drawing, 3, 2),
        |layer| judged(&layer.forward(rows([4, 3], device))),
    );
    check_gradients(
        "reading lstm",
        |drawing| Lstm::new(drawing, 3, 2),
        |layer| judged(&layer.last(&rows([8, 3], device), 4)),
    );
    check_gradients(
        "telling lstm",
        |drawing| Lstm::new(drawing, 3, 2),
        |layer| judged(&layer.repeated(rows([2, 3], device), 4)),
    );
    check_gradients(
        "temporal block",
        |drawing| TemporalBlock::new(drawing, 3, 2, 2),
        |layer| judged(&layer.forward(rows([12, 3], device), 6)),
    );
    check_gradients(
        "attention",
        |drawing| Attention::new(drawing, 4, 2),
        |layer| judged(&layer.forward(rows([6, 4], device), 3)),
    );
}

#[test]
fn gradient_when_a_cloud_is_drawn_then_is_the_same_as_by_small_changes() {
    let plan = plan(ModelSize::Small, false);
    let device = &differentiating();
    let build = |drawing: &mut Drawing<'_>| Vae::build(&plan, drawing);
    let (random, module) = (&mut Random::new(3), differentiating());
    let network = build(&mut Drawing {
        random,
        device: &module,
    });
    let loss = |network: &Vae, seed: u64| {
        network.loss(
            rows([16, plan.width()], device),
            None,
            Some(&mut Random::new(seed)),
        )
    };
    let gradients = loss(&network, 5).backward();
    let mut slopes = Slopes(&gradients, Vec::new());
    network.visit(&mut slopes);
    // Along the gradient, a step changes the loss by the gradient's square.
    let square: f64 = slopes.1.iter().flatten().map(|it| f64::from(it * it)).sum();
    let step = 1e-2 / square.sqrt();
    let moved = |by: f64| {
        let mut weights = weights::taken(&network);
        for (weight, slope) in weights.iter_mut().flatten().zip(slopes.1.iter().flatten()) {
            *weight += (by * f64::from(*slope)) as f32;
        }
        let network = weights::given(network.clone(), weights).expect("the same shape");
        f64::from(loss(&network, 5).into_scalar::<f32>())
    };
    let found = (moved(step) - moved(-step)) / (2.0 * step);
    assert!((found / square - 1.0).abs() < 0.02, "{found} {square}");
}

fn plan(size: ModelSize, attention: bool) -> Plan {
    Plan {
        size,
        steps: 10,
        columns: 3,
        attention,
        bridged: Vec::new(),
    }
}

#[test]
fn network_when_built_then_has_as_many_weights_as_foretold_and_tells_rows_like_its_input() {
    fn check<N: Network>() {
        for (size, attention) in [
            (ModelSize::Small, false),
            (ModelSize::Small, true),
            (ModelSize::Base, true),
        ] {
            let plan = plan(size, attention);
            let device = Device::flex();
            let network = Deep::<N>::build(&plan, &mut Random::new(1), &device);
            assert_eq!(weights::count(&network), N::weights(&plan), "{}", N::NAME);
            let steps = N::steps(&plan);
            let rows = rows([2 * steps, plan.width() / steps], &device);
            assert_eq!(network.reconstruct(rows.clone()).dims(), rows.dims());
        }
    }
    check::<Autoencoder>();
    check::<Vae>();
    check::<LstmAutoencoder>();
    check::<TcnAutoencoder>();
}

#[test]
fn convolution_when_the_future_changes_then_stays() {
    let (random, device) = (&mut Random::new(3), &Device::flex());
    let block = TemporalBlock::new(&mut Drawing { random, device }, 2, 3, 2);
    let whole = rows([2 * 8, 2], device);
    let changed = Tensor::cat(
        vec![whole.clone().narrow(0, 0, 10), rows([6, 2], device) * 9.0],
        0,
    );
    let told = |rows: Tensor<2>| weights::numbers(block.forward(rows, 8).narrow(0, 0, 10));
    assert_eq!(told(whole), told(changed));
}

#[rstest]
#[case(ModelKind::Autoencoder)]
#[case(ModelKind::Vae)]
#[case(ModelKind::LstmAutoencoder)]
#[case(ModelKind::TcnAutoencoder)]
fn score_when_two_series_part_then_is_odd_though_each_is_as_usual(#[case] kind: ModelKind) {
    let mut spec = spec(kind);
    (spec.layout, spec.attention) = (ModelLayout::Joint, kind == ModelKind::TcnAutoencoder);
    spec.epochs = 20;
    let first = wave(800, 1);
    let opposite = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| 20.0 - v).collect() };
    let history = material(&[first.clone(), opposite(&first)]);
    let artifact = train(&spec, &history, 5, Means::PROCESSOR, &Watch::nobody()).expect("enough");
    let first = wave(400, 3);
    let mut second = opposite(&first);
    // For twenty samples the second goes along with the first, within its usual bounds.
    second[300..320].copy_from_slice(&first[300..320]);
    let usual = |values: &[f64]| values.iter().all(|v| (v - 10.0).abs() / 2.15 < 2.5);
    assert!(usual(&first) && usual(&second));
    let ready = artifact.open().expect("its own");
    let scores = score(&ready, &material(&[first, second])).expect("known");
    let values = &scores[0].values;
    let greatest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (peak, calm) = (greatest(&values[300..327]), greatest(&values[7..300]));
    assert!(peak > 1.5 * calm && peak > 2.0, "{kind:?} {peak} {calm}");
}

#[test]
fn artifact_when_read_back_then_scores_the_same_to_the_last_bit() {
    let (home, history) = (
        tempfile::tempdir().expect("a folder"),
        material(&[wave(500, 1)]),
    );
    for kind in KINDS {
        let artifact =
            train(&spec(kind), &history, 5, Means::PROCESSOR, &Watch::nobody()).expect("enough");
        let folder = home.path().join(kind.as_str());
        artifact.write(&folder).expect("written");
        let read = crate::models::artifact::Artifact::read(&folder).expect("read");
        let told = |artifact: &crate::models::artifact::Artifact| -> Vec<u64> {
            let scores = score(&artifact.open().expect("its own"), &history).expect("known");
            scores[0].values.iter().map(|it| it.to_bits()).collect()
        };
        assert_eq!(told(&artifact), told(&read), "{kind:?}");
        let metrics = &read.metadata.metrics;
        let best = metrics.best_epoch.expect("it learns in rounds") as usize;
        assert!(best <= metrics.losses.len() && metrics.losses.len() <= 10);
        assert!(metrics.losses[best - 1].validation < metrics.losses[0].validation);
    }
}

#[test]
fn score_when_other_windows_stand_beside_it_then_is_the_same_to_the_last_bit() {
    fn check<N: Network>() {
        for (steps, columns) in [(8, 1), (24, 98)] {
            let plan = Plan {
                size: ModelSize::Small,
                steps,
                columns,
                attention: true,
                bridged: Vec::new(),
            };
            let ready = Ready {
                network: Deep::<N>::build(&plan, &mut Random::new(1), &Device::flex()),
                plan: plan.clone(),
            };
            let table = rows([70, plan.width()], &Device::flex());
            let table: Vec<f64> = weights::numbers(table)
                .iter()
                .map(|v| f64::from(*v))
                .collect();
            let bits =
                |scores: Vec<f64>| -> Vec<u64> { scores.iter().map(|it| it.to_bits()).collect() };
            let all = bits(ready.score(&table));
            assert_eq!(all.len(), 70);
            for from in [1, 5, 31, 69] {
                let some = bits(ready.score(&table[from * plan.width()..]));
                assert_eq!(all[from..], some, "{} from {from}", N::NAME);
            }
        }
    }
    check::<Autoencoder>();
    check::<Vae>();
    check::<LstmAutoencoder>();
    check::<TcnAutoencoder>();
}

/// What a network is trained with, for some series.
fn learned(
    series: &[Vec<f64>],
    pace: Pace,
    watch: &Watch,
) -> (Result<Learned<Autoencoder>, ModelError>, Dataset) {
    let spec = spec(ModelKind::Autoencoder);
    let data = Dataset::new(&spec, &material(series)).expect("enough");
    let mut plan = Plan::new(&spec, data.shape().width);
    plan.bridged = inputs::bridged(&spec, &data.inputs);
    let (device, mut random) = (differentiating(), Random::new(1));
    let network = Deep::<Autoencoder>::build(&plan, &mut random, &device);
    let windows = (&data.training(), &data.validation());
    let learned = learn(network, &plan, pace, &mut random, &device, windows, watch);
    (learned, data)
}

#[test]
fn training_when_the_loss_grows_beyond_all_numbers_then_says_in_which_round() {
    let pace = Pace {
        rate: 1e30,
        ..Pace::of(400, 50)
    };
    let error = learned(&[wave(500, 1)], pace, &Watch::nobody()).0;
    let error = error.expect_err("it cannot learn at that pace");
    assert!(
        matches!(error, ModelError::Diverged { epoch: 1 }),
        "{error}"
    );
    assert!(error.to_string().contains("round 1"), "{error}");
}

#[test]
fn training_when_it_learns_by_heart_then_stops_early_and_keeps_the_best_round() {
    // Nothing can be learned of noise but the noise itself.
    let mut random = Random::new(5);
    let noise = (0..300).map(|_| random.normal()).collect();
    let pace = Pace {
        epochs: 200,
        patience: 3,
        batch: 16,
        rate: 1e-2,
    };
    let (learned, data) = learned(&[noise], pace, &Watch::nobody());
    let learned = learned.expect("numbers");
    let rounds = learned.losses.len();
    let best = learned.best_epoch as usize;
    assert_eq!(rounds, best + 3);
    assert!(rounds < 200);
    let least = learned.losses.iter().map(|it| it.validation);
    let least = least.fold(f64::MAX, f64::min);
    let kept = learned.losses[best - 1].validation;
    assert!(kept <= least * 1.002, "{kept} {least}");
    let windows = data.validation();
    let rows: Vec<&[f64]> = (0..windows.len()).map(|at| windows.row(at)).collect();
    let network = learned.network.valid();
    let told = network.loss(batches::batch(&rows, 1, &Device::flex()), None, None);
    let again = f64::from(told.into_scalar::<f32>());
    assert!((again / kept - 1.0).abs() < 1e-4, "{again} {kept}");
}

#[test]
fn training_when_cancelled_between_two_rounds_then_leaves_nothing() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watch = Watch::new(cancel, move |progress: Progress| {
        if progress.loss.is_some_and(|loss| loss.epoch == 2) {
            stop.cancel();
        }
    });
    let error = learned(&[wave(500, 1)], Pace::of(400, 50), &watch).0;
    let error = error.expect_err("somebody stopped it");
    assert!(matches!(error, ModelError::Cancelled), "{error}");
}
