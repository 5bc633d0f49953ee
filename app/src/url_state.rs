//! The state of a view as the query of its address, so that a view is a link.
//!
//! Keys that a page does not know stay as they are; repeated keys too (Grafana's `var-*`).

/// An ordered query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `?a=1&b=2`, percent-encoded.
    pub fn parse(search: &str) -> Self {
        let pairs = search.trim_start_matches('?').split('&');
        Self(
            pairs
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(key), decode(value))
                })
                .collect(),
        )
    }

    /// The first value of a key, unless it is empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, value)| name == key && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether a key is there, with a value or without one.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    /// All keys and values in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Sets a key to one value at its place, or takes it out.
    pub fn set(&mut self, key: &str, value: Option<&str>) {
        let at = self.0.iter().position(|(name, _)| name == key);
        let Some(value) = value else {
            self.0.retain(|(name, _)| name != key);
            return;
        };
        match at {
            Some(at) => {
                value.clone_into(&mut self.0[at].1);
                let mut index = 0;
                self.0.retain(|(name, _)| {
                    index += 1;
                    name != key || index == at + 1
                });
            }
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
    }

    /// The query with its question mark; empty without keys.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.0 {
            text.push(if text.is_empty() { '?' } else { '&' });
            encode_into(key, &mut text);
            text.push('=');
            encode_into(value, &mut text);
        }
        text
    }
}

/// The query of the page as it is now.
pub fn current() -> Query {
    Query::parse(
        &crate::browser::window()
            .location()
            .search()
            .unwrap_or_default(),
    )
}

/// Changes keys of the page's address in place; a slider must not fill the history.
pub fn replace(changes: &[(&str, Option<&str>)]) {
    let mut query = current();
    for (key, value) in changes {
        query.set(key, *value);
    }
    let location = crate::browser::window().location();
    let path = location.pathname().unwrap_or_default();
    let hash = location.hash().unwrap_or_default();
    if let Ok(history) = crate::browser::window().history() {
        let address = format!("{path}{}{hash}", query.text());
        let state = history.state().unwrap_or(wasm_bindgen::JsValue::NULL);
        // An address that is refused (too many changes a second in some browsers) is set by the next change.
        history
            .replace_state_with_url(&state, "", Some(&address))
            .ok();
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let after = rest.clone();
                let digit = |byte: Option<u8>| char::from(byte.unwrap_or(b'x')).to_digit(16);
                if let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) {
                    bytes.push((high * 16 + low) as u8);
                } else {
                    bytes.push(b'%');
                    rest = after;
                }
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encode_into(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/:*,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(not(target_arch = "wasm32"))]
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn query_when_a_key_is_set_then_the_others_stay_in_place() {
        let mut query = Query::parse("?var-host=a&from=now-6h&var-host=b&x");
        query.set("from", Some("now-1d/d"));
        assert_eq!(query.text(), "?var-host=a&from=now-1d/d&var-host=b&x=");
        query.set("from", None);
        assert_eq!(query.get("from"), None);
        query.set("var-host", Some("c"));
        assert_eq!(query.text(), "?var-host=c&x=");
    }

    #[test]
    fn query_when_percent_signs_are_broken_then_keeps_them() {
        assert_eq!(Query::parse("a=100%&b=%zz").get("a"), Some("100%"));
        assert_eq!(Query::parse("a=100%&b=%zz").get("b"), Some("%zz"));
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest! {
        #[test]
        fn query_when_written_then_reads_back(pairs in proptest::collection::vec((".{1,8}", ".{0,12}"), 0..6)) {
            let query = Query(pairs);
            prop_assert_eq!(Query::parse(&query.text()), query);
        }
    }
}
