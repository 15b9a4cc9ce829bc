//! YAML as a stream of scalars under their keys. Aliases are not followed, so they cannot grow.

use granit_parser::{Event, Options, Parser};

/// Takes the keys that lead to a place, the scalar there and its line.
type Each<'e> = &'e mut dyn FnMut(&[String], Option<&str>, u32);

/// Gives `each` the keys that lead to a place, the scalar there (none for the last key itself) and its
/// 1-based line. Elements of a sequence have the keys of the sequence. All documents of a stream are read.
///
/// # Errors
/// The first fault of syntax in words; what stands before it was given.
pub(super) fn scalars(text: &str, each: Each<'_>) -> Result<(), String> {
    let mut options = Options::default();
    options.emit_comments = false;
    // Keys of lockfiles hold the whole set of peers.
    options.simple_key_max_lookahead = 8_192;
    let mut walk = Walk { frames: Vec::new(), keys: Vec::new() };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|fault| fault.to_string())?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        match event {
            Event::DocumentStart(..) => {
                walk.frames.clear();
                walk.keys.clear();
            }
            Event::Scalar(value, ..) => walk.scalar(&value, line, each),
            Event::Alias(_) => walk.scalar("", line, each),
            Event::SequenceStart(..) => walk.frames.push(Frame::Sequence),
            Event::MappingStart(..) => walk.frames.push(Frame::Key),
            Event::SequenceEnd | Event::MappingEnd => {
                walk.frames.pop();
                walk.done("");
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the innermost open node waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Sequence,
    Key,
    Value,
}

struct Walk {
    frames: Vec<Frame>,
    keys: Vec<String>,
}

impl Walk {
    fn scalar(&mut self, value: &str, line: u32, each: Each<'_>) {
        let key = self.frames.last() == Some(&Frame::Key);
        if !key {
            each(&self.keys, Some(value), line);
        }
        self.done(value);
        if key {
            each(&self.keys, None, line);
        }
    }

    /// A node has ended: it was a key, a value or an element.
    fn done(&mut self, key: &str) {
        match self.frames.last_mut() {
            Some(frame @ Frame::Key) => {
                self.keys.push(key.to_owned());
                *frame = Frame::Value;
            }
            Some(frame @ Frame::Value) => {
                self.keys.pop();
                *frame = Frame::Key;
            }
            _ => {}
        }
    }
}
