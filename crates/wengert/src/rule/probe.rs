//! An arithmetic that computes nothing and notes what it was computed from. Running a derivative on it tells which
//! primals the derivative reads, so that nobody has to declare it and nobody can declare it wrongly.

use std::ops::{Add, BitOr, Div, Mul, Neg, Sub};

use super::{Arithmetic, Pointwise};

/// A set of primals, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe(pub u64);

impl Probe {
    /// A value that was computed from nothing.
    pub const NOTHING: Probe = Probe(0);
}

impl BitOr for Probe {
    type Output = Probe;
    fn bitor(self, other: Probe) -> Probe {
        Probe(self.0 | other.0)
    }
}

macro_rules! unions {
    ($($operator:ident $method:ident)*) => {$(
        #[allow(clippy::suspicious_arithmetic_impl)]
        impl $operator for Probe {
            type Output = Probe;
            fn $method(self, other: Probe) -> Probe {
                self | other
            }
        }
    )*};
}
unions!(Add add Sub sub Mul mul Div div);

impl Neg for Probe {
    type Output = Probe;
    fn neg(self) -> Probe {
        self
    }
}

impl Arithmetic for Probe {
    type Mask = Probe;

    fn constant(self, _: f64) -> Probe {
        Probe::NOTHING
    }
    fn of<O: Pointwise<1>>(self) -> Probe {
        self
    }
    fn with<O: Pointwise<2>>(self, other: Probe) -> Probe {
        self | other
    }
    fn gt(self, other: Probe) -> Probe {
        self | other
    }
    fn le(self, other: Probe) -> Probe {
        self | other
    }
    fn same(self, other: Probe) -> Probe {
        self | other
    }
    fn both(a: Probe, b: Probe) -> Probe {
        a | b
    }
    fn either(a: Probe, b: Probe) -> Probe {
        a | b
    }
    fn select(mask: Probe, yes: Probe, no: Probe) -> Probe {
        mask | yes | no
    }
    fn shortcut(
        holds: impl FnOnce() -> Probe,
        short: impl FnOnce() -> Probe,
        whole: impl FnOnce() -> Probe,
    ) -> Probe {
        holds() | short() | whole()
    }
    fn shortcut_always(short: impl FnOnce() -> Probe, whole: impl FnOnce() -> Probe) -> Probe {
        short() | whole()
    }
}
