//! What opening a database and asking it costs, in milliseconds, as JSON: package URLs come on standard input.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::io::BufRead as _;
use std::path::Path;
use std::time::Instant;

use advisory::{Database, package_of};
use model::Purl;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_default();
    let mut packages = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        packages.push(package_of(&Purl::parse(line.trim())?).ok_or(line)?);
    }
    let ms = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let database = Database::open(Path::new(&folder))?;
    let open = ms(start);
    // The first pass also brings the pages of the mapped files in, as it does in a scan.
    let start = Instant::now();
    let found: usize = packages.iter().map(|package| database.matches(package).0.len()).sum();
    let matching = ms(start);
    let packages = packages.len();
    println!(
        "{{\"open_ms\": {open:.3}, \"match_ms\": {matching:.3}, \"packages\": {packages}, \"found\": {found}}}"
    );
    Ok(())
}
