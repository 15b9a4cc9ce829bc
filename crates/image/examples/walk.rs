//! Reads every layer of an image archive and counts what it sees: what reading alone costs.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::io::{self, BufRead};
use std::path::Path;

struct Count(u64);

impl image::Visitor for Count {
    fn wants(&self, _path: &str) -> bool {
        false
    }

    fn file(&mut self, _entry: &image::Entry<'_>, _content: &mut dyn BufRead) -> io::Result<()> {
        self.0 += 1;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let image = image::open_archive(Path::new(&path), &image::Selection::default())?;
        let walked = image.walk(&|_| Count(0), &|_| ())?;
        let files: u64 = walked.visitors.iter().map(|count| count.0).sum();
        println!("{path}: {} layers, {files} files", image.layers.len());
    }
    Ok(())
}
