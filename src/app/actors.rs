//! Who is reported to have made what arrived, and by which program. Knows what 1Password reports of an arrival;
//! who is believed to have made it without that stands in [`By`](crate::domain::arrival::By).

use std::borrow::Cow;

use super::State;
use super::activity::Activity;
use crate::domain::arrival::Arrival;
use crate::domain::events::Client;

impl Activity {
    /// Who is reported to have made an arrival: the student by the name in the class, anybody else as 1Password
    /// calls them.
    pub(super) fn actor(&self, arrival: &Arrival) -> Option<String> {
        let actor = arrival.actor.as_ref()?;
        if is_the_student(arrival) {
            return Some(self.name(arrival).to_owned());
        }
        actor.in_words().map(|name| name.to_string())
    }

    /// The same as it may be shown.
    pub(super) fn shown_actor(&self, arrival: &Arrival) -> Option<String> {
        if is_the_student(arrival) {
            return Some(self.shown_name(arrival).to_owned());
        }
        let actor = self.actor(arrival)?;
        Some(self.filter.veil.as_ref().map_or(actor.clone(), |veil| veil.hide(&actor).into_owned()))
    }

    /// The student's name as it may be shown.
    pub(super) fn shown_name<'a>(&'a self, arrival: &'a Arrival) -> &'a str {
        let pseudonym = self.filter.veil.as_ref().and_then(|veil| veil.student(&arrival.student.key));
        pseudonym.unwrap_or_else(|| self.name(arrival))
    }

    /// The item's title as it may be shown.
    pub(super) fn shown_title<'a>(&self, arrival: &'a Arrival) -> Cow<'a, str> {
        let title = arrival.item.title.as_str();
        self.filter.veil.as_ref().map_or_else(|| title.into(), |veil| veil.title(title).into())
    }
}

/// Whether an arrival is reported to have been made by the student whose vault it is.
fn is_the_student(arrival: &Arrival) -> bool {
    let id = arrival.actor.as_ref().and_then(|actor| actor.id.as_ref());
    id.is_some() && id == arrival.student.user_id.as_ref()
}

/// By which program an arrival is reported to have been made; not from which address.
pub fn client(arrival: &Arrival) -> Option<String> {
    arrival.client.as_ref().and_then(Client::in_words).map(|client| client.to_string())
}

impl State {
    /// Who is reported to have made an arrival, as it may be shown.
    pub fn actor(&self, arrival: &Arrival) -> Option<String> {
        let student = || self.row(&arrival.student.key).map(|row| self.named(row).to_owned());
        let known = if is_the_student(arrival) { student() } else { None };
        known.or_else(|| Some(self.veiled(&self.activity.actor(arrival)?).into_owned()))
    }
}
