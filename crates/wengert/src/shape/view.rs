//! A view: where a tensor's elements lie. Every method answers with another view over the same slots.

use super::{Dims, Layout, Span, Strides, contiguous_strides, element_count, expand_strides};

/// An offset and a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub offset: usize,
    pub layout: Layout,
}

impl View {
    /// The view with the axes in another order, of which some may be left out.
    pub fn permute(&self, order: &[usize]) -> View {
        let (mut dims, mut strides) = (Dims::new(), Strides::new());
        // Pushed one by one: `collect` on such lists takes as long as the rest of a view.
        for &axis in order {
            dims.push(self.layout.dims[axis]);
            strides.push(self.layout.strides[axis]);
        }
        View { offset: self.offset, layout: Layout::new(dims, strides) }
    }

    /// The elements `span` of one axis.
    pub fn slice(&self, axis: usize, span: Span) -> View {
        let mut view = self.clone();
        let stride = self.layout.strides[axis];
        view.layout.dims[axis] = span.len;
        // The step to the next element means nothing where there is none, and may be anything.
        view.layout.strides[axis] = if span.len > 1 { stride * span.step } else { stride };
        view.layout.len = element_count(&view.layout.dims);
        // Without elements nothing is looked at, and the start could lie beyond every slot.
        if view.layout.len > 0 {
            view.offset = view.offset.wrapping_add_signed(stride * span.start as isize);
        }
        view
    }

    /// One index of one axis; the axis goes.
    pub fn index(&self, axis: usize, index: usize) -> View {
        let mut view = self.slice(axis, Span { start: index, len: 1, step: 1 });
        view.layout.dims.remove(axis);
        view.layout.strides.remove(axis);
        view
    }

    /// A new axis of extent 1 before `axis`.
    pub fn unsqueeze(&self, axis: usize) -> View {
        let mut view = self.clone();
        view.layout.dims.insert(axis, 1);
        view.layout.strides.insert(axis, 0);
        view
    }

    /// The axes of extent 1 among `axes` go.
    pub fn squeeze(&self, axes: &[usize]) -> View {
        let keep = |axis: &usize| !(axes.contains(axis) && self.layout.dims[*axis] == 1);
        let kept: Dims = (0..self.layout.rank()).filter(keep).collect();
        self.permute(&kept)
    }

    /// The view repeated along axes of extent 1, without a copy.
    pub fn expand(&self, dims: &[usize]) -> Option<View> {
        let strides = expand_strides(&self.layout, dims)?;
        Some(View { offset: self.offset, layout: Layout::new(Dims::from_slice(dims), strides) })
    }

    /// The axes `axes` walked from the end.
    pub fn flip(&self, axes: &[usize]) -> View {
        axes.iter().fold(self.clone(), |view, &axis| {
            let len = view.layout.dims[axis];
            view.slice(axis, Span { start: len.saturating_sub(1), len, step: -1 })
        })
    }

    /// The same elements in row-major order under another shape, where strides can express it.
    ///
    /// Runs of axes that lie one within the other are taken together and cut again at the new extents.
    pub fn reshape(&self, dims: &[usize]) -> Option<View> {
        debug_assert_eq!(element_count(dims), self.layout.len);
        let same = |strides| {
            Some(View { offset: self.offset, layout: Layout::new(Dims::from_slice(dims), strides) })
        };
        if self.layout.len == 0 || self.layout.is_contiguous() {
            return same(contiguous_strides(dims));
        }
        let axes: Dims = (0..self.layout.rank()).filter(|&axis| self.layout.dims[axis] != 1).collect();
        let old_dims: Dims = axes.iter().map(|&axis| self.layout.dims[axis]).collect();
        let old_strides: Strides = axes.iter().map(|&axis| self.layout.strides[axis]).collect();
        let mut strides = Strides::from_elem(0, dims.len());
        let (mut old, mut new) = (0, 0);
        while old < old_dims.len() {
            // Take axes from both sides until the two runs have the same number of elements.
            let (first_old, first_new) = (old, new);
            let (mut count_old, mut count_new) = (old_dims[old], 1);
            old += 1;
            while count_new != count_old {
                if count_new < count_old {
                    count_new *= dims[new];
                    new += 1;
                } else {
                    count_old *= old_dims[old];
                    old += 1;
                }
            }
            // Within the run each old axis must step over the whole of the next one.
            for axis in first_old..old - 1 {
                if old_strides[axis] != old_strides[axis + 1] * old_dims[axis + 1] as isize {
                    return None;
                }
            }
            let mut step = old_strides[old - 1];
            for axis in (first_new..new).rev() {
                strides[axis] = step;
                step *= dims[axis] as isize;
            }
        }
        same(strides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(dims: &[usize]) -> View {
        View { offset: 10, layout: Layout::contiguous(dims) }
    }

    #[test]
    fn slices_with_steps_keep_to_the_elements() {
        let view = base(&[5]).slice(0, Span { start: 4, len: 3, step: -2 });
        assert_eq!((view.offset, view.layout.strides.as_slice(), view.layout.len), (14, &[-2][..], 3));
        assert_eq!(base(&[2, 3]).index(0, 1).offset, 13);
        // No elements: the start stays among the slots.
        assert_eq!(base(&[3, 0]).slice(0, Span { start: 2, len: 1, step: 1 }).offset, 10);
        assert_eq!(base(&[0, 3]).index(1, 2).flip(&[0]).offset, 10);
        assert_eq!(base(&[2, 3]).flip(&[0, 1]).offset, 15);
    }

    #[test]
    fn reshape_is_a_view_where_strides_can_express_it() {
        assert!(base(&[2, 3]).reshape(&[3, 2]).is_some());
        let t = base(&[2, 3]).permute(&[1, 0]);
        assert!(t.reshape(&[6]).is_none());
        let split = t.reshape(&[3, 1, 2]).unwrap();
        assert_eq!(split.layout.dims.as_slice(), [3, 1, 2]);
        assert_eq!((split.layout.strides[0], split.layout.strides[2]), (1, 3));
        let expanded = base(&[1, 4]).expand(&[3, 4]).unwrap();
        assert!(expanded.reshape(&[12]).is_none());
        assert!(expanded.reshape(&[3, 2, 2]).is_some());
    }
}
