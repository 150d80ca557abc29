//! What the veil learns to hide: from every answer that names somebody, and from the state as it is when
//! privacy mode is switched on.
//!
//! Names of a class are found anywhere in a text. A short title in small letters only, such as `draft`, is
//! not: it would be found in the words of this program, and is hidden where a title is drawn.

use super::{Veil, forms};
use crate::app::State;
use crate::app::overlay::{Detail, Overlay};
use crate::domain::arrival::Arrival;
use crate::domain::class::StudentKey;
use crate::domain::directory::{Identity, Item, ItemDetail};
use crate::domain::drift::Drifts;
use crate::domain::events::Actor;
use crate::domain::history::{Entry, What};
use crate::domain::plan::{Plan, Step};
use crate::domain::query::{ClassView, Data, LocalCopy, StatusRow, WatchReport};
use crate::domain::roster::Enrolment;
use crate::domain::term::Term;
use crate::domain::text::{SafeText, fold};
use crate::domain::ways::{Holder, Via};

/// A name that begins so late in a text that nothing of it is left to tell is no name.
const LEAST_KEY: usize = 3;

impl Veil {
    /// Everything that is in the state already.
    pub(super) fn learn_state(&mut self, state: &State) {
        if let Some(view) = state.view() {
            self.learn_class(view);
        }
        state.items.lists.values().for_each(|items| self.learn_items(items));
        state.activity.arrivals.iter().for_each(|arrival| self.learn_arrival(arrival));
        if let Some((_, copies)) = state.items.copies.value() {
            self.learn_copies(copies);
        }
        if let Some(why) = &state.inspector.why {
            self.learn_holders(why.holders.value.as_deref().unwrap_or_default());
        }
        if let Some((_, opened)) = &state.inspector.opened {
            self.learn_detail(opened);
        }
        for overlay in &state.overlays {
            match overlay {
                Overlay::Why(why) => self.learn_holders(why.holders.value.as_deref().unwrap_or_default()),
                Overlay::Drift(strays) => strays.found.value.iter().for_each(|found| self.learn_drift(found)),
                Overlay::History(past) => self.learn_history(past.list.value.as_deref().unwrap_or_default()),
                Overlay::Detail(Detail { item, .. }) => {
                    item.value.iter().for_each(|detail| self.learn_detail(detail));
                }
                Overlay::Closing(closing) => closing.term.value.iter().for_each(|term| self.learn_term(term)),
                Overlay::Import(import) => {
                    import.ready().into_iter().for_each(|found| self.learn_enrolment(found));
                }
                Overlay::Plan(review) => review.plan.value.iter().for_each(|plan| self.learn_plan(plan)),
                _ => {}
            }
        }
        for review in &state.plans {
            review.plan.value.iter().for_each(|plan| self.learn_plan(plan));
        }
        if let Some(crate::domain::query::Role::Following { watcher, .. }) = &state.role {
            self.learn_program(watcher);
        }
        state.jobs.work.value().into_iter().flatten().for_each(|head| self.learn_program(&head.by));
    }

    /// What an answer names.
    pub(in crate::app) fn learn_data(&mut self, data: &Data) {
        match data {
            Data::Class(view) => self.learn_class(view),
            Data::Rows(rows) => rows.iter().for_each(|row| self.learn_row(row)),
            Data::Items(lists) => lists.iter().for_each(|(_, items)| self.learn_items(items)),
            Data::Detail(detail) => self.learn_detail(detail),
            Data::Arrivals(arrivals, _) => arrivals.iter().for_each(|arrival| self.learn_arrival(arrival)),
            Data::Copies(_, copies) => self.learn_copies(copies),
            Data::Plan(plan) => self.learn_plan(plan),
            Data::History(list) => self.learn_history(list),
            Data::Work(heads) => heads.iter().for_each(|head| self.learn_program(&head.by)),
            Data::Why(_, holders) => self.learn_holders(holders),
            Data::Drift(found) => self.learn_drift(found),
            Data::Closing(term) => self.learn_term(term),
            Data::Enrolment(found) => found.iter().for_each(|found| self.learn_enrolment(found)),
            Data::Attention(_) | Data::Submissions(_) | Data::Jobs(_) => {}
        }
    }

