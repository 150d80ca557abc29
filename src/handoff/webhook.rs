//! An address that is handed an arrival: one signed request, no redirects, no proxy.

use std::error::Error as _;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustix::fs::OFlags;

use super::event;
use super::letter::{Answer, Letter, Verdict};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::handoff::Consumer;
use crate::domain::host::is_loopback;
use crate::domain::secret::Secret;
use crate::domain::text::SafeText;

/// How much of an answer is read, in bytes.
const ANSWER: usize = 4 << 10;
/// The longest secret, in bytes.
const SECRET: u64 = 4 << 10;

/// Sends it once.
pub(super) async fn offer(
    consumer: &Consumer,
    (url, secret_file): (&str, &Path),
    client: &tokio::sync::OnceCell<Client>,
    class: &str,
    letter: &Letter<'_>,
    now: Timestamp,
) -> Answer {
    let sent = async {
        let url = Url::parse(url).map_err(|_| Fault::new(Kind::Input, "it has no address"))?;
        let secret = secret(secret_file)?;
        let id = event::id(letter);
        let body = event::body(class, &id, letter)?;
        let at = now.as_second();
        let signature = event::signature(&secret, &id, at, &body)?;
        let client = client.get_or_try_init(|| async { open(&url) }).await?;
        let request = client.post(url).timeout(consumer.timeout).header(CONTENT_TYPE, event::TYPE);
        let request = request.header("webhook-id", id).header("webhook-timestamp", at);
        let request = request.header("webhook-signature", signature).body(body);
        request.send().await.map_err(|error| Fault::new(Kind::Unreachable, silent(&error, consumer.timeout)))
    };
    match sent.await {
        Err(fault) => Answer::away(fault.message.as_str()),
        Ok(response) => judge(response, now).await,
    }
}

/// Whether its secret signs, and where it is.
pub(super) fn ready(url: &str, secret_file: &Path) -> Result<SafeText> {
    event::signature(&secret(secret_file)?, "", 0, b"")?;
    let url = Url::parse(url).map_err(|_| Fault::new(Kind::Input, "it has no address"))?;
    Ok(SafeText::new(&url.origin().ascii_serialization()))
}

/// A client for one address: https but for this machine, whose certificates need not be loaded.
fn open(url: &Url) -> Result<Client> {
    let builder = Client::builder().no_proxy().redirect(redirect::Policy::none());
    let plain = url.scheme() == "http" && url.host_str().is_some_and(is_loopback);
    let builder = if plain { builder.tls_certs_only([]) } else { builder.https_only(true) };
    let fault =
        |error: reqwest::Error| Fault::new(Kind::Local, format!("the HTTP client: {}", error.without_url()));
    builder.build().map_err(fault)
}

/// Why there was no answer. The address is not told: it may hold a secret of its own.
fn silent(error: &reqwest::Error, patience: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {patience:?}");
    }
    let mut cause = error.source();
    while let Some(next) = cause.and_then(std::error::Error::source) {
        cause = Some(next);
    }
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("it cannot be reached{cause}")
}

async fn judge(mut response: Response, now: Timestamp) -> Answer {
    let status = response.status();
    let retry_after = wait(response.headers(), now);
    let mut body = Vec::new();
    // The head of the answer has decided; what goes wrong behind it changes nothing.
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() >= ANSWER {
            break;
        }
    }
    body.truncate(ANSWER);
    let said = String::from_utf8_lossy(&body);
    let tail = said.lines().next().map(SafeText::new).into_iter().collect();
    let why = SafeText::new(&format!("HTTP {}", status.as_u16()));
    Answer { verdict: verdict(status), why, tail, retry_after }
}

/// Whether an answer is about the arrival, or about the door: a wrong address, a credential that ended,
/// a redirect and a failing server would meet every other arrival just the same.
fn verdict(status: StatusCode) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Taken,
        401 | 403..=405 | 407 | 408 | 410 | 421 | 425 | 429 => Verdict::Away,
        400..=499 => Verdict::Refused,
        _ => Verdict::Away,
    }
}

/// `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3).
fn wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(date - now).ok()
}

/// The secret of a file that only we can read, without its last line end.
fn secret(path: &Path) -> Result<Secret> {
    let shown = path.display();
    let unreadable = |why: &str| {
        Fault::new(Kind::Input, format!("the webhook's secret {shown}: {why}"))
            .hint("write whsec_ and base64, or any text of your own, to a file of mode 0600")
    };
    // Opening a named pipe would wait for a writer.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path);
    let file = file.map_err(|error| unreadable(&error.kind().to_string()))?;
    let about = file.metadata().map_err(|error| unreadable(&error.kind().to_string()))?;
    if !about.is_file() {
        return Err(unreadable("not a file"));
    }
    if about.mode() & 0o077 != 0 {
        return Err(unreadable("others may read it").hint(format!("run: chmod 600 {shown}")));
    }
    let mut text = String::new();
    file.take(SECRET).read_to_string(&mut text).map_err(|_| unreadable("it is not text"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err(unreadable("it is empty")) } else { Ok(Secret::from(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_about_the_door_are_told_from_those_about_the_letter() {
        let verdict = |code| verdict(StatusCode::from_u16(code).unwrap());
        for code in [200, 202, 204] {
            assert_eq!(verdict(code), Verdict::Taken, "{code}");
        }
        for code in [301, 307, 401, 403, 404, 408, 429, 500, 502, 503] {
            assert_eq!(verdict(code), Verdict::Away, "{code}");
        }
        for code in [400, 409, 413, 415, 422] {
            assert_eq!(verdict(code), Verdict::Refused, "{code}");
        }
    }

    #[test]
    fn waits_are_read_in_both_forms() {
        let now: Timestamp = "2026-11-02T09:30:00Z".parse().unwrap();
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            wait(&headers, now)
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Mon, 02 Nov 2026 09:31:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(read("Mon, 02 Nov 2026 09:29:00 GMT"), None, "it is over");
        assert_eq!(read("soon"), None);
    }
}
