//! Sums in a fixed order: eight lanes and a fixed tree, so that every target and register width gives equal bits.

/// The sum of `values` in eight fixed lanes.
pub fn sum(values: &[f64]) -> f64 {
    sum_by(values, |value| value)
}

/// The sum of `map(value)` over `values` in eight fixed lanes.
pub fn sum_by(values: &[f64], map: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += map(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += map(value);
    }
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_when_lanes_are_uneven_then_takes_every_value() {
        let values: Vec<f64> = (1..=21).map(f64::from).collect();
        assert_eq!(sum(&values).to_bits(), 231.0_f64.to_bits());
    }

    #[test]
    fn sum_when_empty_then_is_zero() {
        assert_eq!(sum(&[]).to_bits(), 0.0_f64.to_bits());
    }
}
