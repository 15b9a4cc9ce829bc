//! Values of a record that take bounded memory, whatever a mirror writes into it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A list of at most `N` values; a longer one is an error as soon as it is met.
#[derive(Debug)]
pub(crate) struct List<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const N: usize> Deref for List<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a List<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for List<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counted<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Counted<T, N> {
            type Value = List<T, N>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a list of at most {N} values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<List<T, N>, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = values.next_element()? {
                    if list.len() == N {
                        return Err(A::Error::invalid_length(N + 1, &self));
                    }
                    list.push(value);
                }
                Ok(List(list))
            }
        }
        deserializer.deserialize_seq(Counted(PhantomData))
    }
}

/// A word, where a value of any shape may stand; the others are passed over and not held.
#[derive(Debug, Default)]
pub(crate) struct Word(pub Option<String>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Word;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("anything")
            }

            fn visit_str<E>(self, word: &str) -> Result<Word, E> {
                Ok(Word(Some(word.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Word, E> {
                Ok(Word(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Word, E> {
                Ok(Word(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Word, E> {
                Ok(Word(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Word, E> {
                Ok(Word(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Word, E> {
                Ok(Word(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Word, A::Error> {
                while values.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Word(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Word, A::Error> {
                while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Word(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_too_long_is_refused() {
        let read = |text: &str| serde_json::from_str::<List<u8, 3>>(text).map(|list| list.len());
        assert_eq!(read("[1,2,3]").ok(), Some(3));
        assert!(read("[1,2,3,4]").is_err_and(|fault| fault.to_string().contains("at most 3")));
        assert!(read("{}").is_err());
    }

    #[test]
    fn a_value_of_any_shape_is_taken_and_only_a_word_is_kept() {
        for (text, wanted) in [
            ("\"high\"", Some("high")),
            ("[[1],{}]", None),
            ("{\"a\":[\"b\"]}", None),
            ("null", None),
            ("-1", None),
            ("1.5", None),
            ("true", None),
        ] {
            let Word(word) = serde_json::from_str(text).unwrap();
            assert_eq!(word.as_deref(), wanted, "{text}");
        }
    }
}
