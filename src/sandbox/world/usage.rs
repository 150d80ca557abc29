//! What the item usages tell: who did what with an item, and by which program.
//!
//! Which program raises what is 1Password's page "Item usage actions": reading, making and changing items on
//! the web page, with the CLI and through Connect is told as the server's doing; an app tells that an item was
//! opened to be edited, a file taken out, a value shown or copied, and **never that an item was made**. That a
//! change by web, CLI or Connect is `server-update` is inferred from the name. Vaults that are somebody's own
//! are left out: the feed is about shared ones.

use serde_json::{Value, json};

use super::report::{address, place};
use super::{At, Caller, Client, Turn};
use crate::domain::access::Permission;
use crate::domain::events::Feed;
use crate::domain::id::{ItemId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};

/// What somebody does with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Use {
    /// Makes it.
    Made,
    /// Changes it or its files.
    Changed,
    /// Reads it.
    Read,
    /// Reads the bytes of one of its files.
    TakenOut,
}

/// What is done in an app and changes nothing on the server, with whether it needs the values.
const IN_APPS: [(&str, bool); 8] = [
    ("enter-item-edit-mode", false),
    ("export", true),
    ("fill", true),
    ("other", false),
    ("reveal", true),
    ("secure-copy", true),
    ("select-sso-provider", false),
    ("share", true),
];

impl Client {
    /// The word for a use by this program; `None` where it raises nothing.
    fn word(self, what: Use) -> Option<&'static str> {
        match (self, what) {
            (Self::App, Use::Changed) => Some("enter-item-edit-mode"),
            (Self::App, Use::TakenOut) => Some("export"),
            // Looking at an item shows no value yet.
            (Self::App, Use::Made | Use::Read) => None,
            (_, Use::Made) => Some("server-create"),
            (_, Use::Changed) => Some("server-update"),
            (_, Use::Read | Use::TakenOut) => Some("server-fetch"),
        }
    }

    /// Whether a use by this program is told at all.
    pub(super) fn raises(self, what: Use) -> bool {
        self.word(what).is_some()
    }
}

impl At<'_> {
    /// Writes what is told of an item that was read, if anything is.
    pub(in crate::sandbox) fn tell_use(
        &self,
        caller: &Caller,
        (vault, item): (&VaultId, &ItemId),
        version: Option<u64>,
        what: Use,
    ) -> Result<()> {
        if !caller.client.raises(what) {
            return Ok(());
        }
        self.write(|turn| {
            // A copy that lags behind may show what is gone by now.
            let version = version.or_else(|| turn.stored_item(vault, item).ok().map(|row| row.version));
            version.map_or(Ok(()), |version| turn.tell_use(caller, (vault, item), version, what))
        })
    }
}

impl Turn<'_> {
    /// Writes what is told of a use, if anything is.
    pub(super) fn tell_use(
        &self,
        caller: &Caller,
        at: (&VaultId, &ItemId),
        version: u64,
        what: Use,
    ) -> Result<()> {
        caller.client.word(what).map_or(Ok(()), |word| self.tell_usage(caller, at, version, word))
    }

    /// Something that is done in an app without a change: that a value is shown, copied or filled in. Needs
    /// `view_items`, and `view_and_copy_passwords` for what needs the values.
    pub(in crate::sandbox) fn use_in_app(
        &self,
        caller: &Caller,
        vault: &VaultId,
        item: &ItemId,
        action: &str,
    ) -> Result<()> {
        if caller.client != Client::App {
            return Err(Refusal::bad("that is done in an app"));
        }
        let known = IN_APPS.iter().find(|(word, _)| *word == action);
        let (word, values) = known.ok_or_else(|| Refusal::bad("action is not one that apps tell of"))?;
        if *values {
            self.need(caller, vault, Permission::ViewAndCopyPasswords)?;
        }
        let row = self.item(caller, vault, item)?;
        self.tell_usage(caller, (vault, item), row.version, word)
    }

    fn tell_usage(
        &self,
        caller: &Caller,
        (vault, item): (&VaultId, &ItemId),
        version: u64,
        word: &str,
    ) -> Result<()> {
        if self.vault_facts(vault)?.is_none_or(|(kind, _)| kind == "PERSONAL") {
            return Ok(());
        }
        let mut user = json!({ "uuid": caller.id });
        if let Some(Value::Object(details)) = self.details(caller.id.as_str()) {
            user = Value::Object(details);
        }
        user["user_type"] = "user".into();
        user["user_account_uuid"] = json!(self.account()?.id);
        let told = json!({
            "used_version": version, "vault_uuid": vault, "item_uuid": item, "action": word,
            "user": user, "client": caller.client.described(&address(caller.by())),
        });
        let Value::Object(mut record) = told else { return Ok(()) };
        if let Some(place) = place(caller.client) {
            record.insert("location".to_owned(), place);
        }
        self.tell(Feed::Usage, record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_tells_of_no_item_that_it_makes() {
        assert!(!Client::App.raises(Use::Made) && !Client::App.raises(Use::Read));
        assert_eq!(Client::App.word(Use::Changed), Some("enter-item-edit-mode"));
        for client in [Client::Web, Client::Cli, Client::Connect] {
            let words = [Use::Made, Use::Changed, Use::Read, Use::TakenOut].map(|what| client.word(what));
            let wanted = ["server-create", "server-update", "server-fetch", "server-fetch"];
            assert_eq!(words, wanted.map(Some));
        }
    }
}
