//! The configuration: one section a file, five layers, and errors that say where.
//!
//! Precedence: flags, environment (`HINDCAST__SECTION__KEY`), profile file, file, default.
//! Knows how a configuration is written, and nothing of what is done with it.

mod auth;
mod digest;
mod document;
mod embed;
mod feedback;
mod heartbeat;
mod http;
mod lab;
mod layers;
mod limits;
mod load;
mod log;
mod mcp;
mod models;
mod notify;
mod place;
mod rule_text;
mod schema;
mod sources;
mod store;
mod values;
mod words;
#[cfg(test)]
mod written;

pub(crate) use self::auth::AuthConfig;
pub(crate) use self::digest::DigestConfig;
pub(crate) use self::embed::Embed;
pub(crate) use self::feedback::FeedbackConfig;
pub(crate) use self::heartbeat::Heartbeat;
pub(crate) use self::http::Http;
pub(crate) use self::lab::LabConfig;
pub(crate) use self::layers::{Inputs, Override};
pub(crate) use self::limits::Limits;
pub(crate) use self::load::{load, load_rule, load_text};
pub(crate) use self::log::{Log, LogFormat};
pub(crate) use self::mcp::McpConfig;
pub(crate) use self::models::{ModelDevice, ModelsConfig};
pub(crate) use self::notify::{Channel, NotifyConfig, RouteConfig};
pub(crate) use self::rule_text::{RuleText, TextProblem, rule_yaml};
pub(crate) use self::schema::schema;
pub(crate) use self::sources::{
    CsvSource, DemoSource, HostSource, ModelSource, PrometheusSource, PushSource, SourceConfig,
    SourceSpec,
};
pub(crate) use self::store::StoreConfig;
pub(crate) use self::values::{BasePath, Origin, Secret};
pub(crate) use self::words::{Ollama, Words};

use std::path::PathBuf;

use hindcast_shared::api::CalendarDraft;
use hindcast_shared::rule::Rule;

/// A whole configuration; valid.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    /// Where and how it is served.
    pub(crate) http: Http,
    /// Who may come in.
    pub(crate) auth: AuthConfig,
    /// How much one client may ask for.
    pub(crate) limits: Limits,
    /// Where things are kept, and for how long.
    pub(crate) store: StoreConfig,
    /// Where full models are kept, and what training may take.
    pub(crate) models: ModelsConfig,
    /// Who may frame the panels.
    pub(crate) embed: Embed,
    /// Whom to tell that the server lives.
    pub(crate) heartbeat: Heartbeat,
    /// Links by which people say whether an anomaly was right.
    pub(crate) feedback: FeedbackConfig,
    /// When and whom to tell what a week was like.
    pub(crate) digest: DigestConfig,
    /// What is logged.
    pub(crate) log: Log,
    /// Who is told of anomalies.
    pub(crate) notify: NotifyConfig,
    /// Whether a language model writes beside the catalogues.
    pub(crate) words: Words,
    /// What the Lab begins with.
    pub(crate) lab: LabConfig,
    /// Whether assistants may ask.
    pub(crate) mcp: McpConfig,
    /// Where series come from.
    pub(crate) sources: Vec<SourceConfig>,
    /// Whether `sources` is what the defaults say because nothing is configured: then the default rules run too.
    pub(crate) default_sources: bool,
    /// Calendars of the file.
    pub(crate) calendars: Vec<CalendarDraft>,
    /// Rules of the file.
    pub(crate) rules: Vec<ProvisionedRule>,
    /// Folder of the built front end, in place of what is inside the binary (`--dist`, `HINDCAST_DIST`); no key.
    pub(crate) assets_folder: Option<PathBuf>,
}

impl Config {
    /// Leaves out of the default sources what a clock that runs fast would show nonsense of: this machine.
    pub(crate) fn keep_fast_sources(&mut self) {
        if self.default_sources {
            self.sources
                .retain(|source| !matches!(source.spec, SourceSpec::Host(_)));
        }
    }
}

/// A rule that the configuration file owns.
#[derive(Debug, Clone)]
pub(crate) struct ProvisionedRule {
    /// The rule.
    pub(crate) rule: Rule,
    /// Where it stands, such as `hindcast.yaml:31`.
    pub(crate) place: String,
}
