//! What may leave a scope, and how.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use smallvec::SmallVec;

use super::core::Core;
use super::element::Element;
use super::registry;
use super::scope::Base;
use crate::error::{At, Error, Kind, Result};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// The way out of a scope: it copies the tensors that leave.
pub struct Exit<'a> {
    /// Copies a tensor or keeps a scalar leaf, of the tape whose scope ends.
    ending: &'a dyn Ending,
    error: Option<Error>,
    at: At,
}

/// The core of the ending scope, whatever its element type.
trait Ending {
    fn element(&self) -> TypeId;
    /// The word outside of a tensor's word, or `None` where the tensor is none of the ending scope.
    fn tensor(&self, word: u64) -> Result<Option<u64>>;
    /// The word outside of a scalar's word.
    fn scalar(&self, word: u64, value: f64) -> u64;
}

struct EndingScope<T: Element> {
    core: &'static Core<T>,
    keep_leaves: bool,
    base: Base,
    at: At,
}

impl<T: Element> Ending for EndingScope<T> {
    fn element(&self) -> TypeId {
        TypeId::of::<T>()
    }
    fn tensor(&self, word: u64) -> Result<Option<u64>> {
        if !self.core.is_innermost(word) {
            return Ok(None);
        }
        let id = Core::<T>::variable_of(word);
        self.core.copy_survivor(id, self.keep_leaves, self.base, self.at).map(Some)
    }
    fn scalar(&self, word: u64, value: f64) -> u64 {
        match (self.core.is_innermost(word), self.keep_leaves && self.core.is_scalar_leaf(word)) {
            (true, true) => self.core.copy_scalar_leaf(value, self.base),
            (true, false) => 0,
            (false, _) => word,
        }
    }
}

impl Exit<'_> {
    pub(crate) fn through<T: Element, R: Escape>(
        core: &'static Core<T>,
        keep_leaves: bool,
        base: Base,
        at: At,
        value: R,
    ) -> Result<R> {
        let ending = EndingScope { core, keep_leaves, base, at };
        let mut exit = Exit { ending: &ending, error: None, at };
        let value = value.escape(&mut exit);
        match exit.error {
            None => Ok(value),
            Some(error) => Err(error),
        }
    }
}

/// What a scope may return: it survives as a passive value at the outer level.
///
/// Tensors (copied), scalars, numbers, strings, `()`, indices and masks, tuples, arrays, `Vec`, `Box`, `Option`, `Result`, maps, `ndarray`
/// arrays, and with the feature `nalgebra` matrices, points, rotations and isometries; [`escape!`](crate::escape) makes it of a struct. What
/// is of another crate and holds no handle leaves through a variable: `let mut found = None; tape.scope(|| found = Some(..))`. Handles of an outer level come back as they are.
///
/// A closure that never returns (`panic!()`) has the type `!`, which falls back to `()`, and where it does not, the
/// compiler asks for a type: write `tape.scope(|| -> () { panic!() })`.
///
/// ```
/// use wengert::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([1.0, 2.0]);
/// let (y, sum) = tape.scope(|| {
///     let y = x * 3.0;
///     (y, y.sum().item())
/// });
/// assert_eq!(y.to_vec(), [3.0, 6.0]);
/// assert!(!y.requires_grad());
/// assert_eq!(sum, 9.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot leave a scope",
    note = "a scope returns tensors, scalars, numbers, and tuples, arrays, `Vec`, `Option`, `Result`, maps of them; `wengert::escape!(Type {{ field, .. }})` lets a struct out, and what holds no handle leaves through a variable: `let mut found = None; tape.scope(|| found = Some(..))`"
)]
pub trait Escape: Sized {
    /// Whether it can hold no handle, so that an array of it leaves as it is, without a look at each element.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// The value as it is outside.
    fn escape(self, exit: &mut Exit<'_>) -> Self;
}

impl<T: Element> Escape for Tensor<T> {
    fn escape(self, exit: &mut Exit<'_>) -> Tensor<T> {
        // A stale handle that leaves is found here, where its scope is known, and not at its next use.
        if let Err(error) = registry::resolve::<T>("scope", Kind::Tensor, self.word(), exit.at) {
            exit.error.get_or_insert(error);
            return self;
        }
        if exit.ending.element() != TypeId::of::<T>() {
            return self;
        }
        match exit.ending.tensor(self.word()) {
            Ok(word) => word.map_or(self, Tensor::from_word),
            Err(error) => {
                exit.error.get_or_insert(error);
                self
            }
        }
    }
}

impl<T: Element> Escape for Scalar<T> {
    fn escape(self, exit: &mut Exit<'_>) -> Scalar<T> {
        if !self.is_active() {
            return self;
        }
        if let Err(error) = registry::resolve::<T>("scope", Kind::Scalar, self.word(), exit.at) {
            exit.error.get_or_insert(error);
            return self;
        }
        if exit.ending.element() != TypeId::of::<T>() {
            return self;
        }
        let value = self.value().to_f64().unwrap_or(f64::NAN);
        Scalar::from_parts(self.value(), exit.ending.scalar(self.word(), value))
    }
}

macro_rules! as_they_are {
    ($($value:ty)*) => {$(
        impl Escape for $value {
            const IS_PLAIN: bool = true;
            #[inline]
            fn escape(self, _: &mut Exit<'_>) -> $value {
                self
            }
        }
    )*};
}
as_they_are!(() bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize String &'static str);
as_they_are!(std::time::Duration crate::picks::Indices crate::picks::Mask);

/// Each element leaves as it would alone.
impl<A: Escape, D: ndarray::Dimension> Escape for ndarray::Array<A, D> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        use ndarray::ShapeBuilder;
        if A::IS_PLAIN {
            return self;
        }
        let columns = !self.is_standard_layout() && self.t().is_standard_layout();
        let dim = self.raw_dim().set_f(columns);
        let elements = if columns { self.reversed_axes() } else { self }.into_iter();
        let elements = elements.map(|element| element.escape(exit)).collect();
        ndarray::Array::from_shape_vec(dim, elements).expect("as many elements as there were")
    }
}

