//! The form in which an address gets an arrival: a CloudEvent, signed.
//!
//! CloudEvents 1.0, "JSON Event Format", section 3 (structured mode:
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>); the signature
//! is that of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>):
//! HMAC-SHA256 of `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;

use super::letter::Letter;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::{Expose as _, Secret};

/// The type of the body.
pub(super) const TYPE: &str = "application/cloudevents+json";

#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    r#type: String,
    time: Timestamp,
    subject: &'a str,
    datacontenttype: &'static str,
    data: &'a Letter<'a>,
}

/// The id under which the receiver can tell what it has had: vault, item, version and kind. It stays
/// the same whenever the arrival is offered again. A trial has one of its own.
pub(super) fn id(letter: &Letter<'_>) -> String {
    let arrival = letter.arrival;
    let at =
        if letter.test { format!("/test-{}", arrival.detected_at.as_millisecond()) } else { String::new() };
    let kind = arrival.kind.word();
    format!("{}/{}/{}/{kind}{at}", arrival.vault.id.as_str(), arrival.item.id.as_str(), arrival.item.version)
}

/// The body.
pub(super) fn body(class: &str, id: &str, letter: &Letter<'_>) -> Result<Vec<u8>> {
    let event = Event {
        specversion: "1.0",
        id,
        source: format!("/strongroom/{class}"),
        r#type: format!("strongroom.arrival.{}", letter.arrival.kind.word()),
        time: letter.arrival.detected_at,
        subject: letter.arrival.student.key.as_str(),
        datacontenttype: "application/json",
        data: letter,
    };
    serde_json::to_vec(&event).map_err(|_| Fault::new(Kind::Local, "the arrival cannot be written as JSON"))
}

/// The header `webhook-signature`: version 1 of the scheme, in base64.
pub(super) fn signature(secret: &Secret, id: &str, at: i64, body: &[u8]) -> Result<String> {
    let key = key(secret)?;
    let fault = |_| Fault::new(Kind::Input, "the webhook's secret cannot be a key");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(fault)?;
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The bytes of a secret: base64 behind `whsec_`, anything else as it is.
fn key(secret: &Secret) -> Result<Vec<u8>> {
    let text = secret.expose_secret();
    let Some(coded) = text.strip_prefix("whsec_") else { return Ok(text.as_bytes().to_vec()) };
    STANDARD.decode(coded).map_err(|_| {
        Fault::new(Kind::Input, "the webhook's secret is not base64 behind whsec_")
            .hint("write whsec_ and base64, or any other text")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standards_own_example() {
        // The example of the `standardwebhooks` libraries' tests.
        let secret = Secret::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let raw = signature(&Secret::from("plain words"), "id", 1, b"{}").unwrap();
        assert_ne!(raw, signature(&Secret::from("other words"), "id", 1, b"{}").unwrap());
        let wrong = signature(&Secret::from("whsec_*canary*"), "id", 1, b"").unwrap_err();
        assert!(!wrong.to_string().contains("canary"), "{wrong}");
    }
}
