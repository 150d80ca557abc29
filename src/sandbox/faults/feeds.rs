//! Pages of the Events API that come twice, out of order, late, or with a cursor that leads nowhere.
//!
//! Knows the bodies of that door and its cursors. What happened in the world stays as it is; a record that is
//! late only arrives later in its feed, for everybody.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use fastrand::Rng;
use serde_json::{Value, json};

use super::bodies::{nothing, rewritten};
use super::mishap::Mishap;
use crate::sandbox::door::Door;
use crate::sandbox::events::Cursor;
use crate::sandbox::front::Front;
use crate::sandbox::refusal::Refusal;

/// The longest question, in bytes. The longest that means something is a cursor of some hundred.
const LONGEST: usize = 64 << 10;

/// The page as the mishap wants it; `Err` with the right one where it cannot be had.
pub(super) async fn spoilt(
    front: &Front,
    request: Request,
    inside: Next,
    mishap: Mishap,
    rng: &mut Rng,
) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST).await else {
        return Err(Door::Events.worded(Refusal::new(413, "the question is too long").into_response()));
    };
    let asked = asked(&bytes);
    let again = |bytes: Body| Request::from_parts(parts, bytes);
    match mishap {
        Mishap::DuplicatePage => {
            let Some((before, here)) = page_before(front, asked.as_deref()).await else {
                return Err(inside.run(again(bytes.into())).await);
            };
            let answer = inside.run(again(json!({ "cursor": before }).to_string().into())).await;
            changed(answer, |page| put(page, "cursor", here.into())).await
        }
        Mishap::RepeatedCursor => {
            let answer = inside.run(again(bytes.into())).await;
            changed(answer, |page| {
                let asked = asked.filter(|asked| page["cursor"] != asked.as_str())?;
                put(page, "cursor", asked.into())
            })
            .await
        }
        Mishap::OutOfOrderPage => {
            let answer = inside.run(again(bytes.into())).await;
            changed(answer, |page| {
                let items = page.get_mut("items")?.as_array_mut()?;
                shuffled(items, rng)
            })
            .await
        }
        _ => {
            let answer = inside.run(again(bytes.into())).await;
            late(front, answer, rng).await
        }
    }
}

/// The cursor of a question, if it has one.
fn asked(bytes: &[u8]) -> Option<String> {
    let question: Value = serde_json::from_slice(bytes).ok()?;
    question.get("cursor")?.as_str().map(str::to_owned)
}

/// The cursor of the page before, and another one of where the question is.
async fn page_before(front: &Front, asked: Option<&str>) -> Option<(String, String)> {
    let asked = asked?;
    let account = front.aside(|at| at.read(|turn| Ok(turn.account()?.id))).await.ok()?;
    let cursor = Cursor::read(asked, account.as_str())?;
    Some((cursor.back()?.text(account.as_str()), cursor.again().text(account.as_str())))
}

/// The answer with a changed page, where it is a page and there is something to change.
async fn changed(
    answer: Response,
    change: impl FnOnce(&mut Value) -> Option<()> + Send,
) -> Result<Response, Response> {
    if answer.status() != StatusCode::OK {
        return Err(answer);
    }
    rewritten(answer, |body| {
        let mut page: Value = serde_json::from_slice(body).ok()?;
        change(&mut page)?;
        serde_json::to_vec(&page).ok()
    })
    .await
}

fn put(page: &mut Value, name: &str, value: Value) -> Option<()> {
    *page.get_mut(name)? = value;
    Some(())
}

/// Another order; `None` where there is no other.
fn shuffled(items: &mut [Value], rng: &mut Rng) -> Option<()> {
    let before = items.to_vec();
    if items.len() < 2 {
        return None;
    }
    rng.shuffle(items);
    if *items == *before {
        items.rotate_left(1);
    }
    Some(())
}

/// The page without some of its records, which arrive behind all that are there now.
async fn late(front: &Front, answer: Response, rng: &mut Rng) -> Result<Response, Response> {
    let mut held = Vec::new();
    let answer = changed(answer, |page| {
        let items = page.get_mut("items")?.as_array_mut()?;
        let one = rng.usize(..items.len().max(1));
        let mut at = 0;
        items.retain(|item| {
            let stays = at != one && rng.bool();
            at += 1;
            if !stays {
                held.extend(item["uuid"].as_str().map(str::to_owned));
            }
            stays
        });
        (!held.is_empty()).then_some(())
    })
    .await?;
    match front.aside(move |at| at.write(|turn| turn.put_off(&held))).await {
        Ok(()) => Ok(answer),
        // Not one of them may be lost: better no answer than this one.
        Err(_) => Ok(nothing()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_order_is_another_one() {
        let mut rng = Rng::with_seed(3);
        for length in 0..40_usize {
            let before: Vec<Value> = (0..length).map(Value::from).collect();
            let mut items = before.clone();
            assert_eq!(shuffled(&mut items, &mut rng).is_some(), length > 1);
            assert_eq!(items != before, length > 1, "{length}");
            items.sort_by_key(Value::as_u64);
            assert_eq!(items, before);
        }
    }
}
