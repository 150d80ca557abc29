//! A student's key out of whatever text identifies the student. Knows letters, nothing of files.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::class::StudentKey;

/// Folds a text to a key: compatibility forms undone and accents dropped (NFKD), lower case, what
/// else is not `a-z` or `0-9` becomes one `-`; cut to 64. `None` when nothing is left.
///
/// It is not injective (`Müller` and `Muller` fold to the same), so whoever makes keys has to look
/// for collisions.
pub(super) fn fold(text: &str) -> Option<StudentKey> {
    let mut key = String::new();
    for letter in plain(text) {
        if letter.is_ascii_alphanumeric() {
            key.push(letter);
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
        if key.len() >= StudentKey::LONGEST {
            break;
        }
    }
    StudentKey::parse(key.trim_end_matches('-'))
}

/// The letters of a text without accents, in lower case; with the letters written out that have no
/// decomposition in Unicode.
pub(super) fn plain(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).flat_map(|c| {
        let spelled = match c {
            'ł' => "l",
            'đ' | 'ð' => "d",
            'ø' => "o",
            'ħ' => "h",
            'ı' => "i",
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'þ' => "th",
            _ => "",
        };
        spelled.chars().chain(spelled.is_empty().then_some(c))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds_to_plain_letters() {
        for (text, key) in [
            ("S1234567", "s1234567"),
            (" 20-123.456 ", "20-123-456"),
            ("Łukasz.Żółć", "lukasz-zolc"),
            ("Đỗ Thị Ánh", "do-thi-anh"),
            ("Straße & Søn", "strasse-son"),
            ("İnci/ılık", "inci-ilik"),
            ("Æther Œuvre Ðorð", "aether-oeuvre-dord"),
            ("--o'neil--", "o-neil"),
            ("=\"00123\"", "00123"),
            ("ﬁ１２", "fi12"),
        ] {
            assert_eq!(fold(text).unwrap().as_str(), key, "{text}");
        }
        for nothing in ["", "---", "王小明", "@"] {
            assert_eq!(fold(nothing), None, "{nothing}");
        }
        assert_eq!(fold(&"ab-".repeat(50)).unwrap().as_str().len(), 64);
    }

    proptest! {
        #[test]
        fn every_key_is_one_and_folds_to_itself(text in any::<String>()) {
            if let Some(key) = fold(&text) {
                prop_assert_eq!(StudentKey::parse(key.as_str()), Some(key.clone()));
                prop_assert_eq!(fold(key.as_str()), Some(key));
            }
        }
    }
}
