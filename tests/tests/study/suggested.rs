//! What the command suggests for the series that the Lab shows.

use anyhow::{Result, ensure};

use super::Scene;

impl Scene {
    /// The rule that the command suggests for the series of the rule, which can be read back.
    pub(crate) fn suggested(&self) -> Result<String> {
        let rule = &self.rule.rule;
        let (from, to) = (self.from_ms.to_string(), self.to_ms.to_string());
        let words = [
            "config",
            "suggest",
            "--source",
            &rule.source,
            "--query",
            &rule.query,
            "--from",
            &from,
            "--to",
            &to,
        ];
        let output = self.hindcast.run(&words)?;
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{why}");
        let text = String::from_utf8(output.stdout)?;
        let file = self.hindcast.dir().join("suggested.yaml");
        let sources = "sources: [{ name: demo, kind: demo }]\n";
        std::fs::write(&file, format!("{sources}{text}"))?;
        let checked = std::process::Command::new(hindcast_tests::binary()?)
            .args(["config", "check", "--config"])
            .arg(&file)
            .current_dir(self.hindcast.dir())
            .output()?;
        let why = String::from_utf8_lossy(&checked.stderr).into_owned();
        ensure!(checked.status.success(), "{why}\n{text}");
        Ok(text)
    }
}
