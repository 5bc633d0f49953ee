//! JSON for the browser: the same forms as `serde_json`'s, in a third of the code.
//!
//! A page reads only what its own server and its own worker wrote, so a failure says where and not why,
//! fields come by name and never by position, and numbers have no tables of powers of ten.

mod number;
mod pretty;
mod read;
mod scan;
mod write;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::pretty::pretty;
use self::scan::Reader;
use self::write::Writer;

/// Where a text stopped making sense; both count from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// Line.
    pub line: usize,
    /// Byte in it.
    pub column: usize,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it makes no sense at line {}, column {}",
            self.line, self.column
        )
    }
}

/// Reads a whole text.
///
/// # Errors
/// [`Unreadable`] for what is not JSON, and for what is not a `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut reader = Reader::new(text);
    match T::deserialize(&mut reader) {
        Ok(value) if reader.is_at_end() => Ok(value),
        _ => Err(reader.stopped()),
    }
}

/// Writes a value on one line.
pub fn write(value: &impl Serialize) -> String {
    let mut writer = Writer::default();
    // Writing to memory fails only for maps whose keys are not text, and no type has such a map.
    value.serialize(&mut writer).ok();
    writer.text
}

/// The one error inside: what went wrong is not told, so nothing is kept for it.
#[derive(Debug)]
struct Misfit;

impl fmt::Display for Misfit {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    // All of these would otherwise come with the code that words them.
    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

impl serde::ser::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests;
