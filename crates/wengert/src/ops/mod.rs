//! The ops: one block an op. Families of pointwise ops are listed here; each numbers its own ops from the count of
//! those before it, and the scalar lane finds a rule by that number.

mod macros;

pub(crate) mod activation;
mod argmax;
pub(crate) mod arithmetic;
mod blend;
pub(crate) mod bounds;
mod clamp;
mod compare;
mod dual;
mod gates;
mod handles;
mod index;
mod join;
pub(crate) mod lanes;
mod linalg;
mod masks;
pub(crate) mod math;
pub(crate) mod nn;
mod operators;
mod pad;
pub(crate) mod positions;
pub(crate) mod power;
pub(crate) mod rectifiers;
mod recurrence;
mod reduce;
mod repeat;
pub(crate) mod rounding;
pub(crate) mod scan;
mod scatter;
mod seen;
pub(crate) mod select;
pub(crate) mod sort;
pub(crate) mod special;
mod stacks;
mod statements;
pub mod table;
mod traced;
mod triangle;
pub(crate) mod trigonometric;

pub use pad::Pad;

use crate::rule::{Arithmetic, OpId, ScalarRules};
use nn::penalty;

/// All pointwise ops, as the scalar lane finds them.
pub(crate) enum Ops {}

macro_rules! families {
    ($first:ident $($family:ident)*) => {
        #[allow(non_camel_case_types)]
        pub(crate) enum Family { $first, $($family),* }

        const UNARY: &[OpId] = &[$first::unary::COUNT, $($family::unary::COUNT),*];
        const BINARY: &[OpId] = &[$first::binary::COUNT, $($family::binary::COUNT),*];

        // The first family is compiled into the loop of the sweep. The others are called: they call functions of
        // the system themselves, around which the loop would have to save its registers at every instruction.
        impl ScalarRules for Ops {
            #[inline(always)]
            fn pull_unary<A: Arithmetic>(op: OpId, x: A, y: A, y_bar: A) -> A {
                #[inline(never)]
                fn other<A: Arithmetic>(op: OpId, x: A, y: A, y_bar: A) -> A {
                    $(
                        if op < unary_base(Family::$family) + $family::unary::COUNT {
                            return $family::pull_unary(op - unary_base(Family::$family), x, y, y_bar);
                        }
                    )*
                    unreachable!("no unary op has the number {op}")
                }
                if op < $first::unary::COUNT {
                    return $first::pull_unary(op, x, y, y_bar);
                }
                other(op, x, y, y_bar)
            }
            #[inline(always)]
            fn pull_binary<A: Arithmetic>(op: OpId, x: [A; 2], y: A, y_bar: A) -> (A, A) {
                #[inline(never)]
                fn other<A: Arithmetic>(op: OpId, a: A, b: A, y: A, y_bar: A) -> (A, A) {
                    $(
                        if op < binary_base(Family::$family) + $family::binary::COUNT {
                            return $family::pull_binary(op - binary_base(Family::$family), [a, b], y, y_bar);
                        }
                    )*
                    unreachable!("no binary op has the number {op}")
                }
                if op < $first::binary::COUNT {
                    return $first::pull_binary(op, x, y, y_bar);
                }
                other(op, x[0], x[1], y, y_bar)
            }
            #[inline(always)]
            fn pull_one_of_two<A: Arithmetic>(op: OpId, k: usize, x: [A; 2], y: A, y_bar: A) -> A {
                #[inline(never)]
                fn other<A: Arithmetic>(op: OpId, k: usize, a: A, b: A, y: A, y_bar: A) -> A {
                    $(
                        if op < binary_base(Family::$family) + $family::binary::COUNT {
                            return $family::pull_one_of_two(op - binary_base(Family::$family), k, [a, b], y, y_bar);
                        }
                    )*
                    unreachable!("no binary op has the number {op}")
                }
                if op < $first::binary::COUNT {
                    return $first::pull_one_of_two(op, k, x, y, y_bar);
                }
                other(op, k, x[0], x[1], y, y_bar)
            }
            fn row(arity: usize, op: OpId, k: usize) -> (&'static str, u64) {
                families!(@row arity op k $first $($family)*);
                unreachable!("no op has the number {op}")
            }
        }

        /// The rows of all families.
        fn pointwise_rows<T: crate::tape::Element>() -> Vec<table::OpRow<T>> {
            let mut rows = Vec::new();
            $first::rows(&mut rows);
            $( $family::rows(&mut rows); )*
            rows
        }
    };
    (@row $arity:ident $op:ident $k:ident $($family:ident)*) => {$(
        if $arity == 1 && $op < unary_base(Family::$family) + $family::unary::COUNT {
            return $family::unary_row($op - unary_base(Family::$family), $k);
        }
        if $arity == 2 && $op < binary_base(Family::$family) + $family::binary::COUNT {
            return $family::binary_row($op - binary_base(Family::$family), $k);
        }
    )*};
}

/// The rows of all structural ops: each family names its own.
fn structural_rows<T: crate::tape::Element>() -> Vec<table::CallRow<T>> {
    [
        blend::rows(),
        clamp::rows(),
        gates::rows(),
        reduce::rows(),
        argmax::rows(),
        scan::rows(),
        sort::rows(),
        join::rows(),
        seen::rows(),
        linalg::rows(),
        nn::rows(),
        masks::rows(),
        index::rows(),
        scatter::rows(),
        triangle::rows(),
        pad::rows(),
        repeat::rows(),
        stacks::rows(),
    ]
    .concat()
}

// Arithmetic first: most instructions are of it.
families!(arithmetic power math activation rounding bounds trigonometric special rectifiers penalty);

/// The number of the first unary op of a family.
pub(crate) const fn unary_base(family: Family) -> OpId {
    sum_before(UNARY, family as usize)
}

/// The number of the first binary op of a family.
pub(crate) const fn binary_base(family: Family) -> OpId {
    sum_before(BINARY, family as usize)
}

const fn sum_before(counts: &[OpId], end: usize) -> OpId {
    let (mut sum, mut k) = (0, 0);
    while k < end {
        sum += counts[k];
        k += 1;
    }
    sum
}

// Six bits of an instruction tell binary ops apart.
const _: () = assert!(sum_before(BINARY, BINARY.len()) <= crate::tape::word::BINARY_LIMIT);
