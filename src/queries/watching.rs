//! Since when and how well the vaults are watched: gaps, the last look, the oldest full check.

use jiff::Timestamp;

use super::Queries;
use crate::domain::fault::Result;
use crate::store::{Span, Store};

impl Queries {
    /// The times since then in which nobody watched, oldest first: from the last look before each to
    /// the first one after it. The one that may last by now is not among them: see
    /// [`Queries::last_look`].
    pub async fn gaps(&self, since: Timestamp) -> Result<Vec<(Timestamp, Timestamp)>> {
        self.with_store(move |store| {
            let spans = store.spans(since)?;
            Ok(gaps(since, &spans))
        })
        .await
    }

    /// When the vaults were last listed, as far as it is written down (every ten seconds while
    /// somebody watches); `None` where nobody has watched yet.
    pub async fn last_look(&self) -> Result<Option<Timestamp>> {
        self.with_store(move |store| Ok(store.last_span()?.map(|span| span.until))).await
    }

    /// Since when every vault was listed whole at least once; `None` where one never was.
    pub async fn checked_at(&self) -> Result<Option<Timestamp>> {
        self.with_store(Store::oldest_look).await
    }
}

/// What spans, in the order of their beginnings, leave out. Where the clock was set back they overlap.
fn gaps(since: Timestamp, spans: &[Span]) -> Vec<(Timestamp, Timestamp)> {
    let (mut gaps, mut until) = (Vec::new(), None::<Timestamp>);
    for span in spans {
        match until {
            Some(before) if before < span.began => gaps.push((before.max(since), span.began)),
            _ => {}
        }
        until = until.max(Some(span.until));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn gaps_are_what_no_span_covers() {
        let span = |began, until| Span { id: 0, began: at(began), until: at(until) };
        assert_eq!(gaps(at(0), &[]), []);
        assert_eq!(gaps(at(0), &[span(5, 9)]), []);
        let spans = [span(5, 9), span(6, 7), span(8, 12), span(12, 13), span(20, 21)];
        assert_eq!(gaps(at(0), &spans), [(at(13), at(20))]);
    }
}
