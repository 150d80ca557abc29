//! What needs the instructor: what happened meanwhile in one line, then a line a need.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::columns::{Placed, fitting, heading, needs_heading};
use super::figures::{beat, until};
use super::spots::within;
use super::table::Line;
use super::theme::Theme;
use super::veil::wrap;
use crate::app::columns::{Field, Table};
use crate::app::msg::Pane;
use crate::app::{Live, State};
use crate::domain::attention::{Need, Reason, Since};
use crate::domain::class::StudentKey;
use crate::domain::text::counted;

/// From this width on the next step has a column; below it stands in the status line alone.
const NEXT_FROM: usize = 140;
/// From this width on whom it is about has a column.
const WHOM_FROM: usize = 60;

/// Draws the list.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let needs = state.needs();
    let known = state.attention.known.value();
    let since = known.map_or_else(String::new, |list| since_in_words(&list.since, state));
    let since = wrap(state, &since, usize::from(area.width.saturating_sub(3)));
    // A second line only where rows are not scarce.
    let lines = if area.height < 12 { 1 } else { since.len().clamp(1, 2) };
    for (y, text) in (0..area.height).zip(since.iter().take(lines)) {
        let shown = if usize::from(y) + 1 == lines && since.len() > lines {
            format!("{text}…")
        } else {
            text.clone()
        };
        canvas.line(area, y, theme.dim).skip(2).text(&shown, Style::new());
    }
    let area = within(area, u16::try_from(lines).unwrap_or(1), 0);
    let placed = placed(state, &needs, usize::from(area.width).saturating_sub(1));
    let headed = u16::from(needs_heading(state, Table::Attention) && area.height > 3);
    if headed > 0 {
        heading(canvas, area, (Pane::Attention, Table::Attention), 3, &placed);
    }
    let area = whole(canvas, within(area, headed, 0), &needs);
    let rows = within(area, 0, 1);
    canvas.memo.viewport.attention = usize::from(rows.height);
    let shown = canvas.rows(rows, needs.len(), state.attention.cursor);
    for (y, at) in (0..).zip(shown.clone()) {
        let selected = at == state.attention.cursor && state.focus == Pane::Attention;
        let base = if selected { theme.selected } else { theme.text };
        let mut line = canvas.line(rows, y, base);
        line.text(if selected { ">" } else { " " }, Style::new());
        one(&mut line, needs[at], &placed, state, theme);
    }
    if needs.is_empty() {
        let text = match (known, state.attention.known.fault()) {
            (Some(_), _) if state.attention.filter.is_active() => {
                "nothing here matches the filter; esc clears it".to_owned()
            }
            (Some(_), _) => "nothing needs you".to_owned(),
            (None, Some(fault)) => format!("not known: {fault}"),
            (None, None) => "reading what needs you".to_owned(),
        };
        canvas.line(area, 0, theme.text).skip(2).text(&text, Style::new());
    }
    canvas.position(area, &shown, needs.len());
}

/// The selected line in full below the list, where there is room for it; returns what is left for the
/// list.
fn whole(canvas: &mut Canvas<'_, '_>, area: Rect, needs: &[&Need]) -> Rect {
    let (state, theme) = (canvas.state, canvas.theme);
    let selected = needs.get(state.attention.cursor).filter(|_| state.focus == Pane::Attention);
    let Some(need) = selected else { return area };
    let room = usize::from(area.width.saturating_sub(4));
    let mut text = wrap(state, need.text.as_str(), room);
    text.extend(wrap(state, &format!("next: {}", need.next), room));
    let lines = u16::try_from(text.len()).unwrap_or(u16::MAX).saturating_add(1);
    let rows = u16::try_from(needs.len()).unwrap_or(u16::MAX).min(10).saturating_add(1);
    if lines.saturating_add(rows) > area.height {
        return area;
    }
    let rule = canvas.glyphs.rule.repeat(usize::from(area.width));
    let at = Rect { y: area.bottom() - lines, height: lines, ..area };
    canvas.line(at, 0, theme.border).text(&rule, Style::new());
    for (y, text) in (1..lines).zip(&text) {
        canvas.line(at, y, theme.text).skip(2).text(text, Style::new());
    }
    Rect { height: area.height - lines, ..area }
}

