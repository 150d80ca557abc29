//! Who is in the class, and whose vault is whose.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use super::access::record;
use super::row::{all, count, first, id, run, stamp, text, time};
use super::{Store, Trouble};
use crate::domain::access::{Permissions, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::roster::Student;
use crate::domain::text::{SafeText, Untrusted};

/// A student, and whether the last roster still had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Who.
    pub student: Student,
    /// Whether they have left the class. Their row stays, since their vault does.
    pub gone: bool,
}

/// Which vault is a student's: one to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose.
    pub student: StudentKey,
    /// Which.
    pub vault: VaultId,
    /// The nonce in the vault's description, by which it is recognised.
    pub nonce: String,
    /// When it was bound, by this machine's clock.
    pub bound_at: Timestamp,
}

impl Store {
    /// Everybody who is or was in the class, by key.
    pub fn students(&self) -> Result<Vec<Enrolled>, Fault> {
        self.read(|connection| {
            all(connection, "SELECT key, name, email, gone FROM student ORDER BY key", [], |row| {
                let student = Student {
                    key: id(text(row, 0)?)?,
                    name: SafeText::new(text(row, 1)?),
                    email: Untrusted::new(text(row, 2)?),
                };
                Ok(Enrolled { student, gone: row.get(3)? })
            })
        })
    }

    /// Adds students, or brings those with the same key up to date; who was gone is back.
    pub fn enroll(&self, students: &[Student]) -> Result<(), Fault> {
        self.apply_roster(students, &[])
    }

    /// Takes over a new roster in one transaction: adds or updates the `present`, and marks the
    /// others as `gone`. Students in neither list stay as they are.
    pub fn apply_roster(&self, present: &[Student], gone: &[StudentKey]) -> Result<(), Fault> {
        self.write(|transaction| {
            enroll(transaction, present)?;
            for key in gone {
                run(transaction, "UPDATE student SET gone = 1 WHERE key = ?1", [key.as_str()])?;
            }
            Ok(())
        })
    }

    /// How many students have a vault.
    pub fn bound(&self) -> Result<u64, Fault> {
        let found = self
            .read(|connection| first(connection, "SELECT count(*) FROM binding", [], |row| count(row, 0)))?;
        Ok(found.unwrap_or_default())
    }

    /// Every binding, by the student's key.
    pub fn bindings(&self) -> Result<Vec<Binding>, Fault> {
        const SQL: &str = "SELECT student, vault, nonce, bound_at FROM binding ORDER BY student";
        self.read(|connection| {
            all(connection, SQL, [], |row| {
                Ok(Binding {
                    student: id(text(row, 0)?)?,
                    vault: id(text(row, 1)?)?,
                    nonce: text(row, 2)?.to_owned(),
                    bound_at: time(text(row, 3)?)?,
                })
            })
        })
    }

    /// Binds a vault to a student. The same pair again changes nothing.
    ///
    /// [`Kind::Refused`](crate::domain::fault::Kind::Refused) if the student has another vault, or the vault another student, and for a vault in
    /// quarantine.
    pub fn bind(
        &self,
        student: &StudentKey,
        vault: &VaultId,
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.write(|transaction| bind(transaction, student, vault, nonce, now))
    }

    /// Takes over a class that was made elsewhere: everybody, whose vault is whose, and what was granted, in
    /// one transaction, since each costs a sync of the disk.
    ///
    /// # Errors
    /// As [`Store::bind`].
    pub fn take_over(
        &self,
        students: &[Student],
        bindings: &[Binding],
        granted: &[(VaultId, Principal, Permissions)],
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.write(|transaction| {
            enroll(transaction, students)?;
            for one in bindings {
                bind(transaction, &one.student, &one.vault, &one.nonce, one.bound_at)?;
            }
            granted.iter().try_for_each(|(vault, who, set)| record(transaction, vault, who, *set, now))
        })
    }
}

fn enroll(transaction: &Transaction<'_>, students: &[Student]) -> Result<(), Trouble> {
    const SQL: &str = "INSERT INTO student (key, name, email, gone) VALUES (?1, ?2, ?3, 0)
        ON CONFLICT (key) DO UPDATE SET name = excluded.name, email = excluded.email, gone = 0";
    students.iter().try_for_each(|student| {
        let row = (student.key.as_str(), student.name.as_str(), student.email.raw());
        run(transaction, SQL, row).map(drop)
    })
}

fn bind(
    transaction: &Transaction<'_>,
    student: &StudentKey,
    vault: &VaultId,
    nonce: &str,
    now: Timestamp,
) -> Result<(), Trouble> {
    const SQL: &str = "INSERT INTO binding (student, vault, nonce, bound_at) VALUES (?1, ?2, ?3, ?4)";
    match bound(transaction, student, vault)? {
        None if Store::is_quarantined(transaction, vault)? => {
            let message = format!("vault {vault} is in quarantine: it is nobody's");
            Err(Trouble::Told(Fault::refused(message).hint("see `strongroom quarantine`")))
        }
        None => run(transaction, SQL, (student.as_str(), vault.as_str(), nonce, stamp(now))).map(drop),
        Some((whose, which)) if whose == *student && which == *vault => Ok(()),
        Some((whose, which)) => {
            let message = format!("vault {vault} cannot be {student}'s: vault {which} is {whose}'s");
            let hint = "one student, one vault: look at both in 1Password before anything is unbound";
            Err(Trouble::Told(Fault::refused(message).hint(hint)))
        }
    }
}

/// A binding that has the student or the vault; one that has not both, if there is one.
fn bound(
    connection: &Connection,
    student: &StudentKey,
    vault: &VaultId,
) -> Result<Option<(StudentKey, VaultId)>, Trouble> {
    const SQL: &str = "SELECT student, vault FROM binding WHERE student = ?1 OR vault = ?2
        ORDER BY student = ?1 AND vault = ?2 LIMIT 1";
    first(connection, SQL, (student.as_str(), vault.as_str()), |row| {
        Ok((id(text(row, 0)?)?, id(text(row, 1)?)?))
    })
}
