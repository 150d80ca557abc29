//! The keys in effect, by where they count; and what was said at the bottom.

use super::overlay::Text;
use super::table::clock;
use super::theme::Theme;
use super::veil::wrap;
use crate::app::command::{COMMANDS, Command, Context, in_words};
use crate::app::fuzzy::Wanted;
use crate::app::msg::Pane;
use crate::app::overlay::{Help, Overlay};
use crate::app::{State, Weight};
use crate::domain::text::pad;

/// The commands that have something to do with what is looked for: those of where we were first, then those
/// that count everywhere, then the others.
pub(super) fn keys(help: &Help, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let mut wanted = Wanted::new(help.search.value());
    let over = state.overlays.iter().rev().find(|overlay| !matches!(overlay, Overlay::Help(_)));
    let mut lines = Vec::new();
    for context in order(state, over) {
        let commands: Vec<&Command> = COMMANDS
            .iter()
            .filter(|command| command.context == context)
            .filter(|command| {
                let looked_through = format!("{} {} {}", keys_of(state, command), command.name, command.doc);
                wanted.fit(command.name).is_some() || wanted.fit_words(&looked_through).is_some()
            })
            .collect();
        if commands.is_empty() {
            continue;
        }
        lines.push((context.name().to_owned(), theme.heading));
        let counts = over.is_none() && Context::of_pane(state.focus).outward().any(|one| one == context);
        let refusal = |command: &&Command| {
            let required = command.argument.is_some_and(|argument| argument.required);
            (command.plan)(state).err().filter(|_| counts && !required)
        };
        let mut told: Vec<_> = commands.iter().map(|command| (*command, refusal(command))).collect();
        // What can be done comes first; why the rest cannot is said once for those of one reason.
        told.sort_by(|(_, one), (_, other)| one.cmp(other));
        let mut said = None;
        for (command, why_not) in told {
            let again = why_not.is_some() && why_not == said;
            said.clone_from(&why_not);
            let why_not = why_not.map(|why| if again { "as above".to_owned() } else { why });
            about(command, why_not, state, theme, width, &mut lines);
        }
        lines.push((String::new(), theme.text));
    }
    if lines.is_empty() {
        lines.push(("no command has these words".into(), theme.dim));
    }
    lines.push(("Unofficial, not affiliated with 1Password.".into(), theme.dim));
    let title = if wanted.is_empty() { "Keys: / looks for one" } else { "Keys with these words" };
    (title.into(), lines)
}

/// Each context once, the nearest first.
fn order(state: &State, over: Option<&Overlay>) -> Vec<Context> {
    let here = over.and_then(Context::over).into_iter().flat_map(Context::outward);
    let pane = Context::of_pane(state.focus).outward();
    let panes = Pane::ALL.into_iter().flat_map(|pane| Context::of_pane(pane).outward());
    let all = COMMANDS.iter().map(|command| command.context);
    let mut order = Vec::new();
    for context in here.chain(pane).chain(panes).chain(all) {
        if !order.contains(&context) {
            order.push(context);
        }
    }
    order
}

/// The keys that give a command, or how the palette does.
fn keys_of(state: &State, command: &Command) -> String {
    let keys: Vec<_> = state.keymap.of(command).map(in_words).collect();
    if keys.is_empty() { format!(":{}", command.name) } else { keys.join("  ") }
}

fn about(
    command: &Command,
    why_not: Option<String>,
    state: &State,
    theme: &Theme,
    width: usize,
    lines: &mut Vec<Text>,
) {
    let keys = pad(&keys_of(state, command), 18);
    let mut start = match width {
        100.. => format!("  {keys} {:<19}", command.name),
        _ => format!("  {keys}"),
    };
    let style = if why_not.is_some() { theme.dim } else { theme.text };
    let argument = command.argument.map(|argument| format!("; :{} {}", command.name, argument.word));
    let why_not = why_not.map(|why| format!(" (not now: {why})"));
    let text = [command.doc.to_owned(), argument.unwrap_or_default(), why_not.unwrap_or_default()].concat();
    for part in wrap(state, &text, width.saturating_sub(start.len() + 1)) {
        lines.push((format!("{start} {part}"), style));
        start = " ".repeat(start.len());
    }
}

/// What was said, the newest first.
pub(super) fn notices(state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let mut lines = Vec::new();
    for trouble in state.chosen.troubles() {
        lines.extend(wrap(state, &trouble, width).into_iter().map(|line| (line, theme.warning)));
    }
    for notice in state.notices.kept() {
        let (sign, style) = match notice.weight {
            Weight::Info => (" ", theme.text),
            Weight::Warning => ("-", theme.warning),
            Weight::Error => ("!", theme.bad),
        };
        let mut start = format!("{}  {sign} ", clock(notice.at, &state.setting.zone));
        for part in wrap(state, notice.text.as_str(), width.saturating_sub(start.len())) {
            lines.push((format!("{start}{part}"), style));
            start = " ".repeat(start.len());
        }
    }
    if lines.is_empty() {
        lines.push(("nothing was said yet".into(), theme.dim));
    }
    ("Notices, the newest first".into(), lines)
}
