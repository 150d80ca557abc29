//! The assignments of a class file: what is handed in, by when, and who has more time.

use jiff::civil::{Date, DateTime, Time};
use toml::de::DeValue;

use super::document::{Document, Section};
use super::value::{Taken, Wrong, flag, mismatch, quoted, student, text, words};
use crate::domain::assignment::{
    Assignment, AssignmentId, Extension, NONE, Relief, Rule, TitlePattern, UNASSIGNED,
};
use crate::domain::text::SafeText;

/// How a time is written.
const TIME: &str = "write it without quotes and without an offset: 2026-12-01T23:59:00";
/// The first and the last year of a deadline; beyond them a year is a slip of the pen.
const YEARS: [u16; 2] = [2000, 2199];

/// The assignments, in the order of the file.
pub(super) fn assignments(file: &mut Document<'_>) -> Vec<Assignment> {
    let mut found: Vec<Assignment> = Vec::new();
    for entry in file.entries("assignment") {
        let Some(assignment) = assignment(file, entry) else { continue };
        if found.iter().any(|other| other.id == assignment.id) {
            let at = entry.place("id");
            let message = format!("two assignments have the id \"{}\"", assignment.id);
            file.report(at, message, "rename one of the two; folders and hand-offs are named after it");
        }
        found.push(assignment);
    }
    found
}

fn assignment<'a>(file: &mut Document<'a>, entry: Section<'a>) -> Option<Assignment> {
    // All of them before any `?`, so that every problem is told.
    let id = file.field(entry, "id", id);
    let title = file.option(entry, "title", words);
    let rule = rule(file, entry);
    let due = file.field(entry, "due", time);
    let accept_until = file.option(entry, "accept_until", time);
    if let (Some(due), Some(last)) = (due, accept_until)
        && last < due
    {
        let at = entry.place("accept_until");
        file.report(at, "`accept_until` lies before `due`", "write a later time, or leave it out");
    }
    let extensions = extensions(file, entry, due);
    let id = id?;
    let title = title.map_or_else(|| SafeText::new(id.as_str()), SafeText::new);
    Some(Assignment { id, title, rule: rule?, due: due?, accept_until, extensions })
}

fn id(value: &DeValue<'_>) -> Taken<AssignmentId> {
    const MEND: &str = "write 1 to 32 of a-z, 0-9 and inner -, for example \"hw1\"";
    let written = text(value)?;
    if let Some(id) = AssignmentId::parse(written) {
        return Ok(id);
    }
    if [UNASSIGNED, NONE].contains(&written) {
        let what = format!("\"{written}\" means that there is no assignment");
        return Err(Wrong::new(what, "choose another id"));
    }
    let folded = AssignmentId::folded(written);
    let mend = folded.map_or(MEND.to_owned(), |id| format!("write \"{id}\"; people are shown the title"));
    Err(Wrong::new(format!("\"{written}\" cannot be an id"), mend))
}

/// Which items belong to it.
fn rule<'a>(file: &mut Document<'a>, entry: Section<'a>) -> Option<Rule> {
    const MEND: &str = "add match = { title = \"hw1*\" }, or { tag = … }, { category = … }, { any = true }";
    let Some(section) = entry.table("match") else {
        if !entry.has("match") {
            file.report(entry.start, "`match` is missing: no item would belong to it", MEND);
        }
        return None;
    };
    let before = file.problems.len();
    let rule = Rule {
        title: file.option(section, "title", title),
        tag: file.option(section, "tag", words).map(str::to_owned),
        category: file.option(section, "category", category),
        any: file.option(section, "any", flag).unwrap_or_default(),
    };
    if file.problems.len() > before {
        return None;
    }
    if rule.is_empty() {
        file.report(entry.place("match"), "`match` says nothing: no item would belong to it", MEND);
        return None;
    }
    Some(rule)
}

fn title(value: &DeValue<'_>) -> Taken<TitlePattern> {
    const MEND: &str = "* is anything, ? one character, [a-c] one of these; for example \"hw1*\"";
    TitlePattern::parse(text(value)?).map_err(|why| Wrong::new(why, MEND))
}

/// A category, as 1Password's CLI writes them: capitals, digits and `_`.
fn category(value: &DeValue<'_>) -> Taken<String> {
    let name = words(value)?;
    let plain = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if plain {
        return Ok(name.to_owned());
    }
    let wrong = format!("\"{name}\" is no category");
    Err(Wrong::new(wrong, "write it as 1Password does: \"DOCUMENT\", \"SECURE_NOTE\""))
}

