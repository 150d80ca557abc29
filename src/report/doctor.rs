//! `doctor/1`: what was looked at, and what mends what is wrong.

use serde::Serialize;

use super::{Look, Page, Table};
use crate::doctor::{Finding, State, worst};
use crate::domain::text::{SafeText, counted, pad, width, wrap};

/// What has to be said before anything else.
pub const WORDS: &str = "Unofficial: not affiliated with 1Password. Not yet run against a live account: tested \
                         against recorded answers of the CLI and our own imitation. Open points: whether a service \
                         account may list who is on its vaults and at which level, whether it can revoke partly, \
                         when a vault's content version rises. Figures from the sandbox are simulated.";

/// How wide a line for people is, in cells.
const WIDTH: usize = 80;
/// Where the text of a finding begins.
const TEXT: usize = 9;

/// Every finding.
#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the field is a part of the contract")]
pub struct Findings<'a> {
    words: &'static str,
    findings: &'a [Finding],
    worst: State,
}

impl<'a> Findings<'a> {
    /// These findings.
    pub fn new(findings: &'a [Finding]) -> Self {
        Self { words: WORDS, findings, worst: worst(findings) }
    }
}

impl Page for Findings<'_> {
    fn schema(&self) -> &'static str {
        "doctor/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["state", "check", "found", "mend"]);
        for finding in self.findings {
            table.push([
                finding.state.name().into(),
                finding.name.into(),
                finding.what.clone(),
                finding.mend.clone().unwrap_or_default(),
            ]);
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        vec![WORDS.into(), summary(self.findings)]
    }
}

/// A finding as lines for people, each at most 80 cells wide.
pub fn lines(finding: &Finding) -> Vec<SafeText> {
    let head = format!("{}: {}", finding.name, finding.what);
    let mut lines = block(finding.state.name(), &head);
    // What is as it should be needs no mend.
    if let Some(mend) = finding.mend.as_ref().filter(|_| finding.state != State::Ok) {
        lines.extend(block("", &format!("-> {mend}")));
    }
    lines
}

/// A long text as lines for people.
pub fn paragraph(text: &str) -> Vec<SafeText> {
    broken(text, WIDTH).iter().map(|line| SafeText::new(line)).collect()
}

fn block(label: &str, text: &str) -> Vec<SafeText> {
    let wrapped = broken(text, WIDTH - TEXT);
    let lines = wrapped.iter().enumerate().map(|(at, line)| {
        let label = if at == 0 { label } else { "" };
        SafeText::new(format!("{}{line}", pad(label, TEXT)).trim_end())
    });
    lines.collect()
}

/// Lines of at most `cells` cells, broken at spaces; only a word that is too long is cut.
fn broken(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |line| width(line));
        match lines.last_mut() {
            Some(line) if used == 0 => line.push_str(word),
            Some(line) if used + 1 + width(word) <= cells => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().flat_map(|line| wrap(line, cells)).collect()
}

/// How many there are of each state.
pub fn summary(findings: &[Finding]) -> SafeText {
    let count = |state: State| findings.iter().filter(|finding| finding.state == state).count();
    let [notes, warnings, failures] =
        [State::Note, State::Warning, State::Failure].map(|state| counted(count(state), state.name()));
    SafeText::new(&format!("{} {}, {notes}, {warnings}, {failures}", count(State::Ok), State::Ok.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::width;

    #[test]
    fn no_line_is_wider_than_eighty_cells() {
        let long = "a very long word about nothing ".repeat(8) + &"x".repeat(200);
        let finding = Finding::warning("check", &long).mend("mend it: strongroom doctor --person".repeat(4));
        let lines = lines(&finding);
        assert!(lines.len() > 6 && lines.iter().all(|line| width(line.as_str()) <= WIDTH), "{lines:?}");
        assert!(lines[0].as_str().starts_with("warning  check: a very long"));
    }
}
