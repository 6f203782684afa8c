//! Dims, strides and views: the algebra of shapes. It owns no data and knows no tape.

mod broadcast;
mod extents;
mod layout;
mod spec;
mod view;

pub(crate) use broadcast::{broadcast, expand_strides};
pub use extents::Extents;
pub(crate) use layout::{
    Dims, Layout, LayoutId, Layouts, Strides, contiguous_strides, element_count, is_countable,
};
pub use spec::{Axes, Extent, IntoShape, SliceSpec, Span};
pub(crate) use spec::{
    resolve_axes, resolve_axis, resolve_index, resolve_line, resolve_new_axis, resolve_shape,
};
pub(crate) use view::View;
