//! Students whose vault is being made and whose access is still to come. It tells a vault that was left
//! without its student's access by accident from one whose access somebody took away.

use rusqlite::Row;

use super::row::{all, id, run, text};
use super::{Store, Trouble};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;

impl Store {
    /// Notes that these students are about to get a vault and its access; of who has a vault nothing is
    /// noted, since somebody may have given the access and taken it again.
    pub fn promise(&self, students: &[StudentKey]) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO promised (student) SELECT ?1
            WHERE NOT EXISTS (SELECT 1 FROM binding WHERE student = ?1) ON CONFLICT DO NOTHING";
        self.each_promise(SQL, students)
    }

    /// Notes that these students have got it, or are not to get it.
    pub fn settle_promise(&self, students: &[StudentKey]) -> Result<(), Fault> {
        self.each_promise("DELETE FROM promised WHERE student = ?1", students)
    }

    /// Everybody whose access is still to come.
    pub fn promised(&self) -> Result<Vec<StudentKey>, Fault> {
        let read = |row: &Row<'_>| -> Result<StudentKey, Trouble> { id(text(row, 0)?) };
        self.read(|connection| all(connection, "SELECT student FROM promised ORDER BY student", [], read))
    }

    /// In one transaction; none where there is nobody.
    fn each_promise(&self, sql: &str, students: &[StudentKey]) -> Result<(), Fault> {
        if students.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            students.iter().try_for_each(|student| run(transaction, sql, [student.as_str()]).map(drop))
        })
    }
}
