//! In which account a class is, as far as it was told before, and where its state is by that.

use std::fs;
use std::path::PathBuf;

use crate::config::{Places, write_private};
use crate::domain::fault::{Fault, Result};
use crate::domain::id::AccountId;

/// Where it is kept in which account a class is.
fn memory(places: &Places, class: &str) -> PathBuf {
    places.state.join("accounts").join(class)
}

/// The account that a class was in the last time.
pub(super) fn remembered(places: &Places, class: &str) -> Option<AccountId> {
    AccountId::parse(fs::read_to_string(memory(places, class)).ok()?.trim()).ok()
}

/// The folder of a class's state, by account and class, so that one class's state never meets another's.
pub(super) fn state(places: &Places, account: &AccountId, class: &str) -> PathBuf {
    places.state.join(account.as_str()).join(class)
}

/// Keeps in which account a class is. It never changes that by itself: a wrong token would make it look empty.
///
/// # Errors
/// [`Kind::Refused`](crate::domain::fault::Kind::Refused) where it is in another account; [`Kind::Local`](crate::domain::fault::Kind::Local) where that cannot be written.
pub(super) fn remember(places: &Places, account: &AccountId, class: &str) -> Result<()> {
    let memory = memory(places, class);
    match remembered(places, class) {
        Some(before) if before == *account => Ok(()),
        None => write_private(&memory, account.as_str()),
        Some(before) => {
            let message =
                format!("the class {class} is in the account {before}, but the token is of {account}");
            Err(Fault::refused(message).hint(format!(
                "use the token of the class's account, or name another state folder with --state DIR; if the class has moved for good, remove {}",
                memory.display()
            )))
        }
    }
}
