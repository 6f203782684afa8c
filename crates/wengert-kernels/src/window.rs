//! Strided windows over buffers.

/// Where the elements of a window lie: checked once, against the length of a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    offset: usize,
    dims: &'a [usize],
    strides: &'a [isize],
    len: usize,
    contiguous: bool,
}

impl<'a> Window<'a> {
    /// Panics unless every element lies below `available` and the number of elements fits an `isize`.
    #[inline]
    fn new(available: usize, offset: usize, dims: &'a [usize], strides: &'a [isize]) -> Self {
        assert!(dims.len() == strides.len(), "window: {} dims, {} strides", dims.len(), strides.len());
        // The common case first, with few tests: a non-empty row-major run.
        let mut len = 1_usize;
        let mut contiguous = true;
        for (&dim, &stride) in dims.iter().zip(strides).rev() {
            contiguous &= dim == 1 || stride == len as isize;
            let (next, overflow) = len.overflowing_mul(dim);
            contiguous &= !overflow;
            len = next;
        }
        // Slices of numbers have at most `isize::MAX` elements, so that no `len` below has wrapped a stride.
        if contiguous && len != 0 && offset < available && len <= available - offset {
            return Window { offset, dims, strides, len, contiguous };
        }
        let (len, contiguous) = check(available, offset, dims, strides);
        Window { offset, dims, strides, len, contiguous }
    }
}

/// The number of elements of any window, and whether it is contiguous; panics if an element lies outside.
///
/// Out of line, and with a result that fits registers, so that the common case stays in them.
#[inline(never)]
fn check(available: usize, offset: usize, dims: &[usize], strides: &[isize]) -> (usize, bool) {
    let mut len = 1_usize;
    let (mut low, mut high) = (0_isize, 0_isize);
    let mut overflow = false;
    let mut contiguous = true;
    for (&dim, &stride) in dims.iter().zip(strides).rev() {
        if dim == 0 {
            return (0, true);
        }
        if dim == 1 {
            continue;
        }
        contiguous &= stride == len as isize;
        // A dim beyond `isize::MAX` makes a length beyond it, which the check below refuses.
        let (reach, o1) = (dim as isize - 1).overflowing_mul(stride);
        let (next_low, o2) = low.overflowing_add(reach.min(0));
        let (next_high, o3) = high.overflowing_add(reach.max(0));
        let (next_len, o4) = len.overflowing_mul(dim);
        (low, high, len) = (next_low, next_high, next_len);
        overflow |= o1 | o2 | o3 | o4;
    }
    let inside = !overflow
        && len <= isize::MAX as usize
        && offset < available
        && low.unsigned_abs() <= offset
        && (high as usize) < available - offset;
    if !inside {
        out_of_bounds(available, offset, dims, strides);
    }
    (len, contiguous)
}

#[cold]
#[inline(never)]
fn out_of_bounds(available: usize, offset: usize, dims: &[usize], strides: &[isize]) -> ! {
    panic!(
        "window: dims {dims:?} with strides {strides:?} from offset {offset} leave the buffer of {available}"
    )
}

/// Whether the dims are equal. A loop, because a call to `memcmp` costs more than a few comparisons.
#[inline(always)]
pub(crate) fn same_dims(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

/// A read-only strided window over a buffer.
///
/// Element `[i, j, ..]` is `data[offset + i * strides[0] + j * strides[1] + ..]`. Strides count elements; a
/// stride of 0 repeats an element along its axis (broadcasting) and a negative one walks backwards.
///
/// ```
/// use wengert_kernels::Strided;
///
/// let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let rows = Strided::new(&data, 0, &[2, 3], &[3, 1]);
/// assert_eq!(rows.as_slice(), Some(&data[..]));
/// let transposed = Strided::new(&data, 0, &[3, 2], &[1, 3]);
/// assert_eq!((transposed.len(), transposed.is_contiguous()), (6, false));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a, T> {
    data: &'a [T],
    window: Window<'a>,
}

impl<'a, T> Strided<'a, T> {
    /// The window `dims`, `strides` over `data`, whose first element is `data[offset]`.
    ///
    /// # Panics
    /// If `dims` and `strides` differ in length, or an element lies outside `data`. A window without elements
    /// has no element outside.
    #[inline]
    pub fn new(data: &'a [T], offset: usize, dims: &'a [usize], strides: &'a [isize]) -> Self {
        Strided { data, window: Window::new(data.len(), offset, dims, strides) }
    }

