//! A text and how far it was read; knows JSON's grammar and nothing of types.

use super::number::{self, Number};
use super::{Misfit, Unreadable};

/// Deeper nesting is nonsense, and would use up the stack.
const DEEPEST: u32 = 128;

/// A text, and how far it was read.
pub(super) struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u32,
    /// The last string that had an escape in it.
    unescaped: String,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            unescaped: String::new(),
        }
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek() == 0
    }

    /// Where reading stopped.
    pub(super) fn stopped(&self) -> Unreadable {
        let read = self.text.get(..self.at).unwrap_or(self.text);
        Unreadable {
            line: 1 + read.matches('\n').count(),
            column: 1 + read.len() - read.rfind('\n').map_or(0, |at| at + 1),
        }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that is not white space; zero at the end.
    pub(super) fn peek(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.byte()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == byte;
        self.at += usize::from(there);
        there
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Misfit> {
        if self.eat(byte) { Ok(()) } else { Err(Misfit) }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Misfit> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Misfit);
        }
        self.at += word.len();
        Ok(())
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Misfit> {
        let value = self.peek() == b't';
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    pub(super) fn number(&mut self) -> Result<Number, Misfit> {
        self.peek();
        let (number, len) = self
            .text
            .get(self.at..)
            .and_then(number::parse)
            .ok_or(Misfit)?;
        self.at += len;
        Ok(number)
    }

    pub(super) fn open(&mut self, byte: u8) -> Result<(), Misfit> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Misfit);
        }
        self.expect(byte)
    }

    pub(super) fn close(&mut self, byte: u8) -> Result<(), Misfit> {
        self.depth -= 1;
        self.expect(byte)
    }

    /// Whether another element comes before the end of a list.
    pub(super) fn another(&mut self, first: &mut bool, end: u8) -> Result<bool, Misfit> {
        let begins = std::mem::take(first);
        if self.peek() == end {
            return Ok(false);
        }
        if !begins {
            self.expect(b',')?;
        }
        Ok(true)
    }

    pub(super) fn string(&mut self) -> Result<&str, Misfit> {
        self.expect(b'"')?;
        let from = self.at;
        loop {
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return self.text.get(from..self.at - 1).ok_or(Misfit);
                }
                b'\\' => break,
                0..=31 => return Err(Misfit),
                _ => self.at += 1,
            }
        }
        self.unescaped.clear();
        self.unescaped
            .push_str(self.text.get(from..self.at).ok_or(Misfit)?);
        self.unescape()?;
        Ok(&self.unescaped)
    }

    /// Reads the rest of a string from its first escape on.
    fn unescape(&mut self) -> Result<(), Misfit> {
        loop {
            let next = self.text[self.at..].chars().next().ok_or(Misfit)?;
            self.at += next.len_utf8();
            let meant = match next {
                '"' => return Ok(()),
                '\\' => self.escape()?,
                '\0'..='\u{1f}' => return Err(Misfit),
                plain => plain,
            };
            self.unescaped.push(meant);
        }
    }

    fn escape(&mut self) -> Result<char, Misfit> {
        let byte = self.byte();
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.four_digits()?;
                // Half of a pair: the other half must follow.
                if (0xd800..0xdc00).contains(&code) {
                    self.word("\\u")?;
                    let low = self.four_digits()?.wrapping_sub(0xdc00);
                    if low >= 0x400 {
                        return Err(Misfit);
                    }
                    code = 0x1_0000 + ((code - 0xd800) << 10) + low;
                }
                char::from_u32(code).ok_or(Misfit)?
            }
            _ => {
                self.at -= 1;
                return Err(Misfit);
            }
        })
    }

    fn four_digits(&mut self) -> Result<u32, Misfit> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.byte()).to_digit(16).ok_or(Misfit)?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Reads over a value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), Misfit> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b't' | b'f' => self.boolean().map(|_| ()),
            b'n' => self.word("null"),
            open @ (b'[' | b'{') => {
                let end = open + 2;
                self.open(open)?;
                let mut first = true;
                while self.another(&mut first, end)? {
                    if open == b'{' {
                        self.string()?;
                        self.expect(b':')?;
                    }
                    self.skip()?;
                }
                self.close(end)
            }
            _ => self.number().map(|_| ()),
        }
    }
}
