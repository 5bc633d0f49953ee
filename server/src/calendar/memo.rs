//! Calendars that were read already, by what they say: a rule asks for the same one at every tick, and a file of a
//! thousand events takes longer to read than to ask.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hindcast_shared::api::CalendarDraft;
use hindcast_shared::error::FieldError;
use sha2::{Digest as _, Sha256};

use super::Calendar;

/// Calendars that are kept; more than rules name at a time, mostly.
const MOST: usize = 64;

type Kept = BTreeMap<[u8; 32], Arc<Calendar>>;

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// The same as [`Calendar::read`], of which it remembers what succeeded.
///
/// # Errors
/// As there.
pub(super) fn read(draft: &CalendarDraft) -> Result<Arc<Calendar>, FieldError> {
    let Ok(text) = serde_json::to_vec(draft) else {
        return Calendar::read(draft).map(Arc::new);
    };
    let key = Sha256::digest(&text).into();
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = kept().get(&key) {
        return Ok(Arc::clone(found));
    }
    let read = Arc::new(Calendar::read(draft)?);
    let mut kept = kept();
    if kept.len() >= MOST {
        kept.clear();
    }
    kept.insert(key, Arc::clone(&read));
    Ok(read)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(start: &str) -> CalendarDraft {
        let draft = json!({"name": "kept", "events": [{"start": start, "length": "1h"}]});
        serde_json::from_value(draft).expect("a draft")
    }

    #[test]
    fn calendar_when_it_says_the_same_then_is_read_once() {
        let first = read(&draft("2026-01-01T02:00")).expect("a calendar");
        let again = read(&draft("2026-01-01T02:00")).expect("a calendar");
        assert!(Arc::ptr_eq(&first, &again));
        let other = read(&draft("2026-01-01T03:00")).expect("a calendar");
        assert!(!Arc::ptr_eq(&first, &other));
        assert!(read(&draft("soon")).is_err());
    }
}
