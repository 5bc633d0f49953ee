//! Samples that bridge a gap: nobody measured them, so nobody is judged by them.

use super::*;

#[test]
fn error_when_a_gap_was_bridged_then_is_not_told_and_not_scored() {
    fn check<N: Network>() {
        let plan = Plan {
            bridged: vec![(0, 2)],
            ..plan(ModelSize::Small, true)
        };
        let network = Deep::<N>::build(&plan, &mut Random::new(1), &Device::flex());
        let without = Plan {
            bridged: Vec::new(),
            ..plan.clone()
        };
        let other = Ready {
            network: network.clone(),
            plan: without,
        };
        let ready = Ready { network, plan };
        let mut window = vec![0.5; 30];
        // Of the fourth sample nobody knows the first number, of the others all.
        (window[9], window[11]) = (900.0, 1.0);
        let (all, told) = (other.errors(&window), ready.errors(&window));
        let (mut all, told) = (all.expect("it tells"), told.expect("it tells"));
        assert!(all[9] > 700_000.0, "{}", all[9]);
        all[9] = 0.0;
        assert_eq!(told, all, "{}", N::NAME);
        let mean = told.iter().sum::<f64>() / 29.0;
        assert!((ready.score(&window)[0] - mean.sqrt()).abs() < 1e-12);
    }
    check::<Autoencoder>();
    check::<Vae>();
    check::<LstmAutoencoder>();
    check::<TcnAutoencoder>();
}

#[test]
fn loss_when_a_gap_was_bridged_then_does_not_count_what_nobody_measured() {
    let device = &Device::flex();
    let (told, mut target) = (rows([2, 3], device), vec![1.0_f32; 6]);
    let of = |target: &[f32]| {
        let rows = |numbers: &[f32]| {
            Tensor::<2>::from_data(TensorData::new(numbers.to_vec(), [2, 3]), device)
        };
        let known = rows(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
        let loss = network::squared_error(told.clone(), rows(target), Some(known));
        f64::from(loss.into_scalar::<f32>())
    };
    let numbers = weights::numbers(told.clone());
    let squares = numbers.iter().map(|it| f64::from((it - 1.0).powi(2)));
    let sum: f64 = squares
        .enumerate()
        .map(|(at, it)| if at == 2 { 0.0 } else { it })
        .sum();
    assert!((of(&target) - sum / 5.0).abs() < 1e-6);
    let before = of(&target);
    target[2] = 1e6;
    assert_eq!(of(&target).to_bits(), before.to_bits());

    let mut values = wave(400, 1);
    for gap in values.chunks_mut(20) {
        gap[..5].fill(f64::NAN);
    }
    let pace = Pace {
        epochs: 2,
        ..Pace::of(300, 2)
    };
    let (learned, data) = learned(&[values], pace, &Watch::nobody());
    let learned = learned.expect("numbers");
    let windows = data.validation();
    let rows: Vec<&[f64]> = (0..windows.len()).map(|at| windows.row(at)).collect();
    let mut plan = Plan::new(&spec(ModelKind::Autoencoder), data.shape().width);
    let of = |plan: &Plan| {
        let known = batches::known(&rows, 1, plan, device);
        let batch = batches::batch(&rows, 1, device);
        let loss = learned.network.valid().loss(batch, known, None);
        f64::from(loss.into_scalar::<f32>())
    };
    let kept = learned.losses[learned.best_epoch as usize - 1].validation;
    let all = of(&plan);
    plan.bridged = vec![(0, 1)];
    assert!(
        (of(&plan) / kept - 1.0).abs() < 1e-4,
        "{} {kept}",
        of(&plan)
    );
    assert!((all / kept - 1.0).abs() > 1e-2, "{all} {kept}");
}
