//! Which routes hear of an anomaly, and what keeps a message in order with others.

use std::collections::BTreeMap;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::glob;
use hindcast_shared::series::Labels;

use crate::config::RouteConfig;

/// The routes that hear of an anomaly: the first that fits, and those after it as long as they say `continue`.
pub(super) fn chosen<'a>(
    routes: impl Iterator<Item = &'a RouteConfig>,
    anomaly: &Anomaly,
    at_ms: i64,
) -> Vec<&'a RouteConfig> {
    let mut found = Vec::new();
    for route in routes {
        if fits(route, anomaly, at_ms) {
            found.push(route);
            if !route.goes_on {
                break;
            }
        }
    }
    found
}

fn fits(route: &RouteConfig, anomaly: &Anomaly, at_ms: i64) -> bool {
    let labels = labels(anomaly);
    let labelled = route.labels.iter().all(|(name, pattern)| {
        let value = labels.get(name);
        value.is_some_and(|value| glob::matches(pattern, value))
    });
    route.direct
        && labelled
        && anomaly.severity >= route.severity
        && glob::matches(&route.rule, anomaly.rule_id.as_str())
        && route
            .hours
            .as_ref()
            .is_none_or(|hours| hours.contain(at_ms))
}

/// Labels of an anomaly: its series', and over them its rule's.
pub(super) fn labels(anomaly: &Anomaly) -> BTreeMap<String, String> {
    let series: Labels = anomaly.series.parse().unwrap_or_default();
    let own = series
        .pairs()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut labels: BTreeMap<_, _> = own.collect();
    labels.extend(anomaly.labels.clone());
    labels
}

/// What stays in order on a route: an anomaly, or its group by the values of its labels.
pub(super) fn lane(route: &RouteConfig, anomaly: &Anomaly) -> String {
    let Some(group) = &route.group else {
        return anomaly.id.to_string();
    };
    let labels = labels(anomaly);
    let value = |name: &String| match name.as_str() {
        "rule" => anomaly.rule_id.to_string(),
        "source" => anomaly.source.0.clone(),
        label => labels.get(label).cloned().unwrap_or_default(),
    };
    let values: Vec<(&String, String)> = group.by.iter().map(|name| (name, value(name))).collect();
    serde_json::to_string(&values).unwrap_or_default()
}
