//! What runs, who takes the arrivals and how far they are, and the newest attempts.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::columns::{fitting, heading, needs_heading};
use super::figures::{clock, took, until};
use super::spots::within;
use super::table::Line;
use super::theme::Theme;
use crate::app::State;
use crate::app::columns::Table;
use crate::app::jobs::{Download, Entry, Task};
use crate::app::msg::{Errand, Pane};
use crate::app::overlay::{Review, Stage};
use crate::domain::handoff::{Attempt, Ended, Handed, Progress};
use crate::domain::job::{self, Head};
use crate::domain::term;
use crate::domain::text::counted;
use crate::domain::transfer;

const NAME: usize = 16;

/// Draws the jobs.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let entries = state.entries();
    // The lines are of many kinds: what can be sorted by stands above them while somebody does so.
    let headed = u16::from(needs_heading(state, Table::Jobs) && area.height > 3);
    if headed > 0 {
        let room = usize::from(area.width).saturating_sub(2);
        let placed = fitting(state.tables.of(Table::Jobs), room, |_| true);
        heading(canvas, area, (Pane::Jobs, Table::Jobs), 2, &placed);
    }
    let area = within(area, headed, 0);
    let rows = within(area, 0, 1);
    canvas.memo.viewport.jobs = usize::from(rows.height);
    let shown = canvas.rows(rows, entries.len(), state.jobs.cursor);
    for (y, at) in (0..).zip(shown.clone()) {
        let (entry, selected) = (&entries[at], at == state.jobs.cursor && state.focus == Pane::Jobs);
        let base = if selected { theme.selected } else { theme.text };
        let mut line = canvas.line(rows, y, base);
        line.text(if selected { "> " } else { "  " }, Style::new());
        match entry {
            Entry::Plan(review) => plan(&mut line, review, state, theme),
            Entry::Other(head) => other(&mut line, head, state, theme),
            Entry::Download(download) => {
                let style = match &download.ended {
                    None => theme.staged,
                    Some(Ok(_)) => theme.dim,
                    Some(Err(_)) => theme.bad,
                };
                line.column(download.task.name(), NAME, style).text(&in_words(download), Style::new());
            }
            Entry::Consumer(consumer) => one(&mut line, consumer, state, theme),
            Entry::Attempt(attempt) => tried(&mut line, attempt, state, theme),
        }
    }
    if entries.is_empty() {
        let text = match state.jobs.known.fault() {
            Some(fault) => format!("not known: {fault}"),
            None if state.jobs.filter.is_active() => "nothing matches the filter; esc clears it".into(),
            None => "nothing was carried out, and nobody takes the arrivals".into(),
        };
        canvas.line(area, 0, theme.dim).skip(2).text(&text, Style::new());
    }
    canvas.position(area, &shown, entries.len());
}

/// A plan that was agreed to here: how it stands, how far it is, and when it will be done.
fn plan(line: &mut Line<'_>, review: &Review, state: &State, theme: &Theme) {
    let (done, of) = review.progress();
    let zone = &state.setting.zone;
    let (word, style, text) = match &review.stage {
        Stage::Ended(text) => ("ended", theme.dim, text.to_string()),
        Stage::Queued | Stage::Review => ("in line", theme.warning, counted(of, "student")),
        Stage::Running => {
            let word = if review.stopping {
                "stops"
            } else if review.held {
                "waits"
            } else {
                "applying"
            };
            let ahead = match (&review.paused, review.ends) {
                (Some((at, why)), _) => {
                    format!(", nothing is sent until {}: {why}", until(*at, state.now, zone))
                }
                (None, Some(at)) => format!(", done about {}", until(at, state.now, zone)),
                (None, None) => String::new(),
            };
            (word, theme.staged, format!("{done} of {}{ahead}", counted(of, "student")))
        }
    };
    line.column(&format!("plan, {word}"), NAME, style).text(&review.title(), theme.heading).skip(2);
    line.text(&text, Style::new());
}

/// A plan of another program, or one that was left.
fn other(line: &mut Line<'_>, head: &Head, state: &State, theme: &Theme) {
    let style = if head.state == job::State::Left { theme.bad } else { theme.warning };
    let ends = head
        .ends
        .map_or_else(String::new, |at| format!(", done about {}", until(at, state.now, &state.setting.zone)));
    let failed = if head.failed > 0 { format!(", {} failed", head.failed) } else { String::new() };
    let why = head.why.as_ref().map_or_else(String::new, |why| format!(", {why}"));
    line.column(&format!("{} {}", head.id, head.state.word()), NAME, style);
    line.text(head.title.as_str(), theme.heading).skip(2);
    let next = if head.state == job::State::Left { "; enter carries it on" } else { "" };
    let text = format!("{} of {}{failed}{ends}{why}, {}{next}", head.ended, head.rows, head.by);
    line.text(&text, Style::new());
}

