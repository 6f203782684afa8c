//! How the scalar lane finds a rule: an instruction carries the number of its op, and the families of ops answer.

use super::Arithmetic;

/// The number of a pointwise op within the ops of its arity.
pub(crate) type OpId = u32;

/// The rules of all pointwise ops, found by their numbers. The list of families implements it, and sweeps take it
/// as a type parameter: they name no op, and each rule is inlined into their loop.
pub(crate) trait ScalarRules {
    /// What comes back to the operand.
    fn pull_unary<A: Arithmetic>(op: OpId, x: A, y: A, y_bar: A) -> A;
    /// What comes back to the two operands.
    fn pull_binary<A: Arithmetic>(op: OpId, x: [A; 2], y: A, y_bar: A) -> (A, A);
    /// What comes back to operand `k` alone, where the other is a constant.
    fn pull_one_of_two<A: Arithmetic>(op: OpId, k: usize, x: [A; 2], y: A, y_bar: A) -> A;
    /// The name of an op, and which primals its pull for operand `k` reads.
    fn row(arity: usize, op: OpId, k: usize) -> (&'static str, u64);
}
