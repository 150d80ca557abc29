//! What keeps the hand-off to a consumer from working at all: told once, and an alarm until it is over.

use super::{Courier, Line};
use crate::domain::attention::Alarm;
use crate::domain::fault::{Fault, Kind};
use crate::domain::text::SafeText;

/// The subject of the alarm that nothing can be handed to a consumer.
pub fn alarm(consumer: &str) -> String {
    format!("hand-off:{consumer}")
}

/// How it stands.
#[derive(Default)]
pub(super) enum Trouble {
    /// Not known yet; an earlier program may have left an alarm.
    #[default]
    Unknown,
    /// All goes well.
    None,
    /// What was told last.
    Told(Fault),
}

impl Courier {
    /// Notes how a step ended, where that is not how the one before did.
    pub(super) async fn note(&self, line: &Line, trouble: &mut Trouble, fault: Option<&Fault>) {
        match (&*trouble, fault) {
            (Trouble::None, None) => {}
            (Trouble::Told(told), Some(fault)) if told == fault => {}
            (_, Some(fault)) => {
                *trouble = Trouble::Told(fault.clone());
                self.raise(line, fault).await;
            }
            (_, None) => {
                *trouble = Trouble::None;
                let subject = alarm(line.name());
                // An alarm that cannot be put away now is put away by the next start.
                drop(self.stored(move |store| store.dismiss_alarm(&subject)).await);
            }
        }
    }

    /// Notes that the queue of a consumer has ended by a defect.
    pub(super) async fn ended(&self, line: &Line) {
        let fault = Fault::new(Kind::Local, "it has ended by a defect of Strongroom");
        self.raise(line, &fault.hint("start it again, and report what it printed")).await;
    }

    async fn raise(&self, line: &Line, fault: &Fault) {
        let name = line.name();
        let hint = fault.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let message = SafeText::new(&format!("nothing can be handed to {name}: {}{hint}", fault.message));
        if let Some(told) = &self.told {
            told(message.clone());
        }
        let at = self.queries.clock.now();
        let alarm = Alarm { subject: alarm(name), student: None, message, at };
        // A store that cannot keep the alarm is what was told.
        drop(self.stored(move |store| store.raise_alarm(&alarm)).await);
    }
}
