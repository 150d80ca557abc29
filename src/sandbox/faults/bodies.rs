//! Bodies that break, drip, flood or are garbled, and answers that are none.
//!
//! A body that ends with an error makes the server close the connection where it stands. Ends it so
//! before its first byte, not even the head is sent: the client gets no answer at all.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use futures_util::{Stream, StreamExt as _, stream};

use crate::sandbox::refusal::Refusal;

/// The most pieces of a dripping body.
const PIECES: u64 = 64;
/// What a flood is made of.
static WAVE: [u8; 64 << 10] = [b'~'; 64 << 10];
/// The longest answer that is garbled, in bytes: longer than any JSON of the sandbox.
pub(super) const LONGEST: usize = 256 << 20;

type Piece = Result<Bytes, BrokenOff>;

/// Why a body ends before its end.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken off on purpose")
    }
}

impl std::error::Error for BrokenOff {}

/// No answer: the connection is closed.
pub(super) fn nothing() -> Response {
    Body::from_stream(stream::iter([Piece::Err(BrokenOff)])).into_response()
}

/// 429 with a time, in seconds; without one it is [`Refusal::throttled`].
pub(super) fn rate_limit(wait: u64) -> Refusal {
    Refusal {
        retry_after: Some(wait),
        ..Refusal::rationed("this service account", &format!("{wait} seconds"))
    }
}

/// Somebody else changed the item meanwhile: a deletion is answered with 500, everything else with 409
/// (`retry.go` of 1Password's Terraform provider). The words of the latter are not recorded.
pub(super) fn conflict(method: &str) -> Refusal {
    match method {
        "DELETE" => Refusal::new(500, "Something went wrong"),
        _ => Refusal::new(409, "Conflict"),
    }
}

/// 502, as something in between says it.
pub(super) fn gateway() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    (StatusCode::BAD_GATEWAY, Html(page)).into_response()
}

/// 307 to another origin of this machine: the same port of an address that we do not listen on. Whoever goes
/// there has taken its token to a stranger.
pub(super) fn redirect(port: u16, path: &str) -> Response {
    Redirect::temporary(&format!("http://127.0.0.2:{port}{path}")).into_response()
}

/// The answer up to the middle of its body, under a head that announces all of it; an answer without a
/// body is none at all.
pub(super) fn half(answer: Response) -> Response {
    let Some(length) = length(&answer).filter(|length| *length > 0) else { return nothing() };
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let end = stream::once(async {
        tokio::task::yield_now().await; // what came before goes out meanwhile
        Err(BrokenOff)
    });
    let kept = upto(pieces(body), length / 2);
    Response::from_parts(parts, Body::from_stream(kept.chain(end)))
}

/// The same body in small pieces over that time.
pub(super) fn drip(answer: Response, time: Duration) -> Response {
    let Some(length) = length(&answer).filter(|length| *length > 0) else { return answer };
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let size = usize::try_from(length.div_ceil(PIECES)).unwrap_or(usize::MAX);
    let count = length.div_ceil(size as u64);
    let pause = time / u32::try_from(count).unwrap_or(1);
    let drops =
        stream::unfold((Box::pin(pieces(body)), Bytes::new()), move |(mut pieces, mut rest)| async move {
            while rest.is_empty() {
                match pieces.next().await? {
                    Ok(piece) => rest = piece,
                    Err(broken) => return Some((Err(broken), (pieces, rest))),
                }
            }
            tokio::time::sleep(pause).await;
            let drop = rest.split_to(size.min(rest.len()));
            Some((Ok(drop), (pieces, rest)))
        });
    Response::from_parts(parts, Body::from_stream(drops))
}

/// A file that does not end, or is that long, in place of the one that was asked for.
pub(super) fn flood(answer: Response, declared: Option<u64>) -> Response {
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let waves = stream::repeat_with(|| Piece::Ok(Bytes::from_static(&WAVE)));
    let body = match declared {
        None => Body::from_stream(waves),
        Some(length) => {
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            Body::from_stream(upto(waves, length))
        }
    };
    Response::from_parts(parts, body)
}

/// The answer with bytes that are no UTF-8 at the beginning of its first value that is a text; else
/// of its first text; `Err` with the answer as it was where there is no text in it.
pub(super) async fn garbled(answer: Response) -> Result<Response, Response> {
    rewritten(answer, |body| {
        let value = body.windows(2).position(|pair| pair == b":\"").map(|at| at + 2);
        let at = value.or_else(|| body.iter().position(|byte| *byte == b'"').map(|at| at + 1))?;
        let (before, after) = body.split_at_checked(at)?;
        Some([before, &[0xff, 0xfe, 0xc0], after].concat())
    })
    .await
}

/// The answer with another body; `Err` with the answer as it was where nothing can be changed.
pub(super) async fn rewritten(
    answer: Response,
    change: impl FnOnce(&[u8]) -> Option<Vec<u8>> + Send,
) -> Result<Response, Response> {
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST).await else { return Ok(nothing()) };
    match change(&bytes) {
        None => Err(Response::from_parts(parts, Body::from(bytes))),
        Some(changed) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Ok(Response::from_parts(parts, Body::from(changed)))
        }
    }
}

/// The length of a body that is known, in bytes.
fn length(answer: &Response) -> Option<u64> {
    let header = answer.headers().get(header::CONTENT_LENGTH);
    let announced = header.and_then(|value| value.to_str().ok()?.parse().ok());
    announced.or_else(|| answer.body().size_hint().exact())
}

fn pieces(body: Body) -> impl Stream<Item = Piece> + Send {
    body.into_data_stream().map(|piece| piece.map_err(|_| BrokenOff))
}

/// So many bytes of a stream, then its end.
fn upto(pieces: impl Stream<Item = Piece> + Send, bytes: u64) -> impl Stream<Item = Piece> + Send {
    stream::unfold((Box::pin(pieces), bytes), |(mut pieces, left)| async move {
        if left == 0 {
            return None;
        }
        let piece = pieces.next().await?.map(|mut piece| {
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            piece
        });
        let left = left - piece.as_ref().map_or(left, |piece| piece.len() as u64);
        Some((piece, (pieces, left)))
    })
}
