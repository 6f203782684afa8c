//! A layout: dims and strides, without an offset. Layouts are interned, so that a variable holds four bytes.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use smallvec::SmallVec;

/// Extents of the axes; four of them inline.
pub(crate) type Dims = SmallVec<[usize; 4]>;
/// Strides of the axes in elements; 0 where broadcast, negative where flipped.
pub(crate) type Strides = SmallVec<[isize; 4]>;

/// How many elements a shape has; 1 for rank 0. What cannot be counted saturates, and making it is then refused.
pub(crate) fn element_count(dims: &[usize]) -> usize {
    if dims.contains(&0) {
        0
    } else {
        dims.iter().fold(1, |count: usize, &extent| count.saturating_mul(extent))
    }
}

/// Whether the extents that are not 0 multiply to what memory can be addressed with: ndarray's rule, which also holds
/// where there are no elements.
pub(crate) fn is_countable(dims: &[usize]) -> bool {
    let not_empty = dims.iter().filter(|&&extent| extent != 0);
    not_empty.fold(1, |count: usize, &extent| count.saturating_mul(extent)) <= isize::MAX as usize
}

/// Row-major strides.
pub(crate) fn contiguous_strides(dims: &[usize]) -> Strides {
    let mut strides: Strides = SmallVec::from_elem(0, dims.len());
    let mut step = 1;
    for (stride, &extent) in strides.iter_mut().zip(dims).rev() {
        *stride = step as isize;
        step = usize::saturating_mul(step, extent);
    }
    strides
}

/// Dims and strides.
#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    pub dims: Dims,
    pub strides: Strides,
    /// The number of elements, kept because every op asks for it.
    pub len: usize,
}

impl Clone for Layout {
    /// As copies of slices: element by element it would cost more than the ops that need it.
    #[inline]
    fn clone(&self) -> Layout {
        Layout {
            dims: Dims::from_slice(&self.dims),
            strides: Strides::from_slice(&self.strides),
            len: self.len,
        }
    }
}

impl Hash for Layout {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (&extent, &stride) in self.dims.iter().zip(&self.strides) {
            state.write_usize(extent);
            state.write_isize(stride);
        }
    }
}

impl Layout {
    pub fn new(dims: Dims, strides: Strides) -> Layout {
        debug_assert_eq!(dims.len(), strides.len());
        let len = element_count(&dims);
        Layout { dims, strides, len }
    }

    /// The row-major layout of a shape.
    pub fn contiguous(dims: &[usize]) -> Layout {
        Layout::new(Dims::from_slice(dims), contiguous_strides(dims))
    }

    pub fn rank(&self) -> usize {
        self.dims.len()
    }

    /// Whether the elements lie one after the other in row-major order. Strides of axes of extent 1 do not count.
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for (&extent, &stride) in self.dims.iter().zip(&self.strides).rev() {
            if extent != 1 {
                if stride != step {
                    return false;
                }
                step = isize::saturating_mul(step, extent as isize);
            }
        }
        true
    }
}

/// The name of an interned layout. The top bit says that it is row-major contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayoutId(u32);

impl LayoutId {
    const CONTIGUOUS: u32 = 1 << 31;
    /// The layout of rank 0, interned first.
    pub const SCALAR: LayoutId = LayoutId(LayoutId::CONTIGUOUS);

    #[inline(always)]
    pub fn is_contiguous(self) -> bool {
        self.0 & LayoutId::CONTIGUOUS != 0
    }

    #[inline(always)]
    fn index(self) -> usize {
        (self.0 & !LayoutId::CONTIGUOUS) as usize
    }
}

/// The table of interned layouts. Equal ids mean equal layouts.
pub(crate) struct Layouts {
    table: Vec<Layout>,
    ids: HashMap<Layout, LayoutId, BuildHasherDefault<Mix>>,
    /// Pairs that were broadcast, with what came of them, each at its place: programs repeat themselves.
    memo: [Option<Broadcast>; PLACES],
    /// Row-major layouts that were asked for, each at its place.
    rows: [LayoutId; PLACES],
}

/// How many pairs of layouts, and how many shapes, are remembered: a model has some for each layer.
const PLACES: usize = 32;

/// Where what these words name is remembered.
#[inline(always)]
fn place(words: impl IntoIterator<Item = u64>) -> usize {
    let mut mix = Mix::default();
    words.into_iter().for_each(|word| mix.write_u64(word));
    (mix.finish() >> (64 - PLACES.ilog2())) as usize
}

/// Two layouts and what broadcasting makes of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broadcast {
    pub from: [LayoutId; 2],
    /// The row-major layout of the result.
    pub out: LayoutId,
    /// The operands' layouts with the dims of the result.
    pub expanded: [LayoutId; 2],
}

