//! How each misbehaviour is carried out. What is said to be endless ends after a few minutes, so that
//! nothing is left behind for ever if nobody stops it.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};
use serde_json::{Map, Value};

use super::answer::{Printed, put, write_out};
use super::misbehaviour::Misbehaviour as M;
use super::trouble::line;
use crate::sandbox::refusal::Refusal;

/// How long a run hangs or floods if nobody ends it.
const LONG: Duration = Duration::from_secs(300);
/// How many bytes of JSON are huge.
const HUGE: usize = 64 << 20;
/// The pause between two drops of an answer, and their size.
const DROP: (Duration, usize) = (Duration::from_millis(5), 7);
/// How long a child is left behind.
const LINGER: &str = "120";

const NOTICE: &str = "A new version of 1Password CLI is available: 2.99.0. Run `op update` to install it.\n";

const PANIC: &str = "panic: runtime error: invalid memory address or nil pointer dereference\n\
     [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x8a2f4c]\n\ngoroutine 1 [running]:\n\
     go.1password.io/op/command/internal.(*Client).Do(0x0)\n\t/op/client.go:112 +0x2c\nmain.main()\n\t/op/main.go:23 +0x1d\n";

/// Carries out what happens in place of the command; `None` lets the command run.
pub(super) async fn instead(fault: Option<M>) -> Option<u8> {
    let said = |message: &str, code: u8| Printed { out: Vec::new(), err: line(message), code };
    let printed = match fault? {
        M::Hang => return Some(hang().await),
        M::HangTerm => {
            // Listening for the signal takes its effect away.
            let _heard = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
            return Some(hang().await);
        }
        M::FloodStdout => return Some(flood(true, false)),
        M::FloodStderr => return Some(flood(false, true)),
        M::FloodBoth => return Some(flood(true, true)),
        M::Prompt => {
            let asked = write_out(b"Enter the password for administrator@sandbox.example: ");
            let mut answer = String::new();
            let read = io::stdin().read_line(&mut answer);
            let _ = (asked, read); // whatever comes, it was wrong
            said("Authentication: (failed to auth.SRP), incorrect password", 1)
        }
        M::HourlyLimit => said(&Refusal::rationed("this service account", "58 minutes").message, 1),
        M::DailyLimit => {
            said(&Refusal::rationed("this 1Password account", "23 hours and 59 minutes").message, 1)
        }
        M::ClientLimit => said(&Refusal::throttled().message, 1),
        M::Conflict => said("(409) Conflict: Internal server conflict", 1),
        M::ErrorExit0 => said("(500) Internal Server Error: Something went wrong.", 0),
        M::NotFound => said("(404) Not Found: The requested resource was not found.", 4),
        M::Offline => said(
            "error initializing client: Post \"https://sandbox.1password.com/api/v3/auth\": dial tcp: lookup \
             sandbox.1password.com: no such host",
            1,
        ),
        M::Panic => Printed { out: Vec::new(), err: PANIC.to_owned(), code: 2 },
        _ => return None,
    };
    Some(put(&printed))
}

/// Prints what the command answered, in the way of the misbehaviour.
pub(super) async fn after(fault: M, mut printed: Printed) -> u8 {
    let half = printed.out.len() / 2;
    match fault {
        M::HalfExit0 | M::HalfExit1 | M::HalfKilled => {
            printed.out.truncate(half);
            printed.code = u8::from(fault == M::HalfExit1);
            let code = put(&printed);
            if fault == M::HalfKilled { killed() } else { code }
        }
        M::LostReply => killed(),
        M::HungReply => hang().await,
        M::Empty => 0,
        M::NoticeBefore => {
            printed.out.splice(0..0, NOTICE.bytes());
            put(&printed)
        }
        M::NoticeAfter => {
            printed.out.extend(NOTICE.bytes());
            put(&printed)
        }
        M::NoticeStderr => {
            printed.err.push_str(NOTICE);
            put(&printed)
        }
        M::WrongVault | M::WrongItem | M::WrongPerson => {
            printed.out = swapped(&printed.out, fault);
            put(&printed)
        }
        M::BrokenJson => {
            printed.out = String::from_utf8_lossy(&printed.out).replacen(':', "=", 1).into_bytes();
            put(&printed)
        }
        M::BadUtf8 => {
            let at = printed.out.iter().position(|byte| *byte == b'"').map_or(0, |at| at + 1);
            printed.out.splice(at..at, [0xff, 0xfe, 0xc0]);
            put(&printed)
        }
        M::Nul => {
            printed.out.splice(0..0, *b"\0\x1b[2J\x07");
            put(&printed)
        }
        M::Drip => drip(&printed).await,
        M::Orphan => {
            // The child inherits standard output and error, and so keeps both pipes open.
            let _left = Command::new("sleep").arg(LINGER).stdin(Stdio::null()).spawn();
            put(&printed)
        }
        M::ClosedStdout => {
            printed.out.truncate(half);
            let _ = put(&printed);
            if let Ok(nowhere) = std::fs::File::options().write(true).open("/dev/null") {
                let _ = rustix::stdio::dup2_stdout(&nowhere);
            }
            hang().await
        }
        M::HugeJson => huge(),
        _ => put(&printed),
    }
}

