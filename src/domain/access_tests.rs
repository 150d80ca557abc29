//! Permissions, levels and what is known of them.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn sets() -> impl Strategy<Value = Permissions> {
    any::<u16>().prop_map(Permissions)
}

#[test]
fn the_table_is_in_the_order_of_the_enum() {
    for (at, row) in Permission::TABLE.iter().enumerate() {
        assert_eq!(row.0 as usize, at);
        assert_eq!(Permission::parse(row.1), Some(row.0));
    }
}

#[test]
fn levels_are_recognised_on_every_kind_of_account() {
    for kind in [AccountKind::Business, AccountKind::Teams, AccountKind::Families] {
        for level in [Level::None, Level::Submit, Level::Read, Level::Write, Level::Manage] {
            if let Some(set) = level.permissions(kind) {
                assert_eq!(Level::of(set, kind), level);
                assert!(set.missing().is_empty(), "{level} on {} lacks {:?}", kind.name(), set.missing());
            } else {
                assert_eq!((level, kind == AccountKind::Business), (Level::Submit, false));
            }
        }
    }
}

#[test]
fn revoking_view_takes_all_but_manage() {
    let all = Level::Manage.permissions(AccountKind::Business).unwrap();
    let gone = Permissions::of(&[Permission::ViewItems]).with_dependents();
    assert_eq!((all - gone).names(), ["manage_vault"]);
}

#[test]
fn other_sets_are_custom() {
    let set = Permissions::parse(["view_items", "export_items"]).unwrap();
    assert_eq!(Level::of(set, AccountKind::Business), Level::Custom);
    assert!(Permissions::parse(["view_itemz"]).is_err());
}

#[test]
fn unknown_is_neither_good_nor_none() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let write = Level::Write.permissions(AccountKind::Business).unwrap();
    let letter = |listed, ledger| Cell::from(listed, ledger).letter(AccountKind::Business);
    assert_eq!(letter(None, None), '?');
    assert_eq!(letter(Some((Listed::Somehow, at(5))), None), '?');
    assert_eq!(letter(Some((Listed::Somehow, at(5))), Some((write, at(1)))), 'W');
    assert_eq!(letter(Some((Listed::Absent, at(5))), Some((write, at(1)))), '-');
    assert_eq!(letter(Some((Listed::Absent, at(5))), Some((write, at(9)))), 'W');
    assert_eq!(letter(Some((Listed::Somehow, at(5))), Some((Permissions::NONE, at(1)))), '?');
}

proptest! {
    #[test]
    fn closures_are_complete_and_stable(set in sets(), other in sets()) {
        prop_assert!(set.with_needed().missing().is_empty());
        prop_assert_eq!(set.with_dependents().with_dependents(), set.with_dependents());
        // What a revoke leaves of a complete set is complete again.
        let left = other.with_needed() - set.with_dependents();
        prop_assert!(left.missing().is_empty());
    }

    #[test]
    fn names_read_back(set in sets()) {
        prop_assert_eq!(Permissions::parse(set.names()), Ok(set));
    }
}