impl Default for Layouts {
    fn default() -> Layouts {
        let mut layouts = Layouts {
            table: Vec::new(),
            ids: HashMap::default(),
            memo: [None; PLACES],
            rows: [LayoutId::SCALAR; PLACES],
        };
        let scalar = layouts.intern(Layout::contiguous(&[]));
        debug_assert_eq!(scalar, LayoutId::SCALAR);
        layouts
    }
}

impl Layouts {
    #[inline(always)]
    pub fn get(&self, id: LayoutId) -> &Layout {
        &self.table[id.index()]
    }

    pub fn intern(&mut self, layout: Layout) -> LayoutId {
        if let Some(&id) = self.ids.get(&layout) {
            return id;
        }
        let flag = if layout.is_contiguous() { LayoutId::CONTIGUOUS } else { 0 };
        let id = LayoutId(self.table.len() as u32 | flag);
        self.table.push(layout.clone());
        self.ids.insert(layout, id);
        id
    }

    /// The row-major layout of a shape; no allocation when it is known.
    pub fn contiguous(&mut self, dims: &[usize]) -> LayoutId {
        let place = place(dims.iter().map(|&dim| dim as u64));
        let known = self.rows[place];
        if self.get(known).dims[..] == *dims {
            return known;
        }
        let id = self.intern(Layout::contiguous(dims));
        self.rows[place] = id;
        id
    }

    /// What broadcasting makes of two layouts, or the two extents that differ.
    pub fn broadcast(&mut self, from: [LayoutId; 2]) -> Result<Broadcast, (usize, usize)> {
        let place = place(from.map(|id| id.0.into()));
        if let Some(found) = self.memo[place].filter(|memo| memo.from == from) {
            return Ok(found);
        }
        let dims = super::broadcast(&self.get(from[0]).dims, &self.get(from[1]).dims)?;
        let expanded = from.map(|id| {
            let layout = self.get(id);
            let strides = super::expand_strides(layout, &dims).expect("broadcast dims fit both operands");
            self.intern(Layout::new(dims.clone(), strides))
        });
        let made = Broadcast { from, out: self.contiguous(&dims), expanded };
        self.memo[place] = Some(made);
        Ok(made)
    }

    /// Bytes that the table holds.
    pub fn bytes(&self) -> usize {
        self.table.capacity() * size_of::<Layout>() + self.ids.capacity() * size_of::<(Layout, LayoutId)>()
    }
}

/// A multiplicative hash: layouts are few words of small numbers, and an op must not wait for SipHash.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_layouts_share_an_id_and_the_flag_says_contiguous() {
        let mut layouts = Layouts::default();
        let a = layouts.contiguous(&[2, 3]);
        assert_eq!(a, layouts.contiguous(&[2, 3]));
        assert!(a.is_contiguous());
        let t = layouts.intern(Layout::new(Dims::from_slice(&[3, 2]), Strides::from_slice(&[1, 3])));
        assert!(!t.is_contiguous());
        assert_ne!(a, t);
        assert_eq!(layouts.contiguous(&[]), LayoutId::SCALAR);
    }

    #[test]
    fn strides_of_unit_axes_do_not_count() {
        let odd = Layout::new(Dims::from_slice(&[1, 4]), Strides::from_slice(&[77, 1]));
        assert!(odd.is_contiguous());
    }

    #[test]
    fn broadcast_pairs_are_remembered() {
        let mut layouts = Layouts::default();
        let pair = [layouts.contiguous(&[4, 1]), layouts.contiguous(&[3])];
        let made = layouts.broadcast(pair).unwrap();
        assert_eq!(layouts.get(made.out).dims.as_slice(), [4, 3]);
        assert_eq!(layouts.get(made.expanded[0]).strides.as_slice(), [1, 0]);
        assert_eq!(layouts.get(made.expanded[1]).strides.as_slice(), [0, 1]);
        assert_eq!(layouts.broadcast(pair).unwrap().out, made.out);
        // However many others take its place.
        for rows in 1..100 {
            let other = [layouts.contiguous(&[rows, 1]), layouts.contiguous(&[3])];
            let other = layouts.broadcast(other).unwrap();
            assert_eq!(layouts.get(other.out).dims.as_slice(), [rows, 3]);
        }
        assert_eq!(layouts.broadcast(pair).unwrap().expanded, made.expanded);
        let bad = [layouts.contiguous(&[2]), layouts.contiguous(&[3])];
        assert_eq!(layouts.broadcast(bad).unwrap_err(), (2, 3));
    }
}
