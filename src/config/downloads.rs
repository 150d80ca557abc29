//! How much is fetched at most: `[download]`.

use toml::de::DeValue;

use super::document::Document;
use super::value::{Taken, Wrong, mismatch};
use crate::domain::transfer::Quotas;

/// The units of sizes, in bytes; as IEC 80000-13 names the powers of 1024, and SI those of 1000.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// The quotas of the file, each by default where it is not set.
pub(super) fn quotas(file: &mut Document<'_>) -> Quotas {
    let mut quotas = Quotas::default();
    for (path, quota) in [
        ("download.most_of_file", &mut quotas.file),
        ("download.most_of_student", &mut quotas.student),
        ("download.most_in_all", &mut quotas.run),
    ] {
        if let Some(most) = file.take(path, size) {
            *quota = most;
        }
    }
    quotas
}

/// A size as it is printed: in the largest unit of 1024 that leaves nothing over.
pub(super) fn written(bytes: u64) -> String {
    let whole = UNITS.iter().take(4).rev().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    let (name, unit) = whole.copied().unwrap_or(("B", 1));
    format!("{}{name}", bytes / unit)
}

fn size(value: &DeValue<'_>) -> Taken<u64> {
    const MEND: &str = "write a size such as \"500MiB\" or \"2GiB\"";
    let written = value.as_str().ok_or_else(|| mismatch(value, "a string", MEND))?;
    let wrong = || Wrong::new(format!("\"{written}\" is no size"), MEND);
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((written.strip_suffix(name)?.trim_end(), *unit)))
        .ok_or_else(wrong)?;
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let bytes = number.checked_mul(unit).filter(|_| !digits.starts_with('+')).ok_or_else(wrong)?;
    if bytes == 0 { Err(Wrong::new("nothing could be fetched", MEND)) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use crate::config::{Environment, parse};

    fn read(lines: &str) -> Result<[u64; 3], String> {
        let text = format!("[class]\nid = \"CS\"\n[download]\n{lines}\n");
        let config = parse(&text, "/classes/cs.toml", &Environment::default());
        let config =
            config.map_err(|refusal| refusal.problems.iter().map(ToString::to_string).collect::<String>())?;
        let again = parse(&config.to_toml(), "/classes/cs.toml", &Environment::default());
        assert_eq!(again.map(|again| again.download).ok(), Some(config.download), "printed and read again");
        Ok([config.download.file, config.download.student, config.download.run])
    }

    #[test]
    fn sizes_are_read_in_units_of_1024_and_of_1000() {
        let read = read("most_of_file = \"500MiB\"\nmost_of_student = \"2 GB\"\nmost_in_all = \"17B\"");
        assert_eq!(read, Ok([500 << 20, 2_000_000_000, 17]));
    }

    #[test]
    fn what_is_no_size_is_told() {
        for wrong in
            ["\"\"", "\"5\"", "\"0MiB\"", "\"-1MiB\"", "\"+1MiB\"", "\"1.5GiB\"", "\"99999999999TiB\"", "5"]
        {
            let said = read(&format!("most_of_file = {wrong}")).unwrap_err();
            assert!(said.contains("`download.most_of_file`") && said.contains("500MiB"), "{wrong}: {said}");
        }
    }
}