    /// What the live view names.
    pub(in crate::app) fn learn_report(&mut self, report: &WatchReport) {
        report.arrivals.iter().for_each(|arrival| self.learn_arrival(arrival));
        if let Some(crate::domain::query::Role::Following { watcher, .. }) = &report.role {
            self.learn_program(watcher);
        }
    }

    fn learn_class(&mut self, view: &ClassView) {
        // Students first: of one name they have the pseudonym, also where they stand on another one's vault.
        view.rows.iter().for_each(|row| self.learn_student(row));
        view.rows.iter().for_each(|row| self.learn_row(row));
        for column in &view.staff {
            self.learn_name("staff", &column.name);
        }
        if let Some(Identity { account_name, name, .. }) = &view.identity {
            self.learn_name("user", name);
            let account = account_name.as_str();
            self.learn_name("account", account_name);
            // The live view says that an account is simulated; its name stands without it.
            self.learn_name("account", &account.trim_end_matches(" (simulated)").into());
        }
    }

    fn learn_student(&mut self, row: &StatusRow) {
        let pseudonym = self.pseudonym(&row.key);
        self.add_name(row.name.as_str(), &pseudonym);
    }

    fn learn_row(&mut self, row: &StatusRow) {
        self.learn_student(row);
        self.learn_key(&row.key);
        self.learn_plain("person", row.email.as_str());
        if row.vault.is_some() {
            self.learn_plain("vault", row.vault_name.as_str());
        }
        for other in row.others.iter().flatten() {
            self.learn_name("person", &other.name);
        }
        for excess in &row.wider {
            self.learn_name("person", &excess.name);
        }
        for one in &row.look_alikes {
            self.learn_name("person", &one.name);
            self.learn_plain("person", one.address.as_str());
        }
    }

    /// A key that reads like a count, a year or a short word of any sentence is hidden by the rules of
    /// forms and quotes only.
    fn learn_key(&mut self, key: &StudentKey) {
        let text = key.as_str();
        let number = text.bytes().all(|b| b.is_ascii_digit());
        let year = text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
        if text.len() < LEAST_KEY || (number && (text.len() < 4 || year)) {
            return;
        }
        let mask = self.key(key);
        self.add(text, &mask);
    }

    /// A name, and the same with the first name in front where it stands behind a comma.
    fn add_name(&mut self, name: &str, mask: &str) {
        self.add(name, mask);
        if let Some((last, first)) = name.split_once(", ") {
            self.add(&format!("{first} {last}"), mask);
        }
        // What is looked up without accents and capitals is the same name; a word is none.
        let folded = fold(name);
        if name.contains(' ') {
            self.add(&folded, mask);
        }
    }

    fn learn_name(&mut self, kind: &str, name: &SafeText) {
        let mask = self.coded(kind, name.as_str());
        self.add_name(name.as_str(), &mask);
    }

    fn learn_plain(&mut self, kind: &str, text: &str) {
        let mask = if text.contains('@') { forms::ADDRESS.to_owned() } else { self.coded(kind, text) };
        self.add(text, &mask);
    }

    /// The title of an item or the name of a file, unless it could be a word of any sentence.
    fn learn_title(&mut self, title: &str) {
        let word = title.len() < 5 || title.bytes().all(|b| b.is_ascii_alphabetic());
        if !word {
            let mask = self.title(title);
            self.add(title, &mask);
        }
    }

    fn learn_items(&mut self, items: &[Item]) {
        for item in items {
            self.learn_title(item.title.as_str());
        }
    }

    fn learn_detail(&mut self, detail: &ItemDetail) {
        self.learn_title(detail.item.title.as_str());
        detail.files.iter().for_each(|file| self.learn_title(file.name.safe().as_str()));
    }

