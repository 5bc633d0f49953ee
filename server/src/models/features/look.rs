//! What the features of one instant are worked out from: the last samples of what is known of a device.

use hindcast_shared::math::stats::mean;

use super::measure::{distance_km, share};

/// How many samples each feature looks back on, the newest included.
pub(in crate::models) const LOOK_BACK: usize = 24;

/// What may be known of a device, by the name of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::models) enum Channel {
    Events,
    Signal,
    Latitude,
    Longitude,
    Wifi,
    Bluetooth,
    Cellular,
    Vendors,
}

impl Channel {
    pub(in crate::models) const ALL: [Self; 8] = [
        Self::Events,
        Self::Signal,
        Self::Latitude,
        Self::Longitude,
        Self::Wifi,
        Self::Bluetooth,
        Self::Cellular,
        Self::Vendors,
    ];

    /// The name of its metric.
    pub(in crate::models) const fn name(self) -> &'static str {
        match self {
            Self::Events => "event_count",
            Self::Signal => "signal_strength",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
            Self::Wifi => "wifi_count",
            Self::Bluetooth => "bluetooth_count",
            Self::Cellular => "cellular_count",
            Self::Vendors => "vendor_count",
        }
    }

    /// Whether it counts something.
    pub(in crate::models) const fn is_count(self) -> bool {
        !matches!(self, Self::Signal | Self::Latitude | Self::Longitude)
    }

    /// Whose metric has that name.
    pub(in crate::models) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// The last samples, oldest first, without gaps; NaN throughout where a channel is not known.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) events: [f64; LOOK_BACK],
    pub(super) signal: [f64; LOOK_BACK],
    pub(super) latitude: [f64; LOOK_BACK],
    pub(super) longitude: [f64; LOOK_BACK],
    /// Events by the kind of network: wifi, bluetooth, cellular.
    pub(super) networks: [[f64; LOOK_BACK]; 3],
    pub(super) vendors: [f64; LOOK_BACK],
    /// From each place to the next, in kilometres.
    pub(super) moves: Vec<f64>,
    /// The same by time, in kilometres an hour.
    pub(super) speeds: Vec<f64>,
    /// Hours since midnight by the wall clock.
    pub(super) hours: [f64; LOOK_BACK],
}

impl Look {
    /// Of the samples of each channel in the order of [`Channel::ALL`], NaN where there was none.
    pub(super) fn new(
        mut samples: [[f64; LOOK_BACK]; Channel::ALL.len()],
        hours: [f64; LOOK_BACK],
        step_hours: f64,
    ) -> Self {
        samples.iter_mut().for_each(bridge);
        let [
            events,
            signal,
            latitude,
            longitude,
            wifi,
            bluetooth,
            cellular,
            vendors,
        ] = samples;
        let mut networks = [wifi, bluetooth, cellular];
        // A kind of network that is never told of is one that is not used, where another one is told of.
        if networks.iter().any(|it| it[0].is_finite()) {
            for kind in networks.iter_mut().filter(|it| it[0].is_nan()) {
                kind.fill(0.0);
            }
        }
        let place = |at: usize| (latitude[at], longitude[at]);
        let moves: Vec<f64> = (1..LOOK_BACK)
            .map(|at| distance_km(place(at - 1), place(at)))
            .collect();
        Self {
            speeds: moves.iter().map(|km| km / step_hours).collect(),
            moves,
            events,
            signal,
            latitude,
            longitude,
            networks,
            vendors,
            hours,
        }
    }

    /// How far the places are from their middle, as the root of the mean square, in kilometres.
    pub(super) fn radius_km(&self) -> f64 {
        let middle = (mean(&self.latitude), mean(&self.longitude));
        let places = self.latitude.into_iter().zip(self.longitude);
        let squares = places.map(|place| distance_km(middle, place).powi(2));
        mean(&squares.collect::<Vec<_>>()).sqrt()
    }

    /// Whether it was night by the wall clock, from midnight to six.
    pub(super) fn is_night(&self, at: usize) -> bool {
        self.hours[at] < 6.0
    }

    /// The share of all events that came by night.
    pub(super) fn night_share(&self) -> f64 {
        let by_night = (0..LOOK_BACK).filter(|at| self.is_night(*at));
        let by_night: f64 = by_night.map(|at| self.events[at]).sum();
        let all: f64 = self.events.iter().sum();
        share(by_night, all)
    }

    /// Events by the kind of network, over all samples.
    pub(super) fn network_sums(&self) -> [f64; 3] {
        self.networks.map(|kind| kind.iter().sum())
    }

    /// The share of a kind of network over all samples.
    pub(super) fn network_share(&self, kind: usize) -> f64 {
        let sums = self.network_sums();
        share(sums[kind], sums.iter().sum())
    }

    /// The share of a kind of network in the newest sample, less the one over all.
    pub(super) fn network_change(&self, kind: usize) -> f64 {
        let newest = self.networks.map(|it| it[LOOK_BACK - 1]);
        share(newest[kind], newest.iter().sum()) - self.network_share(kind)
    }

    /// In what share of the steps from one sample to the next the most used kind became another one.
    pub(super) fn network_switches(&self) -> f64 {
        if self.networks.iter().flatten().any(|it| it.is_nan()) {
            return f64::NAN;
        }
        let most_used = |at: usize| {
            let kinds = 0..self.networks.len();
            // The first of several, as numpy's argmax.
            kinds
                .rev()
                .max_by(|l, r| self.networks[*l][at].total_cmp(&self.networks[*r][at]))
        };
        let switched = (1..LOOK_BACK).filter(|at| most_used(*at) != most_used(at - 1));
        switched.count() as f64 / (LOOK_BACK - 1) as f64
    }
}

/// A gap has the last value before it; one at the beginning has the first value after it.
fn bridge(samples: &mut [f64; LOOK_BACK]) {
    let Some(mut known) = samples.iter().copied().find(|it| it.is_finite()) else {
        return samples.fill(f64::NAN);
    };
    for sample in samples {
        if sample.is_finite() {
            known = *sample;
        } else {
            *sample = known;
        }
    }
}
