//! The keys in effect, by where they count; and what was said at the bottom.

use super::figures::clock;
use super::page::Page;
use crate::app::command::{COMMANDS, Command, Context, in_words};
use crate::app::fuzzy::Wanted;
use crate::app::msg::Pane;
use crate::app::overlay::{Help, Overlay};
use crate::app::{State, Weight};
use crate::domain::text::pad;

/// The commands that have something to do with what is looked for: those of where we were first, then those
/// that count everywhere, then the others.
pub(super) fn keys(page: &mut Page<'_>, help: &Help) {
    let (state, theme) = (page.state, page.theme);
    let mut wanted = Wanted::new(help.search.value());
    let over = state.overlays.iter().rev().find(|overlay| !matches!(overlay, Overlay::Help(_)));
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
        page.line(context.name(), theme.heading);
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
            about(page, command, why_not);
        }
        page.gap();
    }
    if page.lines.is_empty() {
        page.line("no command has these words", theme.dim);
    }
    page.line("Unofficial, not affiliated with 1Password.", theme.dim);
    page.title = if wanted.is_empty() { "Keys: / looks for one" } else { "Keys with these words" }.into();
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

fn about(page: &mut Page<'_>, command: &Command, why_not: Option<String>) {
    let keys = pad(&keys_of(page.state, command), 18);
    let lead = match page.width {
        100.. => format!("  {keys} {:<19} ", command.name),
        _ => format!("  {keys} "),
    };
    let style = if why_not.is_some() { page.theme.dim } else { page.theme.text };
    let argument = command.argument.map(|argument| format!("; :{} {}", command.name, argument.word));
    let why_not = why_not.map(|why| format!(" (not now: {why})"));
    let text = [command.doc.to_owned(), argument.unwrap_or_default(), why_not.unwrap_or_default()].concat();
    page.led(&lead, &text, style);
}

/// What was said, the newest first.
pub(super) fn notices(page: &mut Page<'_>) {
    let (state, theme) = (page.state, page.theme);
    page.title = "Notices, the newest first".into();
    for trouble in state.chosen.troubles() {
        page.text(&trouble, theme.warning);
    }
    for notice in state.notices.kept() {
        let (sign, style) = match notice.weight {
            Weight::Info => (" ", theme.text),
            Weight::Warning => ("-", theme.warning),
            Weight::Error => ("!", theme.bad),
        };
        let at = clock(notice.at, &state.setting.zone);
        page.led(&format!("{at}  {sign} "), notice.text.as_str(), style);
    }
    if page.lines.is_empty() {
        page.line("nothing was said yet", theme.dim);
    }
}