impl<T, const N: usize> Escape for crate::rule::Dual<T, N> {
    fn escape(self, _: &mut Exit<'_>) -> Self {
        self
    }
}

impl<R: Escape> Escape for Option<R> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.map(|value| value.escape(exit))
    }
}

/// An error is of any type, and leaves as it is: a handle that it holds is stale outside.
impl<R: Escape, E> Escape for std::result::Result<R, E> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.map(|value| value.escape(exit))
    }
}

impl<R: Escape> Escape for Box<R> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Box::new((*self).escape(exit))
    }
}

impl<R: Escape> Escape for Vec<R> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.into_iter().map(|value| value.escape(exit)).collect()
    }
}

/// Keys are compared and hashed, which no handle is.
impl<K: Eq + Hash, R: Escape, S: BuildHasher + Default> Escape for HashMap<K, R, S> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.into_iter().map(|(key, value)| (key, value.escape(exit))).collect()
    }
}

impl<K: Ord, R: Escape> Escape for BTreeMap<K, R> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.into_iter().map(|(key, value)| (key, value.escape(exit))).collect()
    }
}

impl<R: Escape, A: smallvec::Array<Item = R>> Escape for SmallVec<A> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.into_iter().map(|value| value.escape(exit)).collect()
    }
}

impl<R: Escape, const N: usize> Escape for [R; N] {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        self.map(|value| value.escape(exit))
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<$($name: Escape),+> Escape for ($($name,)+) {
            #[allow(non_snake_case)]
            fn escape(self, exit: &mut Exit<'_>) -> Self {
                let ($($name,)+) = self;
                ($($name.escape(exit),)+)
            }
        }
    )*};
}
tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

/// Lets a struct out of scopes: each field leaves as it would alone. The fields are named as in a pattern: `Type { a, b }`,
/// or `Type(a, b)` of a tuple struct. Type parameters are given with at most one bound each, `Type<T: Element> { a, b }`;
/// for lifetimes, constants and enums implement [`Escape`](crate::Escape) by hand.
///
/// ```
/// use wengert::{Tape, Tensor};
/// struct Fit { slope: Tensor<f64>, loss: f64 }
/// wengert::escape!(Fit { slope, loss });
///
/// let tape = Tape::<f64>::new();
/// let fit = tape.scope(|| Fit { slope: tape.leaf([2.0]) * 2.0, loss: 0.5 });
/// assert_eq!(fit.slope.to_vec(), [4.0]);
/// assert_eq!(fit.loss, 0.5);
///
/// struct Pair<A: wengert::Escape, B>(A, B);
/// wengert::escape!(Pair<A: wengert::Escape, B: wengert::Escape>(a, b));
/// let pair = tape.scope(|| Pair(tape.leaf([2.0]), [tape.scalar(3.0)]));
/// assert_eq!((pair.0.item(), pair.1[0].value()), (2.0, 3.0));
/// ```
#[macro_export]
macro_rules! escape {
    ($name:ident $(<$($parameter:ident $(: $bound:path)?),+ $(,)?>)? { $($field:ident),* $(,)? }) => {
        impl$(<$($parameter $(: $bound)?),+>)? $crate::Escape for $name$(<$($parameter),+>)? {
            fn escape(self, exit: &mut $crate::Exit<'_>) -> Self {
                let $name { $($field),* } = self;
                $name { $($field: $crate::Escape::escape($field, exit)),* }
            }
        }
    };
    ($name:ident $(<$($parameter:ident $(: $bound:path)?),+ $(,)?>)? ($($field:ident),* $(,)?)) => {
        impl$(<$($parameter $(: $bound)?),+>)? $crate::Escape for $name$(<$($parameter),+>)? {
            fn escape(self, exit: &mut $crate::Exit<'_>) -> Self {
                let $name($($field),*) = self;
                $name($($crate::Escape::escape($field, exit)),*)
            }
        }
    };
}
