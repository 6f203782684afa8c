//! The extents of a tensor, inline.

use std::fmt;

/// The most axes that a tensor can have.
pub(crate) const MAX_RANK: usize = 6;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    // Unused places hold 0, so that the derived equality is that of the extents.
    extents: [usize; MAX_RANK],
    rank: usize,
}

impl Shape {
    /// The shape of a number.
    pub(crate) const NUMBER: Shape = Shape { extents: [0; MAX_RANK], rank: 0 };

    pub(crate) fn new(extents: &[usize]) -> Self {
        let rank = extents.len();
        assert!(
            rank <= MAX_RANK,
            "shape: {extents:?} has {rank} axes\n  help: at most {MAX_RANK} are supported"
        );
        let mut shape = Shape { extents: [0; MAX_RANK], rank };
        shape.extents[..rank].copy_from_slice(extents);
        shape
    }

    pub(crate) fn extents(&self) -> &[usize] {
        &self.extents[..self.rank]
    }

    /// The number of elements.
    pub(crate) fn len(&self) -> usize {
        self.extents().iter().product()
    }

    /// Rows and columns.
    pub(crate) fn matrix(&self, op: &str) -> (usize, usize) {
        match *self.extents() {
            [rows, cols] => (rows, cols),
            _ => panic!("{op}: an operand of shape {self:?} is not a matrix\n  help: two axes are needed"),
        }
    }

    /// The extent of the last axis.
    pub(crate) fn last(&self, op: &str) -> usize {
        match self.extents().last() {
            Some(&extent) if extent > 0 => extent,
            _ => panic!("{op}: the last axis of shape {self:?} has no elements"),
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.extents().fmt(f)
    }
}
