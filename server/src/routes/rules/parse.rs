//! `POST /api/v1/rules/parse`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ParseProblem, ParseResponse};
use hindcast_shared::rule::RuleDraft;

use super::checked_rule;
use crate::auth::Viewer;
use crate::config::{RuleText, TextProblem};
use crate::error::{ApiError, ApiResult};
use crate::extract::RawBody;
use crate::state::AppState;

/// Longest text of a rule.
const MAX_BYTES: usize = 64 * 1024;

/// Reads a rule as YAML (or JSON): the rule with its defaults, or what is wrong in which line. Changes nothing.
#[utoipa::path(post, path = "/api/v1/rules/parse", tag = "rules", operation_id = "parse_rule",
    request_body(content = String, content_type = "application/yaml"),
    responses((status = OK, body = ParseResponse), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn parse_rule(
    app: AppState,
    _: Viewer,
    RawBody(body): RawBody,
) -> ApiResult<Json<ParseResponse>> {
    if body.len() > MAX_BYTES {
        return Err(ApiError::too_large("a rule has at most 64 KiB"));
    }
    let text = std::str::from_utf8(&body)
        .map_err(|_| ApiError::bad_request("unreadable_body", "the text is not UTF-8"))?;
    let read = match RuleText::parse(text) {
        Ok(read) => read,
        Err(problem) => return Ok(Json(refused(problem))),
    };
    Ok(Json(match checked_rule(&app, read.value()).await {
        Ok(rule) => ParseResponse {
            warnings: app.sources.warnings(&rule.source, &rule.query).await,
            rule: Some(RuleDraft::from(rule.clone())),
            errors: Vec::new(),
        },
        Err(error) => refused(read.problem(error)),
    }))
}

fn refused(problem: TextProblem) -> ParseResponse {
    ParseResponse {
        rule: None,
        errors: vec![ParseProblem {
            line: problem.line,
            field: (!problem.field.is_empty()).then_some(problem.field),
            message: problem.message,
        }],
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{TestApp, draft};

    #[tokio::test]
    async fn rule_when_exported_and_parsed_then_is_the_same_rule() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let made = app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let yaml = [("accept", "application/yaml")];
        let yaml = app.get_with("/api/v1/rules/cpu", &yaml).await?;
        assert_eq!(yaml.header("content-type"), "application/yaml");
        assert_eq!(yaml.header("etag"), "\"1\"");
        let text = String::from_utf8(yaml.bytes.to_vec())?;
        assert!(text.starts_with("id: cpu\nname: cpu\n"), "{text}");
        let parsed = app.post("/api/v1/rules/parse", &[], &text).await?;
        assert_eq!(parsed.body["rule"], made.body["rule"], "{}", parsed.body);
        Ok(())
    }

    #[tokio::test]
    async fn rule_when_its_text_is_wrong_then_line_and_field_are_named() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let start = "name: a\nsource: inbox\nquery: load\n";
        for (more, line, field) in [
            ("detector: { kind: nothing }\n", 4, "detector.kind"),
            (
                "detector: { kind: mad }\ndecision:\n  treshold: 3\n",
                6,
                "decision.treshold",
            ),
            ("detector: { kind: mad }\nstep: soon\n", 5, "step"),
            ("detector: [\n", 4, ""),
        ] {
            let text = format!("{start}{more}");
            let answer = app.post("/api/v1/rules/parse", &[], &text).await?;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let error = &answer.body["errors"][0];
            assert_eq!(
                error["field"].as_str().unwrap_or_default(),
                field,
                "{error}"
            );
            assert!(
                error["line"].as_i64() >= Some(line) && error["line"].as_i64() <= Some(line + 1),
                "{error}"
            );
            assert!(answer.body["rule"].is_null());
        }
        let wide = "#".repeat(100_000);
        let wide = app.post("/api/v1/rules/parse", &[], &wide).await?;
        assert_eq!(wide.status, StatusCode::PAYLOAD_TOO_LARGE);
        Ok(())
    }
}
