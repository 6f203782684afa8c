//! Working memory that is reused.

/// Working memory of the kernels that gather or pack.
///
/// It grows to the largest need and never shrinks: once warm, no kernel allocates. Contents carry nothing
/// from call to call.
///
/// ```
/// use wengert_kernels::{fold_lanes, Scratch, Strided};
///
/// let mut scratch = Scratch::new();
/// let x = [1.0, 2.0, 3.0, 4.0];
/// let mut y = [0.0; 2];
/// fold_lanes(&mut y, [Strided::new(&x, 0, &[2, 2], &[2, 1])], &[0], &mut scratch, |_, [x]| x[0] * x[1]);
/// assert_eq!(y, [3.0, 8.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Scratch<T> {
    pub(crate) buffer: Vec<T>,
    /// The columns of convolutions: products with them pack into the buffer.
    pub(crate) columns: Vec<T>,
}

impl<T> Scratch<T> {
    /// Empty scratch; allocates nothing.
    pub const fn new() -> Self {
        Scratch { buffer: Vec::new(), columns: Vec::new() }
    }
}

impl<T: Copy + Default> Scratch<T> {
    /// `len` elements of any value.
    pub(crate) fn take(&mut self, len: usize) -> &mut [T] {
        take(&mut self.buffer, len)
    }
}

/// `len` elements of any value from a buffer that only grows.
pub(crate) fn take<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
    &mut buffer[..len]
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Scratch::new()
    }
}
