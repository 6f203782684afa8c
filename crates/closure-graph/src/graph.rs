//! What scalars and tensors share: marks, the topological sort, and a release without recursion.

use std::cell::Cell;
use std::rc::Rc;

/// The operands of a node, inline; a unary node fills the first place.
pub(crate) type Parents<V> = [Option<Rc<V>>; 2];

/// The mark of a constant. Above every sweep, so that the sort passes it by.
pub(crate) const CONSTANT: u64 = u64::MAX;
/// The mark of a leaf that requires a gradient. Above every sweep too.
pub(crate) const LEAF: u64 = u64::MAX - 1;
/// The mark of a new node with a closure. Below every sweep.
pub(crate) const RECORDED: u64 = 0;

/// A node of either graph.
pub(crate) trait Vertex: 'static {
    /// [`CONSTANT`], [`LEAF`], or the last sweep that reached this node.
    fn mark(&self) -> &Cell<u64>;
    fn parents(&self) -> &Parents<Self>
    where
        Self: Sized;
    fn parents_mut(&mut self) -> &mut Parents<Self>
    where
        Self: Sized;
}

thread_local! {
    static SWEEP: Cell<u64> = const { Cell::new(RECORDED) };
    static SCRATCH: Cell<[Vec<&'static ()>; 2]> = const { Cell::new([Vec::new(), Vec::new()]) };
}

/// Empties a vector of references and keeps its allocation for references of another lifetime and
/// type. The collection of an empty vector into one of the same layout is done in place.
fn recycle<'b, A, B>(mut references: Vec<&A>) -> Vec<&'b B> {
    references.clear();
    references.into_iter().map(|_| unreachable!("the vector was cleared")).collect()
}

/// Calls `visit` on every recorded node that `root` depends on, `root` first and a node always before
/// its operands. Leaves and constants are not visited.
pub(crate) fn visit_from_root<V: Vertex>(root: &V, mut visit: impl FnMut(&V)) {
    let sweep = SWEEP.get() + 1;
    SWEEP.set(sweep);
    let [stack, order] = SCRATCH.take();
    let (mut stack, mut order) = (recycle::<_, V>(stack), recycle::<_, V>(order));

    if root.mark().get() < sweep {
        root.mark().set(sweep);
        stack.push(root);
    }
    // Depth first. Only two operands: the search for an unmarked one starts anew each time, which is
    // cheaper than a stack of positions.
    'next: while let Some(&node) = stack.last() {
        for parent in node.parents().iter().flatten() {
            if parent.mark().get() < sweep {
                parent.mark().set(sweep);
                stack.push(parent);
                continue 'next;
            }
        }
        order.push(node);
        stack.pop();
    }
    for node in order.iter().rev() {
        visit(node);
    }
    SCRATCH.set([recycle(stack), recycle(order)]);
}

/// Releases `parents`, and what they alone keep alive, with a list of its own in place of the call
/// stack. For the `Drop` of a node.
pub(crate) fn release<V: Vertex>(parents: &mut Parents<V>) {
    let mut pending = Vec::new();
    let mut next = detach(parents, &mut pending);
    while let Some(mut node) = next.take().or_else(|| pending.pop()) {
        if let Some(node) = Rc::get_mut(&mut node) {
            next = detach(node.parents_mut(), &mut pending);
        }
        // Here `node` is dropped: it has no parents left, or it has other owners.
    }
}

/// Takes the parents off a node. The first is returned; the second is put aside if its release could
/// go on to further nodes, and dropped otherwise.
fn detach<V: Vertex>(parents: &mut Parents<V>, pending: &mut Vec<Rc<V>>) -> Option<Rc<V>> {
    let second = parents[1].take();
    if let Some(second) = second
        && Rc::strong_count(&second) == 1
        && second.parents()[0].is_some()
    {
        pending.push(second);
    }
    parents[0].take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recycled_vectors_keep_their_capacity() {
        let mut references = Vec::with_capacity(100);
        references.push(&1u8);
        let recycled: Vec<&String> = recycle(references);
        assert!(recycled.is_empty());
        assert_eq!(recycled.capacity(), 100);
    }
}
