//! What the values of a class file mean, and which are allowed. Reads no files.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::de::DeValue;

use super::document::{Document, Section, syntax};
use super::services::{CONNECT, EVENTS, op, providers, sandbox, service};
use super::value::{Taken, Wrong, flag, meant, mismatch, number, path, student, text, time, words};
use super::{Beat, Config, Environment, ProviderName, Refusal, Watch, downloads, handoff, keys};
use crate::domain::access::Level;
use crate::domain::class::{Class, Exception, Staff, StaffName};
use crate::domain::directory::ICONS;
use crate::domain::roster::{is_domain, is_email};
use crate::domain::text::{SafeText, is_hostile};

/// The shortest and the longest beat.
const BEATS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(24 * 60 * 60);

/// Understands the text of a class file. `origin` is its path: relative paths in it start at its
/// folder.
///
/// # Errors
/// Every problem of the file with its line and column, see [`Refusal`]: syntax, unknown keys, keys
/// that this version cannot do yet, values that are not allowed. A bad environment variable is told
/// as a problem at the top.
pub fn parse(file: &str, origin: &str, env: &Environment) -> Result<Config, Refusal> {
    let root = syntax(file).map_err(|problems| Refusal::new(origin, problems))?;
    let mut document = Document::new(file, root.get_ref(), &keys::CLASS);
    let folder = Path::new(origin).parent().unwrap_or(Path::new(""));
    let class = class(&mut document);
    let sandbox = sandbox(&mut document, folder, env);
    let op = op(&mut document, folder, env);
    let connect = service(&mut document, folder, env, &CONNECT);
    let events = service(&mut document, folder, env, &EVENTS);
    let providers = providers(&mut document, sandbox.url.is_some());
    let watch = watch(&mut document, folder, env);
    let download = downloads::quotas(&mut document);
    let retention = document.take("retention.days", days);
    let audit_key = document.take("audit.key_file", |value| path(value, folder));
    let checkpoint_vault = document.take("audit.checkpoint_vault", words).map(str::to_owned);
    if !document.problems.is_empty() {
        return Err(Refusal::new(origin, document.problems));
    }
    let (reported, sources) = (providers.contains(&ProviderName::Events), document.sources);
    Ok(Config {
        class,
        providers,
        sandbox,
        op,
        connect,
        events,
        watch,
        download,
        retention,
        audit_key,
        checkpoint_vault,
        reported,
        sources,
    })
}

/// A number of days, at least one.
fn days(value: &DeValue<'_>) -> Taken<u32> {
    const MEND: &str = "write a number of days, for example days = 180";
    number(value, &(1..=36_500), "nothing is kept for so many days", MEND)
}

fn class(file: &mut Document<'_>) -> Class {
    if file.value("class.id").is_none() {
        file.report(0, "the class has no id", "write id = \"CS101\" under [class]");
    }
    let id = file.take("class.id", |value| {
        let id = text(value)?;
        let mend = "write 1 to 32 of A-Z, a-z, 0-9 and inner -, for example \"CS101-F26\"";
        // It begins the name of every vault, and a name is an argument of commands.
        let outer = id.starts_with('-') || id.ends_with('-');
        if Class::is_id(id) && !outer {
            Ok(id)
        } else {
            Err(Wrong::new(format!("\"{id}\" cannot be an id"), mend))
        }
    });
    let mut class = Class::new(id.unwrap_or_default());
    if let Some(title) = file.take("class.title", words) {
        class.title = SafeText::new(title);
    }
    if let Some(zone) = file.take("class.time_zone", time_zone) {
        class.time_zone = zone;
    }
    class.email_domain = file.take("roster.email_domain", |value| {
        let domain = text(value)?;
        let domain = domain.strip_prefix('@').unwrap_or(domain);
        let wrong = || Wrong::new(format!("\"{domain}\" is no domain"), "write it as \"example.edu\"");
        if is_domain(domain) { Ok(domain.to_owned()) } else { Err(wrong()) }
    });
    vaults(file, &mut class);
    if let Some(level) = file.take("access.student", student_level) {
        class.student = level;
    }
    if let Some(auto) = file.take("access.auto", flag) {
        class.auto = auto;
    }
    class.staff = staff(file);
    class.exceptions = exceptions(file);
    class.assignments = super::assignments::assignments(file);
    class
}

