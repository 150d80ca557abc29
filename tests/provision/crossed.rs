//! Vaults made at the same time, whose answers are exchanged on the way: nobody gets another's.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use strongroom::domain::fault::Result;
use strongroom::domain::operation::{Call, Receipt};
use strongroom::provider::{Provider, sandbox::Sandbox};
use tokio::sync::Barrier;

use crate::support::{Fixture, count};

/// A line that exchanges the answers to two creations.
struct Crossing {
    inner: Sandbox,
    both: Barrier,
    answers: Mutex<Vec<Receipt>>,
}

#[async_trait]
impl Provider for Crossing {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let answer = self.inner.apply(call).await?;
        if !matches!(call, Call::CreateVault(_)) {
            return Ok(answer);
        }
        self.answers.lock().unwrap().push(answer.clone());
        self.both.wait().await;
        let mut answers = self.answers.lock().unwrap();
        let other = answers.iter().position(|one| *one != answer).unwrap();
        Ok(answers.remove(other))
    }
}

#[tokio::test]
async fn answers_that_are_exchanged_give_nobody_the_vault_of_another() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let line = Crossing { inner: fixture.provider(), both: Barrier::new(2), answers: Mutex::default() };
    let desk = fixture.desk_with("one", Arc::new(line));
    assert_eq!(count(&desk.provision().await, "done"), 2);
    fixture.assert_invariants().await;
    for (number, (_, token)) in people.iter().enumerate() {
        let (_, own) = fixture.get("/v1/vaults", token).await;
        let own: Vec<&str> =
            own.as_array().unwrap().iter().map(|vault| vault["id"].as_str().unwrap()).collect();
        assert_eq!(own, [desk.vault(&format!("s{number:03}")).as_str()]);
    }
    assert_eq!(fixture.vaults_made(), 2);
    desk.assert_audited();
}