/// A consumer: how far it is, and what keeps it.
fn one(line: &mut Line<'_>, consumer: &Progress, state: &State, theme: &Theme) {
    line.column(consumer.consumer.as_str(), NAME, theme.heading);
    line.column(consumer.means.as_str(), 7, theme.dim);
    let (text, style) = match &consumer.retrying {
        Some(retrying) => {
            let at = until(retrying.at, state.now, &state.setting.zone);
            let text = format!(
                "{} tried {}, again {at}: {}",
                retrying.seq,
                counted(retrying.attempts, "time"),
                retrying.why
            );
            (text, theme.warning)
        }
        None if consumer.waiting > 0 => (String::new(), theme.text),
        None => ("up to date".into(), theme.good),
    };
    line.column(&format!("to {}", consumer.acked), 8, Style::new());
    if consumer.waiting > 0 {
        line.text(&format!("{} waiting", consumer.waiting), theme.warning).skip(2);
    }
    if !consumer.dead.is_empty() {
        line.text(&format!("{} set aside", consumer.dead.len()), theme.bad).skip(2);
    }
    line.text(&text, style);
}

/// An attempt: when, to whom, what, and how it ended.
fn tried(line: &mut Line<'_>, attempt: &Attempt, state: &State, theme: &Theme) {
    let (word, style) = ended(attempt, theme);
    line.column(&clock(attempt.at, &state.setting.zone), 8, theme.dim);
    line.column(attempt.consumer.as_str(), NAME, Style::new());
    line.column(&attempt.seq.to_string(), 6, Style::new()).column(
        &format!("#{}", attempt.attempt),
        3,
        theme.dim,
    );
    line.column(word, 9, style);
    line.column(&took(attempt.took), 7, theme.dim).text(attempt.why.as_str(), Style::new());
}

/// How an attempt ended, in a word.
pub(super) fn ended(attempt: &Attempt, theme: &Theme) -> (&'static str, Style) {
    match attempt.ended {
        Ended::Taken => ("taken", theme.good),
        Ended::Refused => ("refused", theme.warning),
        Ended::SetAside => ("set aside", theme.bad),
    }
}

/// A download in a line.
pub(super) fn in_words(download: &Download) -> String {
    let folder = download.task.folder();
    let folder = crate::domain::text::SafeText::new(folder);
    match &download.ended {
        Some(Ok(text)) => return text.to_string(),
        Some(Err(text)) => return format!("failed: {text}"),
        None => {}
    }
    if download.stopping {
        return format!("stops; what is complete is kept in {folder}");
    }
    let transfer::Progress { files_done, files, bytes_done, bytes, rate_bytes_s, eta, .. } =
        &download.progress;
    if *files == 0 {
        return match &download.task {
            Task::Step(Errand { stage: term::Stage::Verify, .. }) => {
                format!("comparing the copies in {folder}")
            }
            Task::Step(Errand { stage: term::Stage::Report, .. }) => {
                format!("writing the report to {folder}")
            }
            Task::Step(Errand { stage: term::Stage::Archive, .. }) => "noting what is closed".into(),
            _ => format!("counting the files for {folder}"),
        };
    }
    let mut text = format!(
        "{files_done} of {files} files, {} of {}",
        transfer::bytes(*bytes_done),
        transfer::bytes(*bytes)
    );
    if *rate_bytes_s > 0 {
        text = format!("{text}, {}/s", transfer::bytes(*rate_bytes_s));
    }
    match eta.filter(|eta| !eta.is_zero()) {
        Some(eta) => format!("{text}, {} left", took(eta)),
        None => text,
    }
}

/// How the hand-off of an arrival stands, in a word.
pub(super) fn handed(handed: Handed, theme: &Theme) -> (String, Style) {
    let style = match handed {
        Handed::Done => theme.good,
        Handed::Waiting => theme.dim,
        Handed::Retrying(_) => theme.warning,
        Handed::SetAside => theme.bad,
    };
    (word(handed), style)
}

/// The same without a colour.
pub(super) fn word(handed: Handed) -> String {
    match handed {
        Handed::Done => "handed".into(),
        Handed::Waiting => "waiting".into(),
        Handed::Retrying(times) => format!("retry {times}"),
        Handed::SetAside => "set aside".into(),
    }
}