    fn learn_arrival(&mut self, arrival: &Arrival) {
        self.learn_title(arrival.item.title.as_str());
        self.learn_plain("vault", arrival.vault.name.as_str());
        self.learn_plain("person", arrival.student.email.safe().as_str());
        self.learn_key(&arrival.student.key);
        arrival.files.iter().for_each(|file| self.learn_title(file.name.safe().as_str()));
        arrival.saved.iter().for_each(|saved| self.learn_path(&saved.path));
        arrival.actor.iter().for_each(|actor| self.learn_actor(actor));
    }

    fn learn_copies(&mut self, copies: &[LocalCopy]) {
        for copy in copies {
            self.learn_path(&copy.path);
        }
    }

    /// A path may have spaces, which its form does not show.
    fn learn_path(&mut self, path: &str) {
        self.add(SafeText::new(path).as_str(), "…/…");
    }

    fn learn_plan(&mut self, plan: &Plan) {
        for row in &plan.rows {
            let pseudonym = self.pseudonym(&row.student);
            self.add_name(row.name.as_str(), &pseudonym);
            self.learn_key(&row.student);
            for step in &row.steps {
                match step {
                    Step::Grant { name, .. } | Step::Revoke { name, .. } => self.learn_name("person", name),
                    Step::DeleteVault { name, .. } => self.learn_plain("vault", name.as_str()),
                    Step::Admission { email, .. } => self.learn_plain("person", email.as_str()),
                    Step::CreateVault => {}
                }
            }
        }
    }

    fn learn_holders(&mut self, holders: &[Holder]) {
        for holder in holders {
            self.learn_name("person", &holder.name);
            for path in &holder.paths {
                if let Via::Group { name, .. } = &path.via {
                    self.learn_name("staff", name);
                }
                path.named.iter().for_each(|actor| self.learn_actor(actor));
                path.ours.iter().for_each(|by| self.learn_program(by));
            }
        }
    }

    fn learn_drift(&mut self, found: &Drifts) {
        found.list.iter().for_each(|one| self.learn_name("person", &one.name));
    }

    fn learn_history(&mut self, list: &[Entry]) {
        for entry in list {
            match &entry.elsewhere {
                Some(actor) => self.learn_actor(actor),
                None => self.learn_program(&entry.by),
            }
            for change in &entry.changes {
                if let What::Access { name, .. } | What::Reported { who: Some(name), .. } = &change.what {
                    self.learn_name("person", name);
                }
                if let What::Reported { group: Some(name), .. } = &change.what {
                    self.learn_name("staff", name);
                }
            }
        }
    }

    /// Whom a record of 1Password names.
    fn learn_actor(&mut self, actor: &Actor) {
        self.learn_name("person", &actor.name);
        if let Some(email) = &actor.email {
            self.learn_plain("person", email.safe().as_str());
        }
    }

    fn learn_enrolment(&mut self, found: &Enrolment) {
        let changed = found.changes.changed.iter().flat_map(|change| [&change.before, &change.after]);
        for student in found.changes.new.iter().chain(&found.changes.gone).chain(changed) {
            let pseudonym = self.pseudonym(&student.key);
            self.add_name(student.name.as_str(), &pseudonym);
            self.learn_key(&student.key);
            self.learn_plain("person", student.email.safe().as_str());
        }
    }

    fn learn_term(&mut self, term: &Term) {
        let signed = term.steps.iter().filter_map(|step| step.signed.as_ref());
        signed.for_each(|(_, by)| self.learn_program(by));
    }

    /// Who acted, as the log has it: `user on machine`, and as whom; or a program and its number, which
    /// names nobody.
    fn learn_program(&mut self, by: &SafeText) {
        let Some((user, rest)) = by.as_str().split_once(" on ") else { return };
        let (machine, account) = rest.split_once(" as ").unwrap_or((rest, ""));
        let first = |text: &str| text.split(", ").next().unwrap_or_default().trim_end_matches(',').to_owned();
        let (machine, account) = (first(machine), first(account.trim_start_matches("service account ")));
        for name in [user, &machine, &account] {
            let mask = self.coded("user", name);
            self.add(name, &mask);
        }
    }
}