/// A time by the clocks of the class.
fn time(value: &DeValue<'_>) -> Taken<DateTime> {
    let written = value.as_datetime().ok_or_else(|| mismatch(value, "a day and a time", TIME))?;
    if written.offset.is_some() {
        return Err(Wrong::new("it has an offset, but times are those of the class's `time_zone`", TIME));
    }
    let (Some(day), Some(time)) = (written.date, written.time) else {
        return Err(Wrong::new("a day and a time are expected", TIME));
    };
    if !(YEARS[0]..=YEARS[1]).contains(&day.year) {
        return Err(Wrong::new(format!("the year {} is out of bounds", day.year), TIME));
    }
    let number = |part: u8| i8::try_from(part).unwrap_or(i8::MAX);
    let date = Date::new(i16::try_from(day.year).unwrap_or_default(), number(day.month), number(day.day));
    let nanosecond = i32::try_from(time.nanosecond.unwrap_or_default()).unwrap_or(i32::MAX);
    let second = number(time.second.unwrap_or_default());
    let time = Time::new(number(time.hour), number(time.minute), second, nanosecond);
    let none = |_| Wrong::new("there is no such time", TIME);
    Ok(date.map_err(none)?.to_datetime(time.map_err(none)?))
}

fn extensions<'a>(file: &mut Document<'a>, entry: Section<'a>, due: Option<DateTime>) -> Vec<Extension> {
    let mut found: Vec<Extension> = Vec::new();
    for section in entry.tables("extension") {
        let Some(extension) = extension(file, section, due) else { continue };
        if found.iter().any(|other| other.student == extension.student) {
            let message = format!("\"{}\" has two extensions", extension.student);
            file.report(section.place("student"), message, "remove one of the two");
        }
        found.push(extension);
    }
    found
}

fn extension<'a>(file: &mut Document<'a>, entry: Section<'a>, due: Option<DateTime>) -> Option<Extension> {
    const MEND: &str = "write until = 2026-12-03T23:59:00, or excused = true";
    let student = file.field(entry, "student", student);
    let until = file.option(entry, "until", time);
    let excused = file.option(entry, "excused", flag);
    let reason = file.option(entry, "reason", words).map(SafeText::new).unwrap_or_default();
    let relief = match (entry.has("until"), entry.has("excused")) {
        (true, false) => {
            if let (Some(until), Some(due)) = (until, due)
                && until <= due
            {
                file.report(entry.place("until"), "`until` gives no more time than `due`", MEND);
            }
            until.map(Relief::Until)
        }
        (false, true) => {
            if excused == Some(false) {
                file.report(entry.place("excused"), "`excused = false` says nothing", MEND);
            }
            excused.filter(|excused| *excused).map(|_| Relief::Excused)
        }
        _ => {
            file.report(entry.start, "one of `until` and `excused` is expected", MEND);
            None
        }
    };
    Some(Extension { student: student?, relief: relief?, reason })
}

/// The assignments as lines of a class file, which read back as the same.
pub(super) fn lines(assignments: &[Assignment]) -> Vec<String> {
    let mut lines = Vec::new();
    for assignment in assignments {
        lines.extend([String::new(), "[[assignment]]".into()]);
        lines.push(format!("id = {}", quoted(assignment.id.as_str())));
        lines.push(format!("title = {}", quoted(assignment.title.as_str())));
        let Rule { title, tag, category, any } = &assignment.rule;
        let title = title.as_ref().map(|pattern| format!("title = {}", quoted(pattern.as_str())));
        let tag = tag.as_ref().map(|tag| format!("tag = {}", quoted(tag)));
        let category = category.as_ref().map(|category| format!("category = {}", quoted(category)));
        let any = any.then(|| "any = true".to_owned());
        let parts: Vec<String> = [title, tag, category, any].into_iter().flatten().collect();
        lines.push(format!("match = {{ {} }}", parts.join(", ")));
        lines.push(format!("due = {}", assignment.due));
        lines.extend(assignment.accept_until.map(|last| format!("accept_until = {last}")));
        for extension in &assignment.extensions {
            lines.extend([String::new(), "[[assignment.extension]]".into()]);
            lines.push(format!("student = {}", quoted(extension.student.as_str())));
            lines.push(match extension.relief {
                Relief::Until(until) => format!("until = {until}"),
                Relief::Excused => "excused = true".to_owned(),
            });
            if !extension.reason.as_str().is_empty() {
                lines.push(format!("reason = {}", quoted(extension.reason.as_str())));
            }
        }
    }
    lines
}

#[cfg(test)]
#[path = "assignments_tests.rs"]
mod tests;
