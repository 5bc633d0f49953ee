//! The parsers of the server.

use hindcast::fuzz;

use crate::split;

/// Arbitrary bytes for the parser that the first one names.
pub fn server(bytes: &[u8]) {
    let Some((which, body)) = split(bytes) else {
        return;
    };
    let text = String::from_utf8_lossy(body);
    match which {
        b'p' => fuzz::prometheus_answer(body),
        b't' => fuzz::table(body),
        b'l' => fuzz::label_file(body),
        b's' => fuzz::pushed(body),
        b'i' => fuzz::calendar_file(&text),
        b'c' => fuzz::configuration(&text),
        b'q' => fuzz::query(&text),
        b'v' => fuzz::quoted(&text),
        _ => {}
    }
}
