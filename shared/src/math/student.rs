//! Quantiles of the normal distribution and of Student's.

use std::f64::consts::{FRAC_PI_2, PI};

/// The `p` quantile (0 < p < 1) of the normal distribution, to about 1e-9.
///
/// Acklam's rational approximation, 2003, refined by one step of Halley's method over `libm`'s `erfc`.
pub fn normal_quantile(p: f64) -> f64 {
    const CENTRE: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const CENTRE_BELOW: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const TAIL: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const TAIL_BELOW: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let polynomial =
        |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, factor| sum * x + factor);
    let p = p.clamp(1e-300, 1.0 - f64::EPSILON / 2.0);
    let tail = |p: f64| {
        let q = libm::sqrt(-2.0 * libm::log(p));
        polynomial(&TAIL, q) / polynomial(&TAIL_BELOW, q)
    };
    let rough = if p < 0.024_25 {
        tail(p)
    } else if p > 1.0 - 0.024_25 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        polynomial(&CENTRE, q * q) * q / polynomial(&CENTRE_BELOW, q * q)
    };
    let error = 0.5 * libm::erfc(-rough / std::f64::consts::SQRT_2) - p;
    let step = error * libm::sqrt(2.0 * PI) * libm::exp(rough * rough / 2.0);
    rough - step / (1.0 + rough * step / 2.0)
}

/// The value that Student's distribution with `freedom` degrees exceeds on one side or the other with
/// probability `p` (0 < p < 1).
///
/// Hill, Algorithm 396: Student's t-quantiles, CACM 1970.
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the algorithm as published"
)]
pub fn student_two_tailed(p: f64, freedom: f64) -> f64 {
    let p = p.clamp(1e-300, 1.0);
    let n = freedom.max(1.0);
    if n < 1.5 {
        return 1.0 / libm::tan(p * FRAC_PI_2);
    }
    if n < 2.5 {
        return libm::sqrt((2.0 / (p * (2.0 - p)) - 2.0).max(0.0));
    }
    let a = 1.0 / (n - 0.5);
    let b = (48.0 / a) / a;
    let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * libm::sqrt(a * FRAC_PI_2) * n;
    let x = d * p;
    let y = libm::pow(x, 2.0 / n);
    let y = if y > a + 0.05 {
        let x = normal_quantile(p / 2.0);
        let mut y = x * x;
        if n < 5.0 {
            c += 0.3 * (n - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
        y = a * y * y;
        libm::expm1(y)
    } else {
        ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0))
            * y
            - 1.0)
            * (n + 1.0)
            / (n + 2.0)
            + 1.0 / y
    };
    libm::sqrt((n * y).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantile_when_compared_with_tables_then_agrees() {
        for (p, x) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.001, -3.090_232_306_167_813),
            (1e-10, -6.361_340_902_404_056),
        ] {
            assert!((normal_quantile(p) - x).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn student_when_compared_with_tables_then_agrees() {
        for (p, freedom, t) in [
            (0.05, 1.0, 12.706_204_736),
            (0.05, 2.0, 4.302_652_730),
            (0.05, 10.0, 2.228_138_852),
            (0.001, 30.0, 3.645_958_635),
            (0.000_01, 200.0, 4.533_022_114),
            (0.000_2, 5.0, 9.677_566_3),
        ] {
            let ours = student_two_tailed(p, freedom);
            assert!((ours / t - 1.0).abs() < 1e-3, "{p} {freedom}: {ours}");
        }
    }
}
