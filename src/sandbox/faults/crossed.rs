//! Answers about another object: an id of the request, or of what was made, is another one of the same
//! kind wherever it stands in the answer.

use axum::response::Response;
use fastrand::Rng;
use serde_json::Value;

use super::bodies::rewritten;
use super::tally::Asked;
use crate::sandbox::front::Front;
use crate::sandbox::routes;
use crate::sandbox::world::Noun;

/// Letters of an id.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

/// An id that an answer is about.
struct About {
    noun: Noun,
    id: String,
}

/// The answer with another id; `Err` with the answer as it was where it names none of them.
pub(super) async fn crossed(
    front: &Front,
    asked: &Asked,
    rng: &mut Rng,
    answer: Response,
) -> Result<Response, Response> {
    let mut choices = named(asked);
    // What exists is known before the answer is read: another request may come in between, that is all.
    let world = everything(front).await;
    rewritten(answer, |body| {
        let text = std::str::from_utf8(body).ok()?;
        choices.extend(made(asked, text));
        choices.retain(|about| text.contains(&about.id));
        let about = choices.get(rng.usize(..choices.len().max(1)))?;
        let strangers: Vec<&String> = world
            .iter()
            .filter(|(noun, _)| *noun == about.noun)
            .flat_map(|(_, ids)| ids)
            .filter(|id| !text.contains(id.as_str()))
            .collect();
        let other = rng.choice(strangers).cloned().unwrap_or_else(|| unknown(&about.id, rng));
        Some(text.replace(&about.id, &other).into_bytes())
    })
    .await
}

/// The ids of the path.
fn named(asked: &Asked) -> Vec<About> {
    let parts = asked.route.path.split('/').zip(asked.path.split('/'));
    let about = |(pattern, id): (&str, &str)| {
        let noun = match pattern {
            "{vault}" => Noun::Vault,
            "{item}" => Noun::Item,
            "{file}" => Noun::File,
            "{person}" => Noun::Person,
            "{group}" => Noun::Group,
            _ => return None,
        };
        Some(About { noun, id: id.to_owned() })
    };
    parts.filter_map(about).collect()
}

/// The id of what this request has made, where the answer is all that tells it.
fn made(asked: &Asked, text: &str) -> Option<About> {
    if asked.route.method != "POST" {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let (noun, id) = match asked.route.path {
        path if path == routes::VAULT_NEW.path => (Noun::Vault, &value["id"]),
        path if path == routes::GROUP_NEW.path => (Noun::Group, &value["id"]),
        path if path == routes::PERSON_NEW.path => (Noun::Person, &value["person"]["id"]),
        _ => return None,
    };
    Some(About { noun, id: id.as_str()?.to_owned() })
}

async fn everything(front: &Front) -> Vec<(Noun, Vec<String>)> {
    let nouns = [Noun::Vault, Noun::Item, Noun::File, Noun::Person, Noun::Group];
    let ids = front
        .aside(move |at| at.read(|turn| nouns.into_iter().map(|noun| Ok((noun, turn.ids(noun)?))).collect()));
    ids.await.unwrap_or_default()
}

/// An id of the same form that nothing has.
fn unknown(id: &str, rng: &mut Rng) -> String {
    let upper = id.bytes().next().is_some_and(|first| first.is_ascii_uppercase());
    let (prefix, rest) = id.split_at_checked(3).unwrap_or((id, ""));
    let mut letter = || {
        let letter = char::from(rng.choice(LETTERS).copied().unwrap_or(b'a'));
        if upper { letter.to_ascii_uppercase() } else { letter }
    };
    prefix.chars().chain(rest.chars().map(|_| letter())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_id_has_the_form_of_a_known_one() {
        let mut rng = Rng::with_seed(1);
        for id in ["sbxvaultvaultvaultvault000", "SBXPERSONPERSONPERSON00000"] {
            let other = unknown(id, &mut rng);
            assert!(other != id && other.len() == id.len() && other.get(..3) == id.get(..3), "{other}");
            assert_eq!(id.starts_with('S'), other.bytes().all(|byte| !byte.is_ascii_lowercase()));
        }
    }
}
