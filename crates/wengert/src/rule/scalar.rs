//! How the scalar lane finds a rule: an instruction carries the number of its op, and the families of ops answer.

/// The number of a pointwise op within the ops of its arity.
pub(crate) type OpId = u32;

/// The rules of all pointwise ops, found by their numbers. The list of families implements it, and sweeps take it
/// as a type parameter: they name no op, and each rule is inlined into their loop.
pub(crate) trait ScalarRules<T> {
    /// What comes back to the operand.
    fn pull_unary(op: OpId, x: T, y: T, y_bar: T) -> T;
    /// What comes back to the two operands.
    fn pull_binary(op: OpId, x: [T; 2], y: T, y_bar: T) -> (T, T);
    /// What comes back to operand `k` alone, where the other is a constant.
    fn pull_one_of_two(op: OpId, k: usize, x: [T; 2], y: T, y_bar: T) -> T;
    /// The name of an op, and which primals its pull for operand `k` reads.
    fn row(arity: usize, op: OpId, k: usize) -> (&'static str, u64);
}
