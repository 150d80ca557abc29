//! What single values of a file mean, whatever key they stand under: texts, numbers, times, lists, commands; and
//! how texts are written. Knows TOML; not which keys there are.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use toml::Value;
use toml::de::DeValue;

use crate::domain::class::StudentKey;
use crate::domain::nearest::nearest;

/// Why a value cannot be taken: what is wrong, and the mend.
pub(super) struct Wrong(pub String, pub String);

impl Wrong {
    pub(super) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self(what.into(), mend.into())
    }
}

/// A value and what it means, or why not.
pub(super) type Taken<T> = Result<T, Wrong>;

/// A string.
pub(super) fn text<'a>(value: &'a DeValue<'a>) -> Taken<&'a str> {
    value.as_str().ok_or_else(|| mismatch(value, "a string", "write it in quotes"))
}

/// A string that says something.
pub(super) fn words<'a>(value: &'a DeValue<'a>) -> Taken<&'a str> {
    let text = text(value)?;
    if text.trim().is_empty() { Err(Wrong::new("it is empty", "fill it in")) } else { Ok(text) }
}

/// `true` or `false`.
pub(super) fn flag(value: &DeValue<'_>) -> Taken<bool> {
    value.as_bool().ok_or_else(|| mismatch(value, "true or false", "write true or false, without quotes"))
}

/// A whole number within bounds; what is `wrong` where it is not.
pub(super) fn number(
    value: &DeValue<'_>,
    bounds: &RangeInclusive<u32>,
    wrong: &str,
    mend: &str,
) -> Taken<u32> {
    let number = value.as_integer().ok_or_else(|| mismatch(value, "a number", mend))?;
    let number = u32::from_str_radix(number.as_str(), number.radix()).ok();
    number.filter(|number| bounds.contains(number)).ok_or_else(|| Wrong::new(wrong, mend))
}

/// A length of time within bounds, such as `30s`.
pub(super) fn time(value: &DeValue<'_>, bounds: &RangeInclusive<Duration>, mend: &str) -> Taken<Duration> {
    let written = value.as_str().ok_or_else(|| mismatch(value, "a string", mend))?;
    let time = written.parse::<SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    match time {
        Some(time) if bounds.contains(&time) => Ok(time),
        Some(_) => Err(Wrong::new(format!("\"{written}\" is out of bounds"), mend)),
        None => Err(Wrong::new(format!("\"{written}\" is no time"), mend)),
    }
}

/// A file; a relative path starts at the class file's folder.
pub(super) fn path<'a>(value: &'a DeValue<'a>, folder: &Path) -> Taken<PathBuf> {
    words(value).map(|path| folder.join(path))
}

/// A list of strings, each with a meaning.
pub(super) fn list<'a>(
    value: &'a DeValue<'a>,
    mend: &str,
    meaning: impl Fn(&'a DeValue<'a>) -> Taken<&'a str>,
) -> Taken<Vec<String>> {
    let list = value.as_array().ok_or_else(|| mismatch(value, "a list", mend))?;
    list.iter().map(|entry| meaning(entry.get_ref()).map(str::to_owned)).collect()
}

/// A program and its words. Nothing is looked for, and no shell is involved.
pub(super) fn command<'a>(value: &'a DeValue<'a>, mend: &str) -> Taken<Vec<String>> {
    let list = list(value, mend, text)?;
    if list.iter().any(|word| word.contains('\0')) {
        return Err(Wrong::new("a word holds a NUL character", mend));
    }
    match list.first().map(Path::new) {
        Some(program) if program.is_absolute() => Ok(list),
        _ => Err(Wrong::new("it does not begin with an absolute path", mend)),
    }
}

/// A student's key.
pub(super) fn student(value: &DeValue<'_>) -> Taken<StudentKey> {
    let key = text(value)?;
    let wrong =
        || Wrong::new(format!("\"{key}\" is no student's key"), "write the key as the roster shows it");
    StudentKey::parse(key).ok_or_else(wrong)
}

/// A value of the wrong type.
pub(super) fn mismatch(value: &DeValue<'_>, wanted: &str, mend: &str) -> Wrong {
    let kind = value.type_str();
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    Wrong::new(format!("{wanted} is expected, not {article} {kind}"), mend)
}

/// What to do about a word that is not among those that are known: the nearest one, else something else.
pub(super) fn meant(word: &str, known: &[&str], otherwise: impl FnOnce() -> String) -> String {
    nearest(word, known).map_or_else(otherwise, |near| format!("did you mean \"{near}\"?"))
}

/// A text as TOML writes it.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A list of texts as TOML writes it.
pub(super) fn quoted_list<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}
