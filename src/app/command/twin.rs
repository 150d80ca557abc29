//! What does the same without the dashboard: for every command that has to do with data.

use super::{Command, Context};

/// The command line that does the same as a command of the screen; capitals stand for what is meant.
/// `None` where a command only moves about on the screen.
pub fn twin(command: &Command) -> Option<&'static str> {
    Some(match (command.name, command.context) {
        ("apply", _) => "apply",
        ("plan", _) => "plan",
        ("give-vaults", _) => "provision STUDENT",
        ("invite", _) => "invite STUDENT",
        ("confirm", _) => "confirm STUDENT",
        ("suspend", _) => "suspend STUDENT",
        ("reactivate", _) => "reactivate STUDENT",
        ("retry", _) => "handoff retry CONSUMER SEQ",
        ("assign" | "choose", _) => "assign ITEM ASSIGNMENT --student STUDENT",
        ("extend" | "due", _) => "extend STUDENT ASSIGNMENT --until +24h",
        ("narrow" | "missing" | "timeline" | "uploads", _) => "missing ASSIGNMENT",
        ("late", _) => "missing ASSIGNMENT --late",
        ("unmatched", _) => "missing --unmatched",
        ("why", _) => "access STUDENT --why",
        ("drift", _) => "drift",
        ("mend", _) => "drift STUDENT --out FILE",
        ("mend-all", _) => "drift --out FILE",
        ("stage-submit", _) => "grant STUDENT --vault STUDENT --level submit",
        ("stage-read", _) => "grant STUDENT --vault STUDENT --level read",
        ("stage-write", _) => "grant STUDENT --vault STUDENT --level write",
        ("stage-manage", _) => "grant STUDENT --vault STUDENT --level manage",
        ("stage-revoke", _) => "revoke STUDENT --vault STUDENT",
        ("review" | "compare", _) => "plan STUDENT",
        ("hold", _) => "jobs pause JOB",
        ("stop", _) => "jobs cancel JOB",
        ("open-job", _) => "jobs show JOB",
        ("download-item", _) => "download STUDENT --item ITEM --to DIR",
        ("download", _) => "download STUDENT --to DIR",
        ("open-items" | "items", _) => "items STUDENT",
        ("open-item", _) => "items STUDENT ITEM",
        ("undo", Context::History) => "undo JOB",
        ("undo" | "redo", _) => "undo",
        ("history" | "open-changes", _) => "history",
        ("close-term" | "sign-off", _) => "close-term",
        ("refresh" | "roster", _) => "status",
        ("attention", _) => "attention",
        ("access" | "show-access" | "heat-map" | "matrix", _) => "access",
        ("activity", _) => "watch --once",
        ("jobs", _) => "jobs",
        ("student" | "inspector", _) => "roster show STUDENT",
        ("import-roster", _) => "roster import FILE",
        ("export", _) => "status --csv",
        ("budget", _) => "budget",
        _ => return None,
    })
}