async fn hang() -> u8 {
    tokio::time::sleep(LONG).await;
    1
}

fn killed() -> u8 {
    let _ = kill_process(getpid(), Signal::KILL);
    137
}

fn flood(out: bool, err: bool) -> u8 {
    let block = "flooding the pipe with words that mean nothing\n".repeat(1 << 10);
    let began = Instant::now();
    while began.elapsed() < LONG {
        let written = if out { write_out(block.as_bytes()) } else { Ok(()) };
        let written =
            written.and_then(|()| if err { io::stderr().lock().write_all(block.as_bytes()) } else { Ok(()) });
        if written.is_err() {
            break;
        }
    }
    1
}

async fn drip(printed: &Printed) -> u8 {
    for piece in printed.out.chunks(DROP.1) {
        if write_out(piece).is_err() {
            return 1;
        }
        tokio::time::sleep(DROP.0).await;
    }
    put(&Printed { out: Vec::new(), err: printed.err.clone(), code: printed.code })
}

fn huge() -> u8 {
    let row =
        format!("{{\"id\":\"{}\",\"name\":\"{}\"}},\n", "sbx".to_owned() + &"a".repeat(23), "x".repeat(900));
    let mut written = write_out(b"[");
    let mut left = HUGE;
    while left > row.len() && written.is_ok() {
        written = write_out(row.as_bytes());
        left -= row.len();
    }
    let last = written.and_then(|()| write_out(row.trim_end_matches(",\n").as_bytes()));
    u8::from(last.and_then(|()| write_out(b"]\n")).is_err())
}

/// The answer with another id of one kind everywhere.
fn swapped(out: &[u8], fault: M) -> Vec<u8> {
    let mut text = Vec::new();
    for value in serde_json::Deserializer::from_slice(out).into_iter::<Value>() {
        let Ok(mut value) = value else { return out.to_vec() };
        swap(&mut value, fault, "");
        text.extend(format!("{value:#}\n").into_bytes());
    }
    text
}

fn swap(value: &mut Value, fault: M, under: &str) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(|row| swap(row, fault, under)),
        Value::Object(entries) => {
            let kind = kind_of(entries, under);
            for (key, value) in entries {
                let about = match key.as_str() {
                    "id" | "uuid" => kind,
                    "vault_id" | "vaultUuid" => Some(M::WrongVault),
                    "user_id" | "group_id" | "user_uuid" => Some(M::WrongPerson),
                    _ => None,
                };
                match value {
                    Value::String(id) if about == Some(fault) => *id = other(id),
                    value => swap(value, fault, key),
                }
            }
        }
        _ => {}
    }
}

/// What an object is, told from the keys that only such objects have.
fn kind_of(entries: &Map<String, Value>, under: &str) -> Option<M> {
    let has = |key: &str| entries.contains_key(key);
    if under == "vault" || has("content_version") {
        Some(M::WrongVault)
    } else if has("vaultUuid") || has("version") {
        Some(M::WrongItem)
    } else if has("state") {
        Some(M::WrongPerson)
    } else {
        None
    }
}

/// Another id of the same form: the letters after the prefix, turned round, with one changed.
fn other(id: &str) -> String {
    let (head, tail) = id.split_at_checked(3).unwrap_or((id, ""));
    let mut letters: Vec<char> = tail.chars().rev().collect();
    if let Some(first) = letters.first_mut() {
        *first = match *first {
            'a' => 'b',
            'A' => 'B',
            c if c.is_lowercase() => 'a',
            c if c.is_uppercase() => 'A',
            '2' => '3',
            _ => '2',
        };
    }
    format!("{head}{}", letters.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_the_wanted_kind_are_swapped() {
        let out = br#"[{"id":"sbxitem","version":1,"vault":{"id":"sbxvault","name":"n"}}]"#;
        for (fault, item, vault) in
            [(M::WrongItem, false, true), (M::WrongVault, true, false), (M::WrongPerson, true, true)]
        {
            let rows: Value = serde_json::from_slice(&swapped(out, fault)).unwrap();
            assert_eq!((rows[0]["id"] == "sbxitem", rows[0]["vault"]["id"] == "sbxvault"), (item, vault));
        }
        let grant = br#"{"vault_id":"sbxv","user_id":"SBXP","permissions":"view_items"}"#;
        let rows: Value = serde_json::from_slice(&swapped(grant, M::WrongPerson)).unwrap();
        assert!(rows["user_id"] != "SBXP" && rows["vault_id"] == "sbxv");
    }
}
