//! All programs in one table: what wengert takes in each of its ways, and which other crate comes nearest.

use wengert_benches::{Table, time};

use crate::measure::{Kind, Measured};
use crate::page::Section;
use crate::ways::OURS;

/// What was aimed at, in units of the plain function: the start of a title, a way of wengert, or all of them, and the ratio.
const REACH: [(&str, Option<&str>, f64); 11] = [
    ("Chain", Some("wengert"), 11.0),
    ("Chain", Some("wengert, inputs outside the scope"), 12.0),
    ("Chain", Some("wengert, fused"), 6.0),
    ("Rosenbrock", Some("wengert"), 8.2),
    ("Rosenbrock", Some("wengert, fused"), 5.5),
    ("100,000 steps", Some("wengert"), 1.9),
    ("GMM", Some("wengert"), 6.0),
    ("GMM", Some("wengert, fused"), 6.0),
    ("GMM", Some("wengert, tensors"), 1.6),
    ("Bundle adjustment", None, 5.9),
    ("LSTM", None, 2.0),
];

fn reach(title: &str, way: &str) -> String {
    let aimed = REACH.iter().find(|(start, of, _)| title.starts_with(start) && of.is_none_or(|of| of == way));
    aimed.map_or(String::new(), |(.., ratio)| format!("{ratio}"))
}

/// A title without the sizes after its first part.
fn short(title: &str) -> String {
    title.split(", ").next().unwrap_or(title).to_string()
}

/// What a way of wengert is called beside the others.
fn way(name: &str) -> String {
    name.strip_prefix("wengert, ").unwrap_or("scalars").to_string()
}

/// A line for every way of wengert on every program, beside the fastest other crate in the same mode.
pub fn by_way(sections: &[Section]) -> Table {
    let mut table = Table::new([
        "program",
        "way of wengert",
        "plain function",
        "wengert",
        "of plain",
        "aimed at",
        "fastest peer",
        "of plain",
        "ahead",
    ]);
    for section in sections {
        let plain = section.measured[0].least;
        for ours in section.measured.iter().filter(|way| way.kind.owner() == Some(OURS)) {
            let least = ours.least;
            let peers = section.measured.iter().filter(|peer| peer.kind.is_peer_of(ours.kind));
            let [peer, peer_ratio, ahead] = match fastest(peers) {
                None => [""; 3].map(String::from),
                Some((name, peer)) => {
                    let owner = if least <= peer { OURS } else { name.split(',').next().unwrap_or(name) };
                    let times = least.max(peer) / least.min(peer);
                    [name.to_string(), format!("{:.2}", peer / plain), format!("{owner}, {times:.2} times")]
                }
            };
            table.push([
                short(&section.title),
                way(ours.name),
                time(section.by_unit(plain)),
                time(section.by_unit(least)),
                format!("{:.2}", least / plain),
                reach(&section.title, ours.name),
                peer,
                peer_ratio,
                ahead,
            ]);
        }
    }
    table
}

/// For every program, how many times as long as wengert's fastest way the fastest way of each crate takes.
#[cfg(feature = "peers")]
pub fn by_crate(sections: &[Section]) -> Table {
    let [a, b, c, d, e] = crate::peers::CRATES;
    let mut table = Table::new(["program", "wengert's fastest way", "of plain", a, b, c, d, e]);
    for section in sections {
        let of = |owner: &'static str| {
            fastest(section.measured.iter().filter(move |way| way.kind.owner() == Some(owner)))
        };
        let plain = section.measured[0].least;
        let Some((name, ours)) = of(OURS) else { continue };
        let times = |owner| of(owner).map_or("-".to_string(), |(_, least)| format!("{:.2}", least / ours));
        let [a, b, c, d, e] = crate::peers::CRATES.map(times);
        table.push([short(&section.title), way(name), format!("{:.2}", ours / plain), a, b, c, d, e]);
    }
    table
}

/// The name and the least time of the way that takes the least.
fn fastest<'a>(ways: impl Iterator<Item = &'a Measured>) -> Option<(&'static str, f64)> {
    ways.map(|way| (way.name, way.least)).min_by(|(_, a), (_, b)| a.total_cmp(b))
}

impl Kind {
    fn owner(self) -> Option<&'static str> {
        match self {
            Kind::Baseline => None,
            Kind::Reverse(owner) | Kind::Forward(owner) => Some(owner),
        }
    }

    /// Whether it is another crate's, in the mode of `ours`.
    fn is_peer_of(self, ours: Kind) -> bool {
        let is_same_mode = matches!(
            (self, ours),
            (Kind::Reverse(_), Kind::Reverse(_)) | (Kind::Forward(_), Kind::Forward(_))
        );
        is_same_mode && self.owner() != ours.owner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        let measured = |name, kind, least| Measured { name, kind, least, median: least };
        Section {
            title: "Chain".to_string(),
            text: "",
            ops: None,
            measured: vec![
                measured("plain function", Kind::Baseline, 10.0),
                measured("wengert", Kind::Reverse(OURS), 50.0),
                measured("wengert, duals", Kind::Forward(OURS), 40.0),
                measured("reverse", Kind::Reverse("reverse"), 100.0),
                measured("easy-ml", Kind::Reverse("easy-ml"), 75.0),
                measured("num-dual, 4 tangents", Kind::Forward("num-dual"), 20.0),
            ],
            bytes_an_op: None,
        }
    }

    #[test]
    fn a_way_is_compared_with_the_fastest_peer_of_its_mode() {
        let text = by_way(&[section()]).to_string();
        let lines: Vec<Vec<&str>> =
            text.lines().skip(2).map(|line| line.split('|').map(str::trim).collect()).collect();
        assert_eq!(lines[0][5..10], ["5.00", "11", "easy-ml", "7.50", "wengert, 1.50 times"]);
        assert_eq!(lines[1][5..10], ["4.00", "", "num-dual, 4 tangents", "2.00", "num-dual, 2.00 times"]);
    }

    #[cfg(feature = "peers")]
    #[test]
    fn a_crate_is_compared_by_its_fastest_way() {
        let text = by_crate(&[section()]).to_string();
        let line: Vec<&str> = text.lines().nth(2).expect("a line").split('|').map(str::trim).collect();
        assert_eq!(line[2..9], ["duals", "4.00", "-", "2.50", "1.88", "-", "0.50"]);
    }
}
