//! Every size of the screen, with everything that can be wanted on it.

use super::*;

/// The lines at the bottom of a screen of so many, as they are drawn.
fn bottom(height: u16) -> u16 {
    if height < 20 { 2 } else { 3 }
}

fn wanted(focus: Pane, jobs: bool, picture: bool) -> Wanted {
    let left = if focus == Pane::Attention { focus } else { Pane::Roster };
    let below = if focus == Pane::Jobs { focus } else { Pane::Activity };
    Wanted { focus, left, below, jobs, picture, layout: Layout::Auto, zoom: Zoom::Normal }
}

/// What must hold of every screen.
fn check(wanted: Wanted, (width, height): (u16, u16)) {
    let screen = Rect { x: 0, y: 0, width, height };
    let places = layout(wanted, screen, bottom(height));
    let told = || format!("{width}x{height} {wanted:?}: {places:?}");
    let inner = Rect { y: 1, height: height - 1 - bottom(height), ..screen };
    let panes = places.panes.iter().map(|(_, place)| *place);
    let all: Vec<Rect> = panes.clone().chain(places.tabs).chain(places.strip).chain(places.picture).collect();
    let area = |place: Rect| u32::from(place.width) * u32::from(place.height);
    for (at, place) in all.iter().enumerate() {
        assert_eq!(place.intersection(inner), *place, "within the screen: {}", told());
        for other in &all[at + 1..] {
            assert!(!place.intersects(*other), "each cell once: {}", told());
        }
    }
    assert_eq!(all.iter().copied().map(area).sum::<u32>(), area(inner), "no cell left over: {}", told());
    for place in panes {
        let least = if places.is_one() { (60, 8) } else { LEAST };
        assert!(place.width >= least.0 && place.height >= least.1, "large enough: {}", told());
    }
    assert!(places.shows(wanted.focus), "the keys go to what is seen: {}", told());
    assert_ne!(places.layout, Layout::Auto);
    let mut once: Vec<Pane> = places.panes.iter().map(|(pane, _)| *pane).collect();
    once.dedup();
    assert_eq!(once.len(), places.panes.len(), "{}", told());
}

#[test]
fn every_size_holds_every_pane_that_gets_the_keys() {
    for height in 15..=100 {
        for width in 60..=300 {
            for focus in Pane::ALL {
                check(wanted(focus, true, true), (width, height));
                check(wanted(focus, focus == Pane::Jobs, false), (width, height));
            }
        }
    }
}

#[test]
fn every_zoom_and_every_layout_chosen_by_hand_holds_too() {
    for height in (15..=100).step_by(3) {
        for width in (60..=300).step_by(7) {
            for (layout, zoom) in Layout::ALL.into_iter().flat_map(|one| Zoom::ALL.map(|zoom| (one, zoom))) {
                for focus in Pane::ALL {
                    check(Wanted { layout, zoom, ..wanted(focus, true, true) }, (width, height));
                }
            }
        }
    }
}

fn places(wanted: Wanted, (width, height): (u16, u16)) -> Places {
    layout(wanted, Rect { x: 0, y: 0, width, height }, bottom(height))
}

#[test]
fn the_widths_at_which_the_layout_changes_are_the_ones_that_are_written_down() {
    let at = |width| places(wanted(Pane::Roster, true, true), (width, 40));
    assert_eq!([60, 99, 100, 159, 160, 300].map(|width| at(width).layout), {
        use Layout as L;
        [L::One, L::One, L::Grid, L::Grid, L::Wide, L::Wide]
    });
    assert!(!at(239).shows(Pane::Attention) && at(240).shows(Pane::Attention) && at(240).shows(Pane::Roster));
    assert!(at(160).shows(Pane::Inspector) && at(160).shows(Pane::Jobs) && !at(159).shows(Pane::Inspector));
}

#[test]
fn the_strip_has_two_lines_below_30_and_none_below_20() {
    let strip =
        |height| places(wanted(Pane::Roster, false, false), (80, height)).strip.map(|strip| strip.height - 1);
    assert_eq!([15, 19, 20, 29].map(strip), [None, None, Some(2), Some(2)]);
    assert!(strip(40) > Some(2));
}

#[test]
fn a_zoomed_pane_is_at_least_as_large_at_every_step() {
    let size = |wanted: Wanted, size| {
        let places = places(wanted, size);
        let place = places.panes.iter().find(|(pane, _)| *pane == wanted.focus).unwrap().1;
        u32::from(place.width) * u32::from(place.height)
    };
    for screen in [(60, 15), (80, 24), (120, 40), (160, 45), (200, 60), (300, 100)] {
        for focus in Pane::ALL {
            let sizes = Zoom::ALL.map(|zoom| size(Wanted { zoom, ..wanted(focus, true, true) }, screen));
            assert!(sizes.is_sorted(), "{screen:?} {focus:?} {sizes:?}");
            let all = u32::from(screen.0) * u32::from(screen.1 - 1 - bottom(screen.1));
            assert_eq!(sizes[2], all, "{screen:?} {focus:?}: full is everything");
            if screen.0 >= 100 {
                assert!(sizes[1] * 100 >= all * 28, "{screen:?} {focus:?}: {sizes:?} of {all}");
                assert!(sizes[0] < sizes[1], "{screen:?} {focus:?}");
            }
        }
    }
}

#[test]
fn a_layout_that_does_not_fit_gives_way_to_the_next_smaller() {
    let at = |layout, size| places(Wanted { layout, ..wanted(Pane::Roster, true, true) }, size).layout;
    assert_eq!(at(Layout::Wide, (140, 20)), Layout::Wide);
    assert_eq!(at(Layout::Wide, (139, 20)), Layout::Grid);
    assert_eq!(at(Layout::Wide, (200, 19)), Layout::One);
    assert_eq!(at(Layout::Grid, (79, 40)), Layout::One);
    assert_eq!(at(Layout::One, (300, 100)), Layout::One);
}
