//! What the way to the first frame costs, from a store that was left behind: it must not depend on how much
//! is in it.

use strongroom::app::State;
use strongroom::queries::Queries;
use strongroom::store::Store;

use super::class;
use super::clock::Table;
use super::frames::Glass;
use super::screen::setting;

/// How many items each vault has.
const ITEMS: usize = 20;

pub(crate) fn measure(table: &mut Table, students: usize) {
    let name = format!("first frame/{students} x {ITEMS} items");
    if !table.wants(&name) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    drop(class::store(folder.path(), students, ITEMS));
    table.line(&name, || {
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        let state = State::new(setting(), Queries::front(&store).unwrap());
        Glass::new((120, 40)).draw(&state);
    });
}