/// The columns of so many cells, the sign and its space left out. Where it is narrow whom it is about stands
/// in the text, and the next step in the status line alone.
fn placed(state: &State, needs: &[&Need], room: usize) -> Vec<Placed> {
    // A column that would stand empty leaves its room to the words.
    let whom = room >= WHOM_FROM && needs.iter().any(|need| need.student.is_some());
    let has = |field| match field {
        Field::Student => whom,
        Field::Next => room >= NEXT_FROM,
        _ => true,
    };
    fitting(state.tables.of(Table::Attention), room.saturating_sub(2), has)
}

fn one(line: &mut Line<'_>, need: &Need, placed: &[Placed], state: &State, theme: &Theme) {
    let (sign, style) = sign(need.reason, theme);
    let row = need.student.as_ref().and_then(|key| state.row(key));
    let whom = row.map(|row| row.name.as_str()).or(need.student.as_ref().map(StudentKey::as_str));
    let beside = placed.iter().any(|column| column.field == Field::Student);
    line.column(sign, 1, style);
    for (at, Placed { field, cells }) in placed.iter().enumerate() {
        let (text, style) = match field {
            Field::Reason => (need.reason.word().to_owned(), style),
            Field::Student => {
                let shown = row.map_or(whom.unwrap_or(""), |row| state.named(row));
                (shown.to_owned(), Style::new())
            }
            Field::Text => (text(need, whom, beside), Style::new()),
            Field::Next => (need.next.to_string(), theme.dim),
            _ => Default::default(),
        };
        if at + 1 == placed.len() {
            line.text(&text, style);
        } else {
            line.column(&text, *cells, style);
        }
    }
}

/// What a line is about: a name that has its column is left out, one that has none is put in front.
fn text(need: &Need, whom: Option<&str>, beside: bool) -> String {
    let text = need.text.to_string();
    match whom {
        Some(whom) if beside => match text.strip_prefix(whom).filter(|rest| rest.starts_with([' ', ':'])) {
            Some(rest) => rest.trim_start_matches([':', ' ']).to_owned(),
            None => text,
        },
        Some(whom) if !text.contains(whom) => format!("{whom}: {text}"),
        _ => text,
    }
}

/// How grave it is, as a sign and a colour.
fn sign(reason: Reason, theme: &Theme) -> (&'static str, Style) {
    match reason {
        Reason::UnexpectedAccess
        | Reason::Quarantined
        | Reason::Alarm
        | Reason::LeftJob
        | Reason::TokenExpiry
        | Reason::WatcherGap
        | Reason::FailedRow
        | Reason::DeadLetter
        | Reason::ConsumerBehind => ("!", theme.bad),
        Reason::Confirm | Reason::NoVault | Reason::NoStaff | Reason::Invite => ("+", theme.warning),
        Reason::LookAlike | Reason::Unmatched => ("?", theme.warning),
        Reason::Missing | Reason::Late => ("-", theme.warning),
        Reason::Seats => ("i", theme.dim),
    }
}

/// What happened since the last look, as times of the clock.
fn since_in_words(since: &Since, state: &State) -> String {
    let moment = |at| until(at, state.now, &state.setting.zone);
    let count = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let happened: Vec<String> =
        [count(since.new, "new"), count(since.updated, "updated"), count(since.removed, "removed")]
            .into_iter()
            .flatten()
            .collect();
    let from = counted(since.students, "student");
    let happened = if happened.is_empty() {
        "nothing new".into()
    } else {
        format!("{} from {from}", happened.join(", "))
    };
    let checked = match since.checked_at {
        // That happens once a day; the beat lists them all and reads what has changed.
        Some(at) => format!("every vault read in full {}", moment(at)),
        None => "not every vault was read in full yet".into(),
    };
    let every = state.setting.beat.filter(|_| state.live == Live::On && since.checked_at.is_some());
    let listed = every.map_or_else(String::new, |every| format!(", listed every {}", beat(every)));
    match since.at {
        Some(at) => format!("since {}: {happened}; {checked}{listed}", moment(at)),
        None => format!("so far: {happened}; {checked}{listed}"),
    }
}
