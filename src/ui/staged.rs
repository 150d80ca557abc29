//! What is staged beside what is so.

use super::page::Page;
use crate::app::State;
use crate::app::staging::Staged;
use crate::domain::access::Level;

/// One line a staged change, in the order of the rows.
pub(super) fn compared(page: &mut Page<'_>) {
    let (state, theme) = (page.state, page.theme);
    let all = state.staged();
    let moot = all.iter().filter(|staged| staged.note.is_some()).count();
    page.title = format!("Staged: {}", all.len());
    if moot > 0 {
        page.title = format!("{}, {moot} with nothing to change", page.title);
    }
    for staged in &all {
        let style = if staged.note.is_some() { theme.dim } else { theme.staged };
        page.text(&in_words(staged, state), style);
    }
    if all.is_empty() {
        page.line("nothing is staged any more", theme.dim);
    } else {
        page.gap();
        page.line("A shows the plan for it; u in the matrix takes a change back", theme.dim);
    }
}

fn in_words(staged: &Staged, state: &State) -> String {
    let whose = staged.student.as_ref().map(|key| state.whom([key]));
    // A student's own access on their own vault names them once.
    let whose = whose.filter(|whose| *whose != staged.name.as_str());
    let whose = whose.map_or_else(String::new, |whose| format!("{whose}: "));
    let note = staged.note.map_or_else(String::new, |note| format!("; {note}"));
    let hidden = if staged.hidden { "  (hidden here)" } else { "" };
    let (now, letter) = (staged.now.map_or("unknown", Level::name), staged.now.map_or('?', Level::letter));
    let (name, vault, to) = (&staged.name, &staged.vault, staged.to);
    format!("{letter}>{}  {whose}{name} on {vault}: {now} to {to}{note}{hidden}", to.letter())
}
