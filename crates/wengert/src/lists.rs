//! Lists as long as a shape says. A view of one number may have any shape, so that the memory for them may be more than
//! the system has: that is an error, and must not end the process.

use crate::error::{At, Error, Result};

/// Makes room for so many more elements.
pub(crate) fn grow<V>(list: &mut Vec<V>, more: usize, op: &'static str, at: At) -> Result<()> {
    let help = "take a part of it, or free memory";
    let made = list.try_reserve(more).or_else(|_| list.try_reserve_exact(more));
    made.map_err(|_| Error::no_memory(op, "elements", more, 0, help, at))
}

/// An empty list with room for so many elements.
pub(crate) fn room<V>(len: usize, op: &'static str, at: At) -> Result<Vec<V>> {
    let mut list = Vec::new();
    grow(&mut list, len, op, at)?;
    Ok(list)
}

/// Whether there is room for so many elements, for what makes its list where it cannot refuse. Short lists are not tried.
pub(crate) fn check_room<V>(len: usize, op: &'static str, at: At) -> Result<()> {
    if len > 1 << 16 {
        // Else the compiler might leave out a list that nothing uses.
        std::hint::black_box(room::<V>(len, op, at)?);
    }
    Ok(())
}

/// So many times the same.
pub(crate) fn filled<V: Clone>(value: V, len: usize, op: &'static str, at: At) -> Result<Vec<V>> {
    let mut list = room(len, op, at)?;
    list.resize(len, value);
    Ok(list)
}

/// So many elements as they come.
pub(crate) fn collected<V>(
    elements: impl Iterator<Item = V>,
    len: usize,
    op: &'static str,
    at: At,
) -> Result<Vec<V>> {
    let mut list = room(len, op, at)?;
    list.extend(elements);
    debug_assert_eq!(list.len(), len);
    Ok(list)
}