fn vaults(file: &mut Document<'_>, class: &mut Class) {
    let style = &mut class.vaults;
    if let Some(name) = file.take("vaults.name", vault_name) {
        name.clone_into(&mut style.name);
    }
    let description = file.take("vaults.description", |value| {
        placeholders(text(value)?, &["title", "class", "name", "student"])
    });
    if let Some(description) = description {
        description.clone_into(&mut style.description);
    }
    style.icon = file.take("vaults.icon", |value| {
        let icon = text(value)?;
        let mend = || meant(icon, &ICONS, || format!("the icons are: {}", ICONS.join(", ")));
        if ICONS.contains(&icon) {
            Ok(icon.to_owned())
        } else {
            Err(Wrong::new(format!("1Password has no vault icon \"{icon}\""), mend()))
        }
    });
    if let Some(can) = file.take("vaults.admins_can_manage", flag) {
        style.admins_can_manage = can;
    }
}

fn staff(file: &mut Document<'_>) -> Vec<Staff> {
    let mut staff: Vec<Staff> = Vec::new();
    for entry in file.entries("access.staff") {
        let level = file.field(entry, "level", staff_level);
        let who = match (entry.has("group"), entry.has("user")) {
            (true, false) => file.field(entry, "group", words).map(|name| StaffName::Group(name.into())),
            (false, true) => file.field(entry, "user", user).map(|name| StaffName::User(name.into())),
            _ => {
                file.report(entry.start, "one of `group` and `user` is expected", "name either of them");
                None
            }
        };
        let (Some(who), Some(level)) = (who, level) else { continue };
        if staff.iter().any(|other| other.who == who) {
            let message = format!("\"{}\" stands twice in the staff", who.as_str());
            file.report(entry.start, message, "remove one of the two");
        }
        staff.push(Staff { who, level });
    }
    staff
}

fn exceptions(file: &mut Document<'_>) -> Vec<Exception> {
    let mut exceptions: Vec<Exception> = Vec::new();
    for entry in file.entries("access.exception") {
        let Some(exception) = exception(file, entry) else { continue };
        if exceptions.iter().any(|other| other.who == exception.who && other.vault == exception.vault) {
            let message = format!("\"{}\" has two exceptions for {}", exception.who, exception.vault);
            file.report(entry.start, message, "remove one of the two");
        }
        exceptions.push(exception);
    }
    exceptions
}

fn exception<'a>(file: &mut Document<'a>, entry: Section<'a>) -> Option<Exception> {
    // All of them before any `?`, so that every problem is told.
    let who = file.field(entry, "who", email);
    let vault = file.field(entry, "vault", student);
    let level = file.field(entry, "level", |value| {
        const MEND: &str = "write submit, read or write";
        below_manage(level(value, MEND)?, "is for staff only and no exception gives it", MEND)
    });
    let reason = file.field(entry, "reason", words);
    let until = file.field(entry, "until", date);
    Some(Exception {
        who: who?.into(),
        vault: vault?,
        level: level?,
        reason: SafeText::new(reason?),
        until: until?,
    })
}

fn watch(file: &mut Document<'_>, folder: &Path, env: &Environment) -> Watch {
    let mut watch = Watch::default();
    if let Some(every) = file.take("watch.every", beat) {
        watch.every = every;
    }
    let share = file.take("watch.share_of_budget", |value| {
        const MEND: &str = "write a part from 0.01 to 0.9, such as 0.1 for a tenth";
        let number = value.as_float().map(|number| number.as_str().parse::<f64>());
        let number = number.and_then(Result::ok).ok_or_else(|| mismatch(value, "a number", MEND))?;
        if (0.01..=0.9).contains(&number) { Ok(number) } else { Err(Wrong::new("it is out of bounds", MEND)) }
    });
    if let Some(share) = share {
        watch.share_of_budget = share;
    }
    watch.save_to = file.take("watch.save_to", |value| handoff::save_to(value, env.text("HOME")));
    watch.consumers = handoff::consumers(file, folder);
    watch
}

fn level<'a>(value: &'a DeValue<'a>, mend: &str) -> Taken<Level> {
    let word = text(value)?;
    Level::parse(word).ok_or_else(|| Wrong::new(format!("\"{word}\" is no level"), mend))
}

