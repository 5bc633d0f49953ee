//! What every transition of a rule carries.

use crate::pipeline::life::Place;
use crate::rule::Rule;
use crate::series::SeriesKey;

/// What every transition of a rule carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) rule: &'a Rule,
    pub(super) version: u32,
    pub(super) config_hash: &'a str,
    pub(super) confirm: (u32, u32),
    pub(super) tell_growth: bool,
}

impl<'a> Told<'a> {
    pub(super) fn place(self, key: SeriesKey, series: &'a str) -> Place<'a> {
        Place {
            rule: self.rule,
            version: self.version,
            config_hash: self.config_hash,
            key,
            series,
            confirm: self.confirm,
            tell_growth: self.tell_growth,
        }
    }
}
