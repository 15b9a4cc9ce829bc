//! What attackers do: CISA's catalogue of exploited vulnerabilities and FIRST's forecast.

use std::io::{BufRead, Read};
use std::path::Path;

use serde::Deserialize;

use crate::store::Mapped;
use crate::store::build::publish;

/// File name of the exploited ones.
pub(crate) const EXPLOITED: &str = "known-exploited.fst";

/// File name of the forecast.
pub(crate) const FORECAST: &str = "exploit-forecast.fst";

/// Feeds larger than this are refused.
const MAX_FEED: u64 = 256 << 20;

/// Probabilities are kept as whole parts of this.
const PARTS: f64 = 1e9;

/// What is known of attackers beside advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// CISA's catalogue of known exploited vulnerabilities.
    Exploited,
    /// FIRST's forecast of exploitation.
    Forecast,
}

impl SignalKind {
    /// The name of its source in the database's state.
    pub fn source(self) -> &'static str {
        match self {
            Self::Exploited => "kev",
            Self::Forecast => "epss",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Exploited => "CISA KEV",
            Self::Forecast => "FIRST EPSS",
        }
    }
}

/// A map from CVE id to a number.
#[derive(Debug)]
pub(crate) struct Signal(fst::Map<Mapped>);

impl Signal {
    /// Opens a signal's file; nothing where there is none.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, crate::StoreError> {
        if !path.try_exists()? {
            return Ok(None);
        }
        Ok(Some(Self(Mapped::open(path)?.index()?)))
    }

    pub(crate) fn has(&self, cve: &str) -> bool {
        self.0.contains_key(cve)
    }

    pub(crate) fn probability(&self, cve: &str) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "the number is below one billion")]
        self.0.get(cve).map(|parts| parts as f64 / PARTS)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[derive(Deserialize)]
struct Catalogue {
    vulnerabilities: Vec<Exploited>,
}

#[derive(Deserialize)]
struct Exploited {
    #[serde(rename = "cveID")]
    id: String,
}

/// Reads CISA's catalogue (JSON).
pub(crate) fn build_exploited(feed: impl Read, path: &Path) -> std::io::Result<usize> {
    let catalogue: Catalogue = serde_json::from_reader(feed.take(MAX_FEED))?;
    let entries = catalogue.vulnerabilities.into_iter().map(|entry| (entry.id, 1)).collect();
    write(entries, path)
}

/// Reads FIRST's scores (CSV with `cve,epss,percentile`, gzip or plain).
pub(crate) fn build_forecast(feed: impl BufRead, path: &Path) -> std::io::Result<usize> {
    let mut feed = feed;
    let packed = feed.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn BufRead> = if packed {
        Box::new(std::io::BufReader::new(flate2::bufread::MultiGzDecoder::new(feed)))
    } else {
        Box::new(feed)
    };
    let mut entries = Vec::new();
    for line in plain.take(MAX_FEED).lines() {
        let line = line?;
        let mut columns = line.split(',');
        let (Some(id), Some(score)) = (columns.next(), columns.next()) else { continue };
        if let (true, Ok(score)) = (id.starts_with("CVE-"), score.parse::<f64>())
            && (0.0..=1.0).contains(&score)
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and one billion"
            )]
            entries.push((id.to_owned(), (score * PARTS).round() as u64));
        }
    }
    write(entries, path)
}

fn write(mut entries: Vec<(String, u64)>, path: &Path) -> std::io::Result<usize> {
    use std::io::Write as _;
    if entries.is_empty() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "feed names no vulnerability",
        ));
    }
    entries.sort();
    entries.dedup_by(|a, b| a.0 == b.0);
    let map = fst::Map::from_iter(entries.iter().map(|(id, value)| (id, *value)))
        .map_err(std::io::Error::other)?;
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(map.as_fst().as_bytes())?;
    publish(file, path)?;
    Ok(entries.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_read_and_empty_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.fst");
        let csv =
            b"#model_version:v2025\ncve,epss,percentile\nCVE-2024-1,0.25,0.9\nCVE-2024-2,2.5,0.9\n";
        assert_eq!(build_forecast(&csv[..], &path).unwrap(), 1);
        let signal = Signal::open(&path).unwrap().unwrap();
        assert_eq!(signal.probability("CVE-2024-1"), Some(0.25));
        assert_eq!(signal.probability("CVE-2024-2"), None);
        let json = br#"{"vulnerabilities":[{"cveID":"CVE-2024-3","dateAdded":"2024-01-01"}]}"#;
        assert_eq!(build_exploited(&json[..], &path).unwrap(), 1);
        assert!(Signal::open(&path).unwrap().unwrap().has("CVE-2024-3"));
        assert!(build_exploited(&br#"{"vulnerabilities":[]}"#[..], &path).is_err());
        assert!(build_exploited(&b"<html>"[..], &path).is_err());
        assert!(Signal::open(&path).unwrap().unwrap().has("CVE-2024-3"));
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0xff;
            std::fs::write(&path, &flipped).unwrap();
            drop(Signal::open(&path).map(|signal| signal.map(|signal| signal.has("CVE-2024-3"))));
        }
    }
}
