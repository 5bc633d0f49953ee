//! Writing: a serializer into one string.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{Misfit, number};

/// What was written so far.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
}

impl Writer {
    fn string(&mut self, value: &str) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.text.push('"');
        for letter in value.chars() {
            match letter {
                '"' | '\\' => {
                    self.text.push('\\');
                    self.text.push(letter);
                }
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\0'..='\u{1f}' => {
                    self.text.push_str("\\u00");
                    self.text.push(char::from(DIGITS[letter as usize >> 4]));
                    self.text.push(char::from(DIGITS[letter as usize & 15]));
                }
                _ => self.text.push(letter),
            }
        }
        self.text.push('"');
    }

    fn open(&mut self, bracket: char) -> Inside<'_> {
        self.text.push(bracket);
        Inside {
            writer: self,
            first: true,
            variant: false,
        }
    }

    /// `{"name":`, for a variant that carries something.
    fn variant(&mut self, name: &str) {
        self.text.push('{');
        self.string(name);
        self.text.push(':');
    }

    fn open_variant(&mut self, name: &str, bracket: char) -> Inside<'_> {
        self.variant(name);
        Inside {
            variant: true,
            ..self.open(bracket)
        }
    }
}

/// A list or a map while it is written.
pub(super) struct Inside<'w> {
    writer: &'w mut Writer,
    first: bool,
    variant: bool,
}

impl Inside<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.writer.text.push(',');
        }
    }

    fn name(&mut self, name: &str) {
        self.separate();
        self.writer.string(name);
        self.writer.text.push(':');
    }

    fn close(self, bracket: char) {
        self.writer.text.push(bracket);
        if self.variant {
            self.writer.text.push('}');
        }
    }
}

macro_rules! list {
    ($($name:ident $method:ident)*) => {$(
        impl $name for Inside<'_> {
            type Ok = ();
            type Error = Misfit;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Misfit> {
                self.separate();
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<(), Misfit> {
                self.close(']');
                Ok(())
            }
        }
    )*};
}

list! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! fields {
    ($($name:ident)*) => {$(
        impl $name for Inside<'_> {
            type Ok = ();
            type Error = Misfit;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Misfit> {
                self.name(name);
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<(), Misfit> {
                self.close('}');
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Misfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Misfit> {
        self.separate();
        let from = self.writer.text.len();
        key.serialize(&mut *self.writer)?;
        // A number as a key is written as text.
        if !self.writer.text[from..].starts_with('"') {
            self.writer.text.insert(from, '"');
            self.writer.text.push('"');
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Misfit> {
        self.writer.text.push(':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Misfit> {
        self.close('}');
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $from:ty => $write:ident $to:ty)*) => {$(
        fn $method(self, value: $from) -> Result<(), Misfit> {
            number::$write(<$to>::from(value), &mut self.text);
            Ok(())
        }
    )*};
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Misfit;
    type SerializeSeq = Inside<'w>;
    type SerializeTuple = Inside<'w>;
    type SerializeTupleStruct = Inside<'w>;
    type SerializeTupleVariant = Inside<'w>;
    type SerializeMap = Inside<'w>;
    type SerializeStruct = Inside<'w>;
    type SerializeStructVariant = Inside<'w>;

    numbers! {
        serialize_i8 i8 => write_whole i64
        serialize_i16 i16 => write_whole i64
        serialize_i32 i32 => write_whole i64
        serialize_i64 i64 => write_whole i64
        serialize_u8 u8 => write_count u64
        serialize_u16 u16 => write_count u64
        serialize_u32 u32 => write_count u64
        serialize_u64 u64 => write_count u64
        serialize_f32 f32 => write f64
        serialize_f64 f64 => write f64
    }

    fn serialize_bool(self, value: bool) -> Result<(), Misfit> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Misfit> {
        self.string(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Misfit> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Misfit> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Misfit> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Misfit> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Misfit> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Misfit> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), Misfit> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Misfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Misfit> {
        self.variant(name);
        value.serialize(&mut *self)?;
        self.text.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'w>, Misfit> {
        Ok(self.open('['))
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'w>, Misfit> {
        Ok(self.open('['))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'w>, Misfit> {
        Ok(self.open('['))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Inside<'w>, Misfit> {
        Ok(self.open_variant(name, '['))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'w>, Misfit> {
        Ok(self.open('{'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'w>, Misfit> {
        Ok(self.open('{'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Inside<'w>, Misfit> {
        Ok(self.open_variant(name, '{'))
    }
}