fn below_manage(level: Level, why: &str, mend: &str) -> Taken<Level> {
    if level <= Level::STUDENT_CEILING {
        Ok(level)
    } else {
        Err(Wrong::new(format!("`{level}` {why}"), mend))
    }
}

/// A student's level on the own vault; the ceiling is a rule of the program, not a setting.
fn student_level<'a>(value: &'a DeValue<'a>) -> Taken<Level> {
    const MEND: &str = "write submit, read or write";
    let why = "would let a student give others access to the vault; a student's ceiling is `write`";
    below_manage(level(value, MEND)?, why, MEND)
}

/// A level of staff; `submit` is a drop box, in which staff could read nothing.
fn staff_level<'a>(value: &'a DeValue<'a>) -> Taken<Level> {
    const MEND: &str = "write read, write or manage";
    match level(value, MEND)? {
        Level::Submit => Err(Wrong::new("`submit` is for students: it cannot read what they hand in", MEND)),
        level => Ok(level),
    }
}

fn email<'a>(value: &'a DeValue<'a>) -> Taken<&'a str> {
    let address = text(value)?;
    let wrong =
        || Wrong::new(format!("\"{address}\" is no e-mail address"), "write it as \"ta@example.edu\"");
    if is_email(address) { Ok(address) } else { Err(wrong()) }
}

/// A person by address or id.
fn user<'a>(value: &'a DeValue<'a>) -> Taken<&'a str> {
    if text(value)?.contains('@') { email(value) } else { words(value) }
}

fn date(value: &DeValue<'_>) -> Taken<Date> {
    const MEND: &str = "write a day without quotes: 2026-12-20";
    let day = value.as_datetime().filter(|day| day.time.is_none()).and_then(|day| day.date);
    let day = day.ok_or_else(|| mismatch(value, "a day", MEND))?;
    let number = |part: u8| i8::try_from(part).unwrap_or_default();
    Date::new(i16::try_from(day.year).unwrap_or_default(), number(day.month), number(day.day))
        .map_err(|_| Wrong::new("there is no such day", MEND))
}

fn time_zone(value: &DeValue<'_>) -> Taken<TimeZone> {
    const MEND: &str = "write an IANA name such as \"Europe/Zurich\"; the system needs its data (tzdata)";
    let name = text(value)?;
    TimeZone::get(name).map_err(|_| Wrong::new(format!("\"{name}\" is no time zone"), MEND))
}

fn beat(value: &DeValue<'_>) -> Taken<Beat> {
    const MEND: &str = "write \"auto\", or a time from \"100ms\" to \"24h\" such as \"30s\"";
    if value.as_str() == Some("auto") { Ok(Beat::Auto) } else { time(value, &BEATS, MEND).map(Beat::Every) }
}

/// The template of vault names: plain, since a name is an argument of commands and others' scripts.
fn vault_name<'a>(value: &'a DeValue<'a>) -> Taken<&'a str> {
    const MEND: &str = "write for example \"{class}-{student}\"";
    let name = placeholders(text(value)?, &["class", "student"])?;
    if let Some(missing) = ["{class}", "{student}"].into_iter().find(|part| !name.contains(part)) {
        return Err(Wrong::new(format!("{missing} is missing: names would not be unique"), MEND));
    }
    let plain = name.bytes().all(|b| (0x20..0x7f).contains(&b)) && name.trim() == name;
    if plain && !name.starts_with('-') {
        return Ok(name);
    }
    Err(Wrong::new("a vault's name is plain ASCII, without a leading - or outer spaces", MEND))
}

/// A template with no other placeholders than these, and nothing that hides in a line.
fn placeholders<'a>(template: &'a str, known: &[&str]) -> Taken<&'a str> {
    let mend = || format!("the placeholders are: {{{}}}", known.join("}, {"));
    if template.chars().any(is_hostile) {
        return Err(Wrong::new("it holds a line break or an invisible character", "write one plain line"));
    }
    for part in template.split('{').skip(1) {
        match part.split_once('}') {
            Some((name, _)) if known.contains(&name) => {}
            Some((name, _)) => return Err(Wrong::new(format!("{{{name}}} is no placeholder"), mend())),
            None => return Err(Wrong::new("a { is not closed", mend())),
        }
    }
    Ok(template)
}
