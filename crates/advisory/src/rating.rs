//! CVSS vectors and what they come to, worked out when an advisory is stored.

use model::Cvss;

/// A vector with its base score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rating<'a> {
    /// As published.
    pub vector: &'a str,
    /// In tenths: 98 is 9.8.
    pub tenths: u8,
}

impl<'a> Rating<'a> {
    /// The rating of the newest version of CVSS among the vectors. One that does not parse rates nothing.
    pub(crate) fn of(vectors: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut vectors: Vec<&str> = vectors.collect();
        // `CVSS:4.0/` sorts after `CVSS:3.1/`, and version 2 has no prefix.
        vectors.sort_by_key(|vector| {
            std::cmp::Reverse(vector.strip_prefix("CVSS:").and_then(|rest| rest.get(..3)))
        });
        vectors.into_iter().find_map(|vector| Some(Self { vector, tenths: tenths(vector)? }))
    }

    pub(crate) fn cvss(self) -> Cvss {
        Cvss { vector: self.vector.to_owned(), score: f64::from(self.tenths) / 10.0 }
    }
}

fn tenths(vector: &str) -> Option<u8> {
    let score = vector.parse::<cvss::Cvss>().ok()?.score();
    (0..=100).find(|tenths| (score * 10.0 - f64::from(*tenths)).abs() < 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_every_version_are_scored() {
        for (vector, tenths) in [
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 75),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93),
        ] {
            let rating = Rating::of([vector].into_iter());
            assert_eq!(rating, Some(Rating { vector, tenths }), "{vector}");
        }
    }

    #[test]
    fn the_newest_vector_that_parses_counts() {
        let three = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        let all = ["AV:N/AC:L/Au:N/C:P/I:P/A:P", three, "CVSS:4.0/nonsense"];
        assert_eq!(Rating::of(all.into_iter()).map(|rating| rating.vector), Some(three));
        assert_eq!(Rating::of(["CVSS:3.1/nonsense"].into_iter()), None);
    }
}
