//! HTTP by hand, to see what really comes over the line and how the line ends.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Fixture;

/// No answer of these tests may take longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In order.
    Closed,
    /// By a reset.
    Reset,
    /// Not at all: we left.
    Left,
}

/// What came over a line.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
    /// How many times something came.
    pub(crate) pieces: usize,
}

impl Seen {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    pub(crate) fn length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.body.len(), self.length());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether nothing came at all, and the line was closed in order.
    pub(crate) fn is_nothing(&self) -> bool {
        self.head.is_empty() && self.body.is_empty() && self.end == End::Closed
    }
}

/// Asks on a line of its own, with the service account's token, and reads up to so many bytes.
pub(crate) async fn ask(fixture: &Fixture, method: &str, path: &str, body: &Value, most: usize) -> Seen {
    ask_as(fixture, &fixture.service(), method, path, body, most).await
}

pub(crate) async fn get(fixture: &Fixture, path: &str) -> Seen {
    ask(fixture, "GET", path, &Value::Null, usize::MAX).await
}

pub(crate) async fn ask_as(
    fixture: &Fixture,
    token: &str,
    method: &str,
    path: &str,
    body: &Value,
    most: usize,
) -> Seen {
    let address = fixture.running.url.trim_start_matches("http://");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let mut line = TcpStream::connect(address).await.unwrap();
    line.write_all(request.as_bytes()).await.unwrap();
    tokio::time::timeout(LONGEST, take(&mut line, most)).await.unwrap()
}

async fn take(line: &mut TcpStream, most: usize) -> Seen {
    let (mut all, mut piece, mut pieces) = (Vec::new(), vec![0; 64 << 10], 0);
    let end = loop {
        match line.read(&mut piece).await {
            Ok(0) => break End::Closed,
            Ok(size) => all.extend_from_slice(&piece[..size]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break End::Reset,
            Err(error) => unreachable!("{error}"),
        }
        pieces += 1;
        if all.len() >= most {
            break End::Left;
        }
    };
    let at = all.windows(4).position(|four| four == b"\r\n\r\n").map_or(all.len(), |at| at + 4);
    let body = all.split_off(at);
    Seen { head: String::from_utf8(all).unwrap(), body, end, pieces }
}

impl Fixture {
    /// The plan and what it has done.
    pub(crate) async fn told(&self) -> Value {
        let (status, told) = self.get("/sandbox/v1/faults", &self.admin()).await;
        assert_eq!(status, 200, "{told}");
        told
    }

    /// How many requests were befallen.
    pub(crate) async fn injected(&self) -> u64 {
        self.told().await["injected"].as_u64().unwrap()
    }
}
