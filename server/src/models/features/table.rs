//! The features of a device, in one table: name, formula, unit, and how it is worked out.
//!
//! In the formulas, each letter stands for the last 24 samples: e events, s signal, w, b and c events by wifi, bluetooth
//! and cellular networks, k vendors, d the distances from place to place, v the same by time, h hours by the wall clock;
//! `[n]` is the newest. `std` is of the population, quantiles lie on straight lines between values, `m2` to `m4` are
//! central moments, `r(x, l)` is the autocorrelation over l samples.

use std::f64::consts::TAU;

use hindcast_shared::math::stats::{deviation, mean, quantile};

use super::look::{LOOK_BACK, Look};
use super::measure::{
    absolute, autocorrelation, change, correlation, differences, evenness, greatest, kurtosis,
    last, least, longest_pause, median_deviation, quartiles, range, root_mean_square, share,
    share_of, skewness, slope, standing, tail, turns,
};

/// A number that is worked out for every sample of a device.
#[derive(Debug, Clone, Copy)]
pub(in crate::models) struct Feature {
    /// Its column.
    pub(in crate::models) name: &'static str,
    /// In words of mathematics.
    pub(in crate::models) formula: &'static str,
    /// Empty where it has none.
    pub(in crate::models) unit: &'static str,
    /// How it is worked out.
    pub(super) of: fn(&Look) -> f64,
}

/// How many there are.
pub(in crate::models) const FEATURES: usize = 98;

macro_rules! table {
    ($($name:literal $formula:literal $unit:literal $of:expr;)*) => {
        /// All of them, in the order of their columns.
        pub(in crate::models) const TABLE: [Feature; FEATURES] = [$(Feature {
            name: $name,
            formula: $formula,
            unit: $unit,
            of: $of,
        }),*];
    };
}

