//! Numbers between text and bits: exactly rounded, like everybody's.
//!
//! Nearly all numbers are a few digits with a small power of ten, which plain arithmetic gets exactly right.
//! The rest is left to the browser, because the tables for doing it here weigh more than everything around them.

/// A number as its text says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// Not negative, without point and exponent.
    Whole(u64),
    /// Negative, without point and exponent.
    Negative(i64),
    /// Everything else.
    Real(f64),
}

impl Number {
    pub(super) fn real(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Negative(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

/// Powers of ten that are exact, and integers that are.
const MOST_EXACT: (i32, u64) = (22, 1 << 53);

/// Reads the number that a text begins with, and says how long it is.
pub(super) fn parse(text: &str) -> Option<(Number, usize)> {
    let bytes = text.as_bytes();
    let digits_from = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let whole_from = usize::from(bytes.first() == Some(&b'-'));
    let negative = whole_from == 1;
    let mut end = digits_from(whole_from);
    let leading_zero = bytes.get(whole_from) == Some(&b'0') && end > whole_from + 1;
    if end == whole_from || leading_zero {
        return None;
    }
    let (mut mantissa, mut fits) = (0, true);
    let mut take = |digits: &[u8]| {
        for digit in digits {
            let more = u64::checked_mul(mantissa, 10)
                .and_then(|more| more.checked_add(u64::from(digit - b'0')));
            fits &= more.is_some();
            mantissa = more.unwrap_or(mantissa);
        }
    };
    take(&bytes[whole_from..end]);
    let mut power = 0;
    let mut real = false;
    if bytes.get(end) == Some(&b'.') {
        let from = end + 1;
        end = digits_from(from);
        if end == from {
            return None;
        }
        take(&bytes[from..end]);
        power = -i32::try_from(end - from).unwrap_or(i32::MAX);
        real = true;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = bytes.get(end + 1);
        let from = end + 1 + usize::from(matches!(sign, Some(b'+' | b'-')));
        end = digits_from(from);
        if end == from {
            return None;
        }
        let mut exponent = 0_i32;
        for digit in &bytes[from..end] {
            exponent = exponent
                .saturating_mul(10)
                .saturating_add(i32::from(digit - b'0'));
        }
        let exponent = if sign == Some(&b'-') {
            -exponent
        } else {
            exponent
        };
        power = power.saturating_add(exponent);
        real = true;
    }
    let number = if !real && fits && !negative {
        Number::Whole(mantissa)
    } else if !real && fits && mantissa > 0 && mantissa <= 1 << 63 {
        Number::Negative(0_i64.wrapping_sub_unsigned(mantissa))
    } else if fits && mantissa <= MOST_EXACT.1 && power.unsigned_abs() <= MOST_EXACT.0 as u32 {
        // One rounding of two exact numbers is the nearest number.
        let mut scale = 1.0;
        for _ in 0..power.unsigned_abs() {
            scale *= 10.0;
        }
        let value = mantissa as f64;
        let value = if power < 0 {
            value / scale
        } else {
            value * scale
        };
        Number::Real(if negative { -value } else { value })
    } else {
        Number::Real(parse_slowly(&text[..end]))
    };
    // Too large a number would read as infinite, which no JSON can say.
    number.real().is_finite().then_some((number, end))
}

/// Writes the shortest digits that read back; what is no number is null.
pub(super) fn write(value: f64, out: &mut String) {
    if !value.is_finite() {
        out.push_str("null");
        return;
    }
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.abs() < MOST_EXACT.1 as f64 && value.fract() == 0.0 && !negative_zero {
        write_whole(value as i64, out);
        // Says that it is not a count, as serde_json does.
        out.push_str(".0");
    } else {
        write_slowly(value, out);
    }
}

/// Writes an integer.
pub(super) fn write_whole(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    write_count(value.unsigned_abs(), out);
}

/// Writes an integer that is not negative.
pub(super) fn write_count(value: u64, out: &mut String) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

#[cfg(target_arch = "wasm32")]
fn parse_slowly(text: &str) -> f64 {
    js_sys::Number::parse_float(text)
}

#[cfg(not(target_arch = "wasm32"))]
fn parse_slowly(text: &str) -> f64 {
    // The text was found to be a number before.
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(target_arch = "wasm32")]
fn write_slowly(value: f64, out: &mut String) {
    if value == 0.0 {
        // The browser drops the sign.
        return out.push_str("-0.0");
    }
    let text = js_sys::Number::from(value).to_string_with_radix(10);
    if let Ok(text) = text {
        out.push_str(&String::from(text));
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn write_slowly(value: f64, out: &mut String) {
    use std::fmt::Write as _;
    // A text takes whatever is written.
    write!(out, "{value:?}").ok();
}
