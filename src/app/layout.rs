//! How the panes share the screen, as far as a person decides about it. Knows no sizes: those belong to the
//! drawing.

use super::msg::Pane;
use super::{State, Weight};
use crate::domain::preferences::Layout;

/// How much of the screen the pane with the keys takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zoom {
    /// Its place among the others.
    #[default]
    Normal,
    /// About half of the screen or more; the others share the rest.
    Half,
    /// All of it.
    Full,
}

impl Zoom {
    /// Every size, the smallest first.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Half, Self::Full];

    /// The word in titles; empty for its usual place.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Half => "half",
            Self::Full => "full",
        }
    }

    /// The next larger size, if there is one.
    pub fn larger(self) -> Option<Self> {
        Self::ALL.into_iter().find(|one| *one > self)
    }

    /// The next smaller size, if there is one.
    pub fn smaller(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|one| *one < self)
    }
}

/// What decides where panes stand, beside the size of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The pane that has the keys: it is always shown.
    pub focus: Pane,
    /// Which of attention and roster is shown where there is room for one.
    pub left: Pane,
    /// Which of activity and jobs is shown where there is room for one.
    pub below: Pane,
    /// Whether there is anything to show under jobs.
    pub jobs: bool,
    /// Whether there is a picture to show beside the activity.
    pub picture: bool,
    /// How many panes at once.
    pub layout: Layout,
    /// How large the pane with the keys is.
    pub zoom: Zoom,
}

impl State {
    /// Shows so many panes at once.
    pub(super) fn pin(&mut self, layout: Layout) {
        self.layout = layout;
        self.say(Weight::Info, format!("layout: {}", layout.name()));
    }

    /// What decides where panes stand.
    pub fn wanted(&self) -> Wanted {
        let jobs = self.panes().any(|pane| pane == Pane::Jobs);
        Wanted {
            focus: self.focus,
            left: self.left,
            below: if jobs { self.below } else { Pane::Activity },
            jobs,
            picture: super::picture::has_uploads(self),
            layout: self.layout,
            zoom: self.zoom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_steps_of_a_ladder() {
        for (smaller, larger) in Zoom::ALL.into_iter().zip(Zoom::ALL.into_iter().skip(1)) {
            assert_eq!((smaller.larger(), larger.smaller()), (Some(larger), Some(smaller)));
        }
        assert_eq!((Zoom::Normal.smaller(), Zoom::Full.larger()), (None, None));
    }
}
