//! `ETag` and `If-Match`: a version as a header, so that nobody overwrites what they have not seen.

use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{ApiError, ApiResult};

/// The header that tells a version.
pub(crate) fn etag(version: i64) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(&format!("\"{version}\""));
    [(ETAG, value.unwrap_or(HeaderValue::from_static("\"0\"")))]
}

/// The version that a caller has seen; none when it does not say, or says `*`.
pub(crate) fn if_match(headers: &HeaderMap) -> ApiResult<Option<i64>> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    // Proxies that compress may have made a weak one of ours.
    let text = text.strip_prefix("W/").unwrap_or(text);
    let version = text.trim_matches('"').parse();
    version.map(Some).map_err(|_| {
        ApiError::bad_request(
            "invalid_header",
            "If-Match is not a version; give the ETag of what was read",
        )
        .about("If-Match")
    })
}

/// The same for what counts its versions from one, as rules and labels do.
pub(crate) fn seen_version(headers: &HeaderMap) -> ApiResult<Option<u32>> {
    let seen = if_match(headers)?;
    // A version that nothing can have matches nothing.
    Ok(seen.map(|version| u32::try_from(version).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(header: Option<&'static str>) -> ApiResult<Option<i64>> {
        let value = header.map(|text| (IF_MATCH, HeaderValue::from_static(text)));
        if_match(&value.into_iter().collect())
    }

    #[rstest]
    #[case(None, None)]
    #[case(Some("*"), None)]
    #[case(Some("\"7\""), Some(7))]
    #[case(Some("W/\"7\""), Some(7))]
    #[case(Some("7"), Some(7))]
    fn if_match_when_given_then_is_a_version(
        #[case] header: Option<&'static str>,
        #[case] expected: Option<i64>,
    ) {
        assert_eq!(read(header).expect("a version"), expected);
    }

    #[rstest]
    #[case("\"seven\"")]
    #[case("")]
    fn if_match_when_it_is_no_version_then_is_refused(#[case] header: &'static str) {
        let error = read(Some(header)).expect_err("no version");
        assert_eq!(error.status(), http::StatusCode::BAD_REQUEST);
    }

    #[test]
    fn etag_when_given_back_then_is_the_same_version() {
        let headers = etag(12)
            .into_iter()
            .map(|(_, value)| (IF_MATCH, value))
            .collect();
        assert_eq!(if_match(&headers).ok(), Some(Some(12)));
    }
}
