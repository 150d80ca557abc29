//! Enums whose variants have a word each, by which plans, settings and command lines name them.

/// Makes such an enum, with all of it, the word of each, and the one of a word:
///
/// ```text
/// worded! {
///     /// A way to go wrong.
///     pub enum Mishap;
///     Hang "hang" "Never answers.";
/// }
/// ```
macro_rules! worded {
    ($(#[$about:meta])* $shown:vis enum $name:ident; $($variant:ident $word:literal $doc:literal;)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $shown enum $name {
            $(#[doc = $doc] $variant,)*
        }

        impl $name {
            /// All of them.
            $shown const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it.
            $shown fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one of that word.
            $shown fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == word)
            }
        }
    };
}

pub(super) use worded;
