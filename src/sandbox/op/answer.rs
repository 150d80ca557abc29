//! What a command answers, and how that is printed.
//!
//! JSON is indented by two; an empty list prints nothing at all; several inputs print their objects one
//! after another, not as an array. Without `--format json` there is a plain table or list of lines, which
//! nobody should parse. Bytes go through as they are.

use std::io::{self, Write as _};

use futures_util::StreamExt as _;
use serde_json::Value;

use super::note;
use super::trouble::{Result, Trouble};

/// What a command answers.
pub(super) enum Answer {
    /// Nothing is printed.
    Nothing,
    /// An object, or a list.
    Json(Value),
    /// Objects one after another.
    Several(Vec<Value>),
    /// A line.
    Text(String),
    /// A value or file; with a line's end added if so wanted.
    Bytes { body: Body, newline: bool },
}

/// Bytes that are at hand or still come.
pub(super) enum Body {
    Here(Vec<u8>),
    Coming(reqwest::Response),
}

/// Everything that a run prints.
pub(super) struct Printed {
    pub(super) out: Vec<u8>,
    pub(super) err: String,
    pub(super) code: u8,
}

/// Prints an outcome and returns the exit code. A file is passed on as it comes, unless standard output
/// is no pipe: then what is no UTF-8 is replaced, as the real CLI does.
pub(super) async fn print(outcome: Result<Answer>, json: bool) -> u8 {
    let pipe = matches!(note::kind(io::stdout()), "pipe" | "socket");
    match outcome {
        Ok(Answer::Bytes { body: Body::Coming(response), newline }) if pipe => {
            pass_on(response, newline).await
        }
        outcome => {
            let lossy = !pipe && matches!(outcome, Ok(Answer::Bytes { .. }));
            let mut printed = collect(outcome, json).await;
            if lossy {
                printed.out = String::from_utf8_lossy(&printed.out).into_owned().into_bytes();
            }
            put(&printed)
        }
    }
}

/// Writes what was collected. Whoever reads may be gone: then this is over as well.
pub(super) fn put(printed: &Printed) -> u8 {
    let out = write_out(&printed.out);
    let err = io::stderr().lock().write_all(printed.err.as_bytes());
    if out.and(err).is_ok() { printed.code } else { 1 }
}

/// Writes to standard output at once.
pub(super) fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

async fn pass_on(response: reqwest::Response, newline: bool) -> u8 {
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) if write_out(&piece).is_ok() => {}
            Ok(_) => return 1,
            Err(error) => {
                let trouble = Trouble::broken_off(&error);
                return put(&Printed { out: Vec::new(), err: trouble.lines(), code: trouble.code });
            }
        }
    }
    u8::from(newline && write_out(b"\n").is_err())
}

/// An outcome as text, not yet printed.
pub(super) async fn collect(outcome: Result<Answer>, json: bool) -> Printed {
    let fine = |out: Vec<u8>| Printed { out, err: String::new(), code: 0 };
    let answer = match outcome {
        Ok(answer) => answer,
        Err(trouble) => return Printed { out: Vec::new(), err: trouble.lines(), code: trouble.code },
    };
    match answer {
        Answer::Nothing => fine(Vec::new()),
        Answer::Text(text) => fine(format!("{text}\n").into_bytes()),
        Answer::Json(value) => fine(rendered(&value, json)),
        Answer::Several(values) => fine(values.iter().flat_map(|value| rendered(value, json)).collect()),
        Answer::Bytes { body, newline } => {
            let bytes = match body {
                Body::Here(bytes) => Ok(bytes),
                Body::Coming(response) => response.bytes().await.map(|bytes| bytes.to_vec()),
            };
            let Ok(mut bytes) = bytes else {
                let trouble = Trouble::new("could not read the file: unexpected EOF");
                return Printed { out: Vec::new(), err: trouble.lines(), code: trouble.code };
            };
            bytes.extend(newline.then_some(b'\n'));
            fine(bytes)
        }
    }
}

fn rendered(value: &Value, json: bool) -> Vec<u8> {
    if value.as_array().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    let mut text = if json { format!("{value:#}") } else { human(value) };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.into_bytes()
}

/// Rows of a list, or lines of an object.
fn human(value: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(rows) => {
            let columns = [
                "id",
                "name",
                "title",
                "email",
                "state",
                "type",
                "permissions",
                "limit",
                "used",
                "remaining",
                "reset",
            ];
            let held: Vec<_> =
                columns.into_iter().filter(|c| rows.iter().any(|row| row.get(c).is_some())).collect();
            let title = held.iter().map(|column| column.to_uppercase()).collect::<Vec<_>>().join("    ");
            let lines = rows.iter().map(|row| {
                let cells = held.iter().map(|column| row.get(column).map(plain).unwrap_or_default());
                cells.collect::<Vec<_>>().join("    ")
            });
            std::iter::once(title).chain(lines).collect::<Vec<_>>().join("\n")
        }
        Value::Object(entries) => {
            let line = |(key, value): (&String, &Value)| format!("{key}:    {}", plain(value));
            entries.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        other => plain(other),
    }
}
