//! The form of a mail: headers, and text and HTML as two ways to say the same, in quoted-printable.

use lettre::Address;

use crate::base64::base64;

/// A name that may be empty, and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(super) name: String,
    pub(super) address: Address,
}

/// Reads `ops@example.org` or `Operations <ops@example.org>`.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let (name, address) = match text.trim().strip_suffix('>') {
        Some(named) => named.rsplit_once('<').ok_or("a `<` is missing")?,
        None => ("", text.trim()),
    };
    let name = name.trim().trim_matches('"').to_owned();
    if name.chars().any(char::is_control) {
        return Err("the name cannot be written".to_owned());
    }
    let address = address
        .parse()
        .map_err(|_| "is not a mail address".to_owned())?;
    Ok(Mailbox { name, address })
}

impl Mailbox {
    fn written(&self) -> String {
        if self.name.is_empty() {
            return self.address.to_string();
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
        let name = if self.name.chars().all(plain) {
            self.name.clone()
        } else {
            encoded(&self.name)
        };
        format!("{name} <{}>", self.address)
    }
}

/// What a mail says.
pub(super) struct Parts<'a> {
    pub(super) from: &'a Mailbox,
    pub(super) to: &'a [Mailbox],
    pub(super) subject: &'a str,
    /// The same for a repetition.
    pub(super) id: &'a str,
    /// The same for what belongs together.
    pub(super) thread: &'a str,
    pub(super) at_ms: i64,
    pub(super) text: &'a str,
    pub(super) html: &'a str,
    /// A chart as PNG, which the HTML shows.
    pub(super) picture: Option<&'a [u8]>,
}

/// By what the HTML names the picture.
pub(super) const PICTURE_ID: &str = "chart@hindcast";

/// Characters of a line in base64.
const BASE64_LINE: usize = 76;

/// A mail as it goes over the wire.
pub(super) fn written(parts: &Parts<'_>) -> Result<String, String> {
    let at = jiff::Timestamp::from_millisecond(parts.at_ms).map_err(|error| error.to_string())?;
    let date = jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC))
        .map_err(|error| error.to_string())?;
    let to: Vec<String> = parts.to.iter().map(Mailbox::written).collect();
    let boundary = format!("part-{}", parts.id);
    let mut lines = vec![
        format!("From: {}", parts.from.written()),
        format!("To: {}", to.join(",\r\n ")),
        format!("Subject: {}", encoded(parts.subject)),
        format!("Date: {date}"),
        format!("Message-ID: <{}@hindcast>", parts.id),
        format!("In-Reply-To: <{}@hindcast>", parts.thread),
        format!("References: <{}@hindcast>", parts.thread),
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
    ];
    let whole = format!("whole-{}", parts.id);
    if parts.picture.is_some() {
        lines.push(format!(
            "Content-Type: multipart/related; type=\"multipart/alternative\"; boundary=\"{whole}\""
        ));
        lines.push(String::new());
        lines.push(format!("--{whole}"));
    }
    lines.push(format!(
        "Content-Type: multipart/alternative; boundary=\"{boundary}\""
    ));
    lines.push(String::new());
    for (kind, body) in [("plain", parts.text), ("html", parts.html)] {
        lines.push(format!("--{boundary}"));
        lines.push(format!("Content-Type: text/{kind}; charset=utf-8"));
        lines.push("Content-Transfer-Encoding: quoted-printable".to_owned());
        lines.push(String::new());
        lines.extend(body.lines().map(quoted));
    }
    lines.push(format!("--{boundary}--"));
    lines.push(String::new());
    if let Some(picture) = parts.picture {
        lines.push(format!("--{whole}"));
        lines.push("Content-Type: image/png; name=\"chart.png\"".to_owned());
        lines.push("Content-Transfer-Encoding: base64".to_owned());
        lines.push(format!("Content-ID: <{PICTURE_ID}>"));
        lines.push("Content-Disposition: inline; filename=\"chart.png\"".to_owned());
        lines.push(String::new());
        lines.extend(base64_lines(picture));
        lines.push(format!("--{whole}--"));
        lines.push(String::new());
    }
    Ok(lines.join("\r\n"))
}

/// RFC 2047: words of at most 75 characters, none of which cuts a letter in two.
fn encoded(text: &str) -> String {
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut bytes = [0; 4];
        let letter: String = c
            .encode_utf8(&mut bytes)
            .bytes()
            .map(|byte| match byte {
                b' ' => "_".to_owned(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("={byte:02X}"),
            })
            .collect();
        if words
            .last()
            .is_some_and(|word| word.len() + letter.len() > 60)
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push_str(&letter);
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?Q?{word}?="))
        .collect();
    words.join("\r\n ")
}

fn base64_lines(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes.chunks(BASE64_LINE / 4 * 3).map(base64)
}

/// RFC 2045: one line of a body, broken where it is too long.
fn quoted(line: &str) -> String {
    let mut made = String::new();
    let mut length = 0;
    let last = line.len().saturating_sub(1);
    for (at, byte) in line.bytes().enumerate() {
        let plain = (byte.is_ascii_graphic() && byte != b'=') || (byte == b' ' && at != last);
        let letter = if plain {
            char::from(byte).to_string()
        } else {
            format!("={byte:02X}")
        };
        if length + letter.len() > 75 {
            made.push_str("=\r\n");
            length = 0;
        }
        length += letter.len();
        made.push_str(&letter);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailbox_when_named_or_not_then_is_read_and_nonsense_refused() {
        let named = mailbox("Дежурный <ops@example.org>").expect("a mailbox");
        assert_eq!(named.name, "Дежурный");
        assert!(
            named.written().starts_with("=?utf-8?Q?=D0=94"),
            "{}",
            named.written()
        );
        let plain = mailbox("ops@example.org").expect("a mailbox");
        assert_eq!(plain.written(), "ops@example.org");
        for wrong in [
            "",
            "ops",
            "ops@example.org>",
            "a\r\nBcc: b <ops@example.org>",
            "a <b@c\r\n>",
        ] {
            assert!(mailbox(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lines_when_long_or_in_any_language_then_are_short_and_ascii() {
        let long = "급격한 상승, ".repeat(60) + "a=b ";
        let made = quoted(&long);
        assert!(made.lines().all(|line| line.len() <= 76 && line.is_ascii()));
        assert!(made.ends_with("a=3Db=20"), "{made}");
        let subject = encoded(&long);
        assert!(
            subject
                .split("\r\n ")
                .all(|word| word.len() <= 75 && word.ends_with("?="))
        );
        assert_eq!(quoted("plain text."), "plain text.");
    }
}
