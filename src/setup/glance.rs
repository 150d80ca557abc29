//! A glance at what is kept of a class, for whoever completes a word: nothing is asked of a service, run,
//! made or waited for.

use super::{Choice, account, demo_place};
use crate::config::{self, Config, Places};
use crate::domain::fault::Result;
use crate::store::Store;

/// What is kept of a class.
pub struct Glance {
    /// Its class file.
    pub config: Config,
    /// Its local state; `None` before there is any.
    pub store: Option<Store>,
}

/// Looks at the class that is meant: the configured one, else the demo class that runs. `None` where there
/// is neither.
///
/// The class file need not be trusted for it, since nothing that it names is used.
///
/// # Errors
/// As reading the class file.
pub fn glance(choice: &Choice) -> Result<Option<Glance>> {
    let places = Places::new(&choice.env)?;
    let named = config::find(choice.class.as_deref(), &places)?;
    let (path, demo) = match (named, demo_place(&places)) {
        (Some(path), _) => (path, None),
        (None, Some(demo)) => (demo.class_file, Some(demo.state)),
        (None, None) => return Ok(None),
    };
    let config = choice.parse(&config::read(&path)?, &path.display().to_string())?;
    let id = &config.class.id;
    let usual = || Some(account::state(&places, &account::remembered(&places, id)?, id));
    let state = choice.state.clone().or(demo).or_else(usual);
    let store = state.and_then(|state| Store::open_for_a_glance(&state.join("store.db")).ok());
    Ok(Some(Glance { config, store }))
}