table! {
    // Base: events, signal, places, speed, time, networks.
    "events" "e[n]" "events" |w| last(&w.events);
    "events_mean" "mean(e)" "events" |w| mean(&w.events);
    "events_change" "e[n] - e[n-1]" "events" |w| change(&w.events);
    "signal" "s[n]" "dBm" |w| last(&w.signal);
    "signal_mean" "mean(s)" "dBm" |w| mean(&w.signal);
    "signal_std" "std(s)" "dB" |w| deviation(&w.signal);
    "signal_min" "min(s)" "dBm" |w| least(&w.signal);
    "signal_max" "max(s)" "dBm" |w| greatest(&w.signal);
    "distance" "d[n]" "km" |w| last(&w.moves);
    "distance_sum" "sum(d)" "km" |w| w.moves.iter().sum();
    "radius" "sqrt(mean(great circle from the mean place, squared))" "km" |w| w.radius_km();
    "speed" "v[n]" "km/h" |w| last(&w.speeds);
    "speed_mean" "mean(v)" "km/h" |w| mean(&w.speeds);
    "speed_max" "max(v)" "km/h" |w| greatest(&w.speeds);
    "hour_sine" "sin(2 pi h[n] / 24)" "" |w| libm::sin(last(&w.hours) / 24.0 * TAU);
    "hour_cosine" "cos(2 pi h[n] / 24)" "" |w| libm::cos(last(&w.hours) / 24.0 * TAU);
    "is_night" "1 if h[n] < 6, else 0" "" |w| f64::from(u8::from(w.is_night(LOOK_BACK - 1)));
    "wifi_share" "sum(w) / sum(w + b + c)" "share" |w| w.network_share(0);
    "bluetooth_share" "sum(b) / sum(w + b + c)" "share" |w| w.network_share(1);
    "cellular_share" "sum(c) / sum(w + b + c)" "share" |w| w.network_share(2);
    // Extended: statistics, rolling windows, autocorrelation, behaviour.
    "events_median" "median(e)" "events" |w| quantile(&w.events, 0.5);
    "events_q25" "quantile(e, 0.25)" "events" |w| quantile(&w.events, 0.25);
    "events_q75" "quantile(e, 0.75)" "events" |w| quantile(&w.events, 0.75);
    "events_iqr" "quantile(e, 0.75) - quantile(e, 0.25)" "events" |w| quartiles(&w.events);
    "events_skewness" "m3(e) / m2(e)^1.5" "" |w| skewness(&w.events);
    "events_kurtosis" "m4(e) / m2(e)^2 - 3" "" |w| kurtosis(&w.events);
    "events_mad" "median(abs(e - median(e)))" "events" |w| median_deviation(&w.events);
    "events_range" "max(e) - min(e)" "events" |w| range(&w.events);
    "events_rms" "sqrt(mean(e^2))" "events" |w| root_mean_square(&w.events);
    "signal_median" "median(s)" "dBm" |w| quantile(&w.signal, 0.5);
    "signal_q25" "quantile(s, 0.25)" "dBm" |w| quantile(&w.signal, 0.25);
    "signal_q75" "quantile(s, 0.75)" "dBm" |w| quantile(&w.signal, 0.75);
    "signal_iqr" "quantile(s, 0.75) - quantile(s, 0.25)" "dB" |w| quartiles(&w.signal);
    "signal_skewness" "m3(s) / m2(s)^1.5" "" |w| skewness(&w.signal);
    "signal_kurtosis" "m4(s) / m2(s)^2 - 3" "" |w| kurtosis(&w.signal);
    "signal_mad" "median(abs(s - median(s)))" "dB" |w| median_deviation(&w.signal);
    "signal_range" "max(s) - min(s)" "dB" |w| range(&w.signal);
    "signal_rms" "sqrt(mean(s^2))" "dBm" |w| root_mean_square(&w.signal);
    "events_mean_3" "mean(last 3 of e)" "events" |w| mean(tail(&w.events, 3));
    "events_std_3" "std(last 3 of e)" "events" |w| deviation(tail(&w.events, 3));
    "events_max_3" "max(last 3 of e)" "events" |w| greatest(tail(&w.events, 3));
    "events_mean_6" "mean(last 6 of e)" "events" |w| mean(tail(&w.events, 6));
    "events_std_6" "std(last 6 of e)" "events" |w| deviation(tail(&w.events, 6));
    "events_max_6" "max(last 6 of e)" "events" |w| greatest(tail(&w.events, 6));
    "events_mean_12" "mean(last 12 of e)" "events" |w| mean(tail(&w.events, 12));
    "events_std_12" "std(last 12 of e)" "events" |w| deviation(tail(&w.events, 12));
    "events_max_12" "max(last 12 of e)" "events" |w| greatest(tail(&w.events, 12));
    "signal_mean_3" "mean(last 3 of s)" "dBm" |w| mean(tail(&w.signal, 3));
    "signal_std_3" "std(last 3 of s)" "dB" |w| deviation(tail(&w.signal, 3));
    "signal_min_3" "min(last 3 of s)" "dBm" |w| least(tail(&w.signal, 3));
    "signal_mean_6" "mean(last 6 of s)" "dBm" |w| mean(tail(&w.signal, 6));
    "signal_std_6" "std(last 6 of s)" "dB" |w| deviation(tail(&w.signal, 6));
    "signal_min_6" "min(last 6 of s)" "dBm" |w| least(tail(&w.signal, 6));
    "signal_mean_12" "mean(last 12 of s)" "dBm" |w| mean(tail(&w.signal, 12));
    "signal_std_12" "std(last 12 of s)" "dB" |w| deviation(tail(&w.signal, 12));
    "signal_min_12" "min(last 12 of s)" "dBm" |w| least(tail(&w.signal, 12));
    "events_autocorrelation_1" "r(e, 1)" "" |w| autocorrelation(&w.events, 1);
    "events_autocorrelation_2" "r(e, 2)" "" |w| autocorrelation(&w.events, 2);
    "events_autocorrelation_6" "r(e, 6)" "" |w| autocorrelation(&w.events, 6);
    "events_autocorrelation_12" "r(e, 12)" "" |w| autocorrelation(&w.events, 12);
    "signal_autocorrelation_1" "r(s, 1)" "" |w| autocorrelation(&w.signal, 1);
    "signal_autocorrelation_2" "r(s, 2)" "" |w| autocorrelation(&w.signal, 2);
    "signal_autocorrelation_6" "r(s, 6)" "" |w| autocorrelation(&w.signal, 6);
    "signal_autocorrelation_12" "r(s, 12)" "" |w| autocorrelation(&w.signal, 12);
    "active_share" "share(e > 0)" "share" |w| share_of(&w.events, |it| it > 0.0);
    "longest_pause" "longest run of e = 0" "samples" |w| longest_pause(&w.events);
    "burst" "max(e) / mean(e)" "" |w| share(greatest(&w.events), mean(&w.events));
    "events_evenness" "entropy(e / sum(e)) / ln(24)" "" |w| evenness(&w.events);
    "night_share" "sum(e where h < 6) / sum(e)" "share" |w| w.night_share();
    "still_share" "share(d < 0.05)" "share" |w| share_of(&w.moves, |km| km < 0.05);
    // Advanced: dynamics of the signal, patterns of networks, vendors, and what goes together.
    "signal_slope" "slope of the line through s" "dB/sample" |w| slope(&w.signal);
    "signal_change" "s[n] - s[n-1]" "dB" |w| change(&w.signal);
    "signal_change_mean" "mean(abs(diff(s)))" "dB" |w| mean(&absolute(&differences(&w.signal)));
    "signal_change_std" "std(diff(s))" "dB" |w| deviation(&differences(&w.signal));
    "signal_change_max" "max(abs(diff(s)))" "dB" |w| greatest(&absolute(&differences(&w.signal)));
    "signal_turns" "share(diff(s)[i] diff(s)[i-1] < 0)" "share"
        |w| share_of(&turns(&differences(&w.signal)), |it| it < 0.0);
    "signal_curvature" "mean(abs(diff(diff(s))))" "dB"
        |w| mean(&absolute(&differences(&differences(&w.signal))));
    "signal_standing" "(s[n] - mean(s)) / std(s)" "" |w| standing(&w.signal);
    "network_evenness" "entropy(sums of w, b, c) / ln(3)" "" |w| evenness(&w.network_sums());
    "network_switches" "share(argmax(w, b, c) is another than before)" "share" |w| w.network_switches();
    "network_dominance" "max(sums of w, b, c) / sum(w + b + c)" "share"
        |w| share(greatest(&w.network_sums()), w.network_sums().iter().sum());
    "wifi_change" "w[n] / (w + b + c)[n] - wifi_share" "share" |w| w.network_change(0);
    "bluetooth_change" "b[n] / (w + b + c)[n] - bluetooth_share" "share" |w| w.network_change(1);
    "cellular_change" "c[n] / (w + b + c)[n] - cellular_share" "share" |w| w.network_change(2);
    "networks_used" "how many of sum(w), sum(b), sum(c) are over 0" ""
        |w| 3.0 * share_of(&w.network_sums(), |it| it > 0.0);
    "vendors" "k[n]" "vendors" |w| last(&w.vendors);
    "vendors_mean" "mean(k)" "vendors" |w| mean(&w.vendors);
    "vendors_std" "std(k)" "vendors" |w| deviation(&w.vendors);
    "vendors_max" "max(k)" "vendors" |w| greatest(&w.vendors);
    "vendors_change" "k[n] - k[n-1]" "vendors" |w| change(&w.vendors);
    "vendors_slope" "slope of the line through k" "vendors/sample" |w| slope(&w.vendors);
    "events_signal_correlation" "corr(e, s)" "" |w| correlation(&w.events, &w.signal);
    "events_speed_correlation" "corr(e[2..n], v)" "" |w| correlation(&w.events[1..], &w.speeds);
    "signal_speed_correlation" "corr(s[2..n], v)" "" |w| correlation(&w.signal[1..], &w.speeds);
    "events_vendors_correlation" "corr(e, k)" "" |w| correlation(&w.events, &w.vendors);
    "signal_vendors_correlation" "corr(s, k)" "" |w| correlation(&w.signal, &w.vendors);
    "events_per_vendor" "sum(e) / sum(k)" "events/vendor"
        |w| share(w.events.iter().sum(), w.vendors.iter().sum());
    "events_per_km" "sum(e) / (1 + sum(d))" "events/km"
        |w| share(w.events.iter().sum(), 1.0 + w.moves.iter().sum::<f64>());
}
