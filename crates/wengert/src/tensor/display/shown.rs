//! Which elements are shown, and where they lie. Only these are read: a view may have more elements than memory.

use crate::shape::{Layout, View};

/// A tensor with more elements than this is summarised.
const SUMMARISE: usize = 1000;
/// How many elements a summarised axis shows at either end.
const EDGE: usize = 3;
/// At most so many elements are shown. Summarised axes reach it only where there are more than six of them.
const MOST: usize = 100_000;

/// What is shown of an axis: `first` elements at its start and `last` at its end.
pub(super) struct Axis {
    extent: usize,
    pub first: usize,
    last: usize,
}

impl Axis {
    /// How many elements are shown.
    pub fn shown(&self) -> usize {
        self.first + self.last
    }

    /// Whether there are more.
    pub fn is_cut(&self) -> bool {
        self.shown() < self.extent
    }

    /// The indices that are shown.
    fn indices(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.first).chain(self.extent - self.last..self.extent)
    }
}

/// What is shown of each axis of a layout that is not empty.
pub(super) fn axes(layout: &Layout) -> Vec<Axis> {
    let summarised = layout.len > SUMMARISE;
    let mut count = 1;
    let axis = |&extent: &usize| {
        let (mut first, mut last) = if summarised && extent > 2 * EDGE { (EDGE, EDGE) } else { (extent, 0) };
        // With many axes of few elements there is no end: of the outer ones the first element stands for all.
        if count * (first + last) > MOST {
            (first, last) = (1, 0);
        }
        count *= first + last;
        Axis { extent, first, last }
    };
    let mut axes: Vec<Axis> = layout.dims.iter().rev().map(axis).collect();
    axes.reverse();
    axes
}

/// The slots of the elements that are shown, in row-major order.
pub(super) fn slots(view: &View, axes: &[Axis]) -> Vec<usize> {
    let mut slots = vec![view.offset];
    for (axis, &stride) in axes.iter().zip(&view.layout.strides) {
        let along =
            |slot: usize| axis.indices().map(move |index| (slot as isize + index as isize * stride) as usize);
        slots = slots.into_iter().flat_map(along).collect();
    }
    slots
}