    /// The whole buffer.
    #[inline]
    pub fn data(&self) -> &'a [T] {
        self.data
    }

    /// The position of the first element.
    #[inline]
    pub fn offset(&self) -> usize {
        self.window.offset
    }

    /// The extents.
    #[inline]
    pub fn dims(&self) -> &'a [usize] {
        self.window.dims
    }

    /// The strides, in elements.
    #[inline]
    pub fn strides(&self) -> &'a [isize] {
        self.window.strides
    }

    /// The number of elements: the product of the dims, so 1 at rank 0.
    #[inline]
    pub fn len(&self) -> usize {
        self.window.len
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.window.len == 0
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        self.window.dims.len()
    }

    /// Whether the elements lie one after the other in row-major order. Axes of extent 1 do not matter; an
    /// empty window is contiguous.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.window.contiguous
    }

    /// The elements in row-major order, if they are [contiguous](Self::is_contiguous).
    #[inline]
    pub fn as_slice(&self) -> Option<&'a [T]> {
        match self.window {
            Window { len: 0, .. } => Some(&[]),
            Window { offset, len, contiguous: true, .. } => Some(&self.data[offset..offset + len]),
            _ => None,
        }
    }
}

/// A writable strided window over a buffer: a target of accumulation.
///
/// Laid out as [`Strided`]. Elements may coincide: accumulating through an axis of stride 0 sums over that
/// axis, which is the adjoint of broadcasting.
///
/// ```
/// use wengert_kernels::{add_acc, Strided, StridedMut};
///
/// let mut total = [0.0];
/// let target = StridedMut::new(&mut total, 0, &[3], &[0]);
/// add_acc(target, Strided::new(&[1.0, 2.0, 3.0], 0, &[3], &[1]));
/// assert_eq!(total, [6.0]);
/// ```
#[derive(Debug)]
pub struct StridedMut<'a, T> {
    data: &'a mut [T],
    window: Window<'a>,
}

impl<'a, T> StridedMut<'a, T> {
    /// The window `dims`, `strides` over `data`, whose first element is `data[offset]`.
    ///
    /// # Panics
    /// As [`Strided::new`].
    #[inline]
    pub fn new(data: &'a mut [T], offset: usize, dims: &'a [usize], strides: &'a [isize]) -> Self {
        let window = Window::new(data.len(), offset, dims, strides);
        StridedMut { data, window }
    }

    /// The same window for a shorter time.
    #[inline]
    pub fn reborrow(&mut self) -> StridedMut<'_, T> {
        StridedMut { data: self.data, window: self.window }
    }

    /// The same window, read-only.
    #[inline]
    pub fn as_strided(&self) -> Strided<'_, T> {
        Strided { data: self.data, window: self.window }
    }

    /// The whole buffer.
    #[inline]
    pub fn data(&self) -> &[T] {
        self.data
    }

    /// The whole buffer, writable.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [T] {
        self.data
    }

    /// The position of the first element.
    #[inline]
    pub fn offset(&self) -> usize {
        self.window.offset
    }

    /// The extents.
    #[inline]
    pub fn dims(&self) -> &'a [usize] {
        self.window.dims
    }

    /// The strides, in elements.
    #[inline]
    pub fn strides(&self) -> &'a [isize] {
        self.window.strides
    }

    /// The number of index tuples: the product of the dims. Distinct ones may share an element.
    #[inline]
    pub fn len(&self) -> usize {
        self.window.len
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.window.len == 0
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        self.window.dims.len()
    }

    /// Whether the elements lie one after the other in row-major order, as [`Strided::is_contiguous`].
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.window.contiguous
    }

    /// The elements in row-major order, if they are [contiguous](Self::is_contiguous).
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        self.as_strided().as_slice()
    }

    /// The elements in row-major order, writable, if they are [contiguous](Self::is_contiguous).
    #[inline]
    pub fn as_mut_slice(&mut self) -> Option<&mut [T]> {
        match self.window {
            Window { len: 0, .. } => Some(&mut []),
            Window { offset, len, contiguous: true, .. } => Some(&mut self.data[offset..offset + len]),
            _ => None,
        }
    }
}
