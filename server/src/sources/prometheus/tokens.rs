//! A query of Prometheus or VictoriaMetrics as words, each with its place.

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword, a number or a length of time.
    Word,
    /// Something in quotes.
    Text,
    /// An operator.
    Operator,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// `,`
    Comma,
    /// The end of the query.
    End,
}

/// A word of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

/// What is wrong, and where, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(super) at: usize,
    pub(super) message: String,
}

/// Operators, the longer ones first.
const OPERATORS: [&str; 19] = [
    "==", "!=", "<=", ">=", "=~", "!~", "+", "-", "*", "/", "%", "^", "<", ">", "=", "@", ":", "!",
    "~",
];

/// The words of a query, an end after them; comments are left out, and are what it says whether there were any.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, len) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            '"' | '\'' | '`' => (Kind::Text, quoted(rest, first, at)?),
            _ if is_word(first) => (Kind::Word, word(rest)),
            _ => {
                let found = OPERATORS
                    .iter()
                    .find(|operator| rest.starts_with(**operator));
                let operator = found.ok_or_else(|| Wrong {
                    at,
                    message: format!("`{first}` stands for nothing in a query"),
                })?;
                (Kind::Operator, operator.len())
            }
        };
        tokens.push(Token {
            kind,
            text: &rest[..len],
            at,
        });
        at += len;
    }
    tokens.push(Token {
        kind: Kind::End,
        text: "",
        at: text.len(),
    });
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

/// Length of a word; `:` belongs to a name, and an exponent may have a sign.
fn word(rest: &str) -> usize {
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let is_hex = rest
        .get(..2)
        .is_some_and(|head| head.eq_ignore_ascii_case("0x"));
    let mut before = ' ';
    for (index, c) in rest.char_indices() {
        let signed = is_number && !is_hex && matches!(before, 'e' | 'E') && matches!(c, '+' | '-');
        if !(is_word(c) || signed || c == ':' && !is_number) {
            return index;
        }
        before = c;
    }
    rest.len()
}

fn quoted(rest: &str, quote: char, at: usize) -> Result<usize, Wrong> {
    let mut chars = rest.char_indices().skip(1);
    while let Some((index, c)) = chars.next() {
        if c == quote {
            return Ok(index + 1);
        }
        if c == '\\' && quote != '`' {
            chars.next();
        }
    }
    Err(Wrong {
        at,
        message: "the quote is not closed".to_owned(),
    })
}
