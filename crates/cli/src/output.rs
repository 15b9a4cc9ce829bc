//! What people see: data on standard output, everything else on standard error.

pub(crate) mod progress;
pub(crate) mod table;

use std::io::{self, Write};

/// Prints a fault with its causes, outermost first.
pub(crate) fn fault(fault: &anyhow::Error) {
    let causes: Vec<String> =
        fault.chain().map(|cause| model::visible(&cause.to_string()).into_owned()).collect();
    say(&format!("haechi: {}", causes.join(": ")));
}

/// Standard output, with colours where they are seen. A reader that goes away, as `head` does, is in its
/// right: what it does not want to read is dropped, and the command goes on to its exit code.
pub(crate) fn stdout() -> impl Write {
    Leaving(anstream::stdout().lock())
}

/// The same for data, which goes out byte by byte as it is.
pub(crate) fn data() -> impl Write {
    io::BufWriter::new(Leaving(io::stdout().lock()))
}

struct Leaving<W>(W);

impl<W: Write> Write for Leaving<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}

/// Prints a line on standard error. There is nobody left to tell when that fails.
pub(crate) fn say(line: &str) {
    drop(writeln!(anstream::stderr(), "{line}"));
}
