//! What a field of a rule is called, by its path.

use hindcast_shared::detector::DetectorKind;

use super::field::Field;
use super::fields::{
    CONFIRM, CRON, DECIDE, EVERY, GAPS, ID, MORE, PAGING, SEASONS, SEVERITY, SILENCE, WHAT, WHEN,
};
use crate::i18n::t;

const TABLES: [&[Field]; 11] = [
    WHAT, WHEN, EVERY, CRON, SEASONS, DECIDE, CONFIRM, SILENCE, SEVERITY, PAGING, MORE,
];

/// What a field is called: by the table, by the detector, or by its path.
pub(in super::super) fn name_of(path: &str, kind: Option<DetectorKind>) -> String {
    let known = TABLES.iter().copied().flatten().chain([&ID, &GAPS]);
    if let Some(field) = known.into_iter().find(|field| field.path == path) {
        return t(field.label).to_owned();
    }
    let words = match path {
        "source" => t("Source"),
        "no_data" => t("Silence"),
        "detector.kind" => t("Detector"),
        "for.count" => t("For"),
        "for.of" => t("Of the last"),
        _ => "",
    };
    if !words.is_empty() {
        return words.to_owned();
    }
    let param = path.strip_prefix("detector.").and_then(|name| {
        let params = kind.map_or(&[][..], DetectorKind::params);
        params.iter().find(|param| param.name == name)
    });
    param.map_or_else(|| path.to_owned(), |param| t(param.label).to_owned())
}
