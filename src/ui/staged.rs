//! What is staged beside what is so.

use super::overlay::Text;
use super::theme::Theme;
use super::veil::wrap;
use crate::app::State;
use crate::app::staging::Staged;
use crate::domain::access::Level;

/// One line a staged change, in the order of the rows.
pub(super) fn compared(state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let all = state.staged();
    let moot = all.iter().filter(|staged| staged.note.is_some()).count();
    let mut title = format!("Staged: {}", all.len());
    if moot > 0 {
        title = format!("{title}, {moot} with nothing to change");
    }
    let line = |staged: &Staged| {
        let whose = staged.student.as_ref().map(|key| state.whom([key]));
        // A student's own access on their own vault names them once.
        let whose = whose.filter(|whose| *whose != staged.name.as_str());
        let whose = whose.map_or_else(String::new, |whose| format!("{whose}: "));
        let note = staged.note.map_or_else(String::new, |note| format!("; {note}"));
        let hidden = if staged.hidden { "  (hidden here)" } else { "" };
        let style = if staged.note.is_some() { theme.dim } else { theme.staged };
        let text = format!(
            "{}>{}  {whose}{} on {}: {} to {}{note}{hidden}",
            staged.now.map_or('?', Level::letter),
            staged.to.letter(),
            staged.name,
            staged.vault,
            staged.now.map_or("unknown", Level::name),
            staged.to
        );
        wrap(state, &text, width).into_iter().map(move |line| (line, style))
    };
    let mut lines: Vec<Text> = all.iter().flat_map(line).collect();
    if lines.is_empty() {
        lines.push(("nothing is staged any more".into(), theme.dim));
    } else {
        lines.push((String::new(), theme.text));
        lines.push(("A shows the plan for it; u in the matrix takes a change back".into(), theme.dim));
    }
    (title, lines)
}
