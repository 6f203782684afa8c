//! The macros that make an op of its block.

/// Pointwise ops: `name(operands) -> result { primal, partial or pull, sample }`. An operand `n: i32` is an integer
/// number, and passive.
///
/// - `primal: expression` over numbers.
/// - `partial: { x => expression, .. }`, one an operand in their order, over any arithmetic: what comes back is
///   `y_bar * partial`. It may read the operands and the result.
/// - or `pull(y_bar): { x => expression, .. }`, where what comes back is no product: a gate, a plain `y_bar`.
/// - `single: expression`, after the primal of a unary op: the value of one number by itself, where another way to it
///   is faster than the one that is made for loops.
/// - `sample: [numbers]`: where tests and the gallery evaluate it.
///
/// From the block come the documented method of `Tensor` and its `try_` twin, the method of `Scalar`, the kernels of
/// tensors, the instruction of scalars, and the row of the op table.
macro_rules! pointwise {
    (
        family $family:ident;
        $(
            $(#[doc = $doc:literal])*
            $name:ident($($x:ident $(: $integer:ident)?),+) -> $y:ident { $($body:tt)* }
        )*
    ) => {
        $(
            pointwise!(@rule $family $name [$($x),+] $y $($body)*);
            pointwise!(@method [$($doc)*] $family $name [$($x $(: $integer)?),+]);
        )*
        pointwise!(@sort $family [] [] $($name [$($x),+])*);
    };

    // ---- the rule
    (@rule $family:ident $name:ident $x:tt $y:ident primal: $primal:expr, single: $single:expr, $($rest:tt)*) => {
        pointwise!(@rule $family $name $x $y [$single] primal: $primal, $($rest)*);
    };
    (@rule $family:ident $name:ident $x:tt $y:ident $([$single:expr])? primal: $primal:expr, partial: { $($k:ident => $partial:expr),+ $(,)? }, sample: $sample:expr $(,)?) => {
        pointwise!(@rule $family $name $x $y $([$single])? primal: $primal, pull(y_bar): { $($k => y_bar * ($partial)),+ }, sample: $sample);
    };
    (@rule $family:ident $name:ident [$x:ident] $y:ident $([$single:expr])? primal: $primal:expr, pull($y_bar:ident): { $k0:ident => $pull0:expr $(,)? }, sample: $sample:expr $(,)?) => {
        #[doc = concat!("The rule of `", stringify!($name), "`.")]
        #[allow(non_camel_case_types)]
        pub(crate) enum $name {}

        impl $crate::rule::Pointwise<1> for $name {
            const NAME: &'static str = stringify!($name);
            const SAMPLE: [f64; 1] = $sample;
            const OP: $crate::rule::OpId = $crate::ops::unary_base($crate::ops::Family::$family) + unary::$name;
            #[inline(always)]
            fn primal<T: wengert_kernels::Real>([$x]: [T; 1]) -> T {
                $primal
            }
            $(
                #[inline(always)]
                fn single<T: wengert_kernels::Real>([$x]: [T; 1]) -> T {
                    $single
                }
            )?
            #[inline(always)]
            #[allow(unused_variables)]
            fn pull<A: $crate::rule::Arithmetic>(_: usize, [$x]: [A; 1], $y: A, $y_bar: A) -> A {
                $pull0
            }
        }
    };
    (@rule $family:ident $name:ident [$a:ident, $b:ident] $y:ident primal: $primal:expr, pull($y_bar:ident): { $k0:ident => $pull0:expr, $k1:ident => $pull1:expr $(,)? }, sample: $sample:expr $(,)?) => {
        #[doc = concat!("The rule of `", stringify!($name), "`.")]
        #[allow(non_camel_case_types)]
        pub(crate) enum $name {}

        impl $crate::rule::Pointwise<2> for $name {
            const NAME: &'static str = stringify!($name);
            const SAMPLE: [f64; 2] = $sample;
            const OP: $crate::rule::OpId = $crate::ops::binary_base($crate::ops::Family::$family) + binary::$name;
            #[inline(always)]
            fn primal<T: wengert_kernels::Real>([$a, $b]: [T; 2]) -> T {
                $primal
            }
            #[inline(always)]
            #[allow(unused_variables)]
            fn pull<A: $crate::rule::Arithmetic>(k: usize, [$a, $b]: [A; 2], $y: A, $y_bar: A) -> A {
                if k == 0 { $pull0 } else { $pull1 }
            }
        }
    };

    // ---- the methods
    (@method [$($doc:literal)*] $family:ident $name:ident [$x:ident]) => {
        pastey::paste! {
            impl<T: $crate::tape::Element> $crate::tensor::Tensor<T> {
                $(#[doc = $doc])*
                #[track_caller]
                #[inline]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self) -> $crate::tensor::Tensor<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]())
                }

                #[doc = concat!("Like [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), "), but returns the error: a stale handle, no room, or the slots are lent.")]
                #[track_caller]
                #[inline]
                pub fn [<try_ $name>](self) -> $crate::error::Result<$crate::tensor::Tensor<T>> {
                    let rule = $crate::rule::pointwise::RuleOf::<$name, T>::UNARY;
                    $crate::tape::pointwise::pointwise(rule, [self.into()], $crate::error::At::caller())
                }
            }

            impl<T: $crate::tape::Element> $crate::scalar::Scalar<T> {
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[track_caller]
                #[inline(always)]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self) -> $crate::scalar::Scalar<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]())
                }

                #[doc = concat!("Like [`Scalar::", stringify!($name), "`](crate::Scalar::", stringify!($name), "), but returns the error: a stale handle, no room, or the slots are lent.")]
                #[track_caller]
                #[inline(always)]
                pub fn [<try_ $name>](self) -> $crate::error::Result<$crate::scalar::Scalar<T>> {
                    $crate::tape::record::unary_op::<$name, T>(self)
                }
            }

            impl<T: $crate::rule::Number, const N: usize> $crate::rule::Dual<T, N> {
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[inline(always)]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self) -> $crate::rule::Dual<T, N> {
                    $crate::rule::Arithmetic::of::<$name>(self)
                }
            }

            impl $name {
                /// The op's row of the table.
                pub(crate) fn row<T: $crate::tape::Element>() -> $crate::ops::table::OpRow<T> {
                    $crate::ops::table::OpRow {
                        name: stringify!($name),
                        docs: concat!($($doc, "\n"),*),
                        sample: &<$name as $crate::rule::Pointwise<1>>::SAMPLE,
                        tensors: |x| x[0].$name(),
                        scalars: |x| x[0].$name(),
                    }
                }
            }
        }
    };
    (@method [$($doc:literal)*] $family:ident $name:ident [$a:ident, $b:ident]) => {
        pastey::paste! {
            impl<T: $crate::tape::Element> $crate::tensor::Tensor<T> {
                $(#[doc = $doc])*
                #[track_caller]
                #[inline]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self, $b: impl Into<$crate::tensor::Operand<T>>) -> $crate::tensor::Tensor<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($b))
                }

                #[doc = concat!("Like [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), "), but returns the error: shapes that do not broadcast, operands on different tapes, a stale handle, no room, or the slots are lent.")]
                #[track_caller]
                #[inline]
                pub fn [<try_ $name>](self, $b: impl Into<$crate::tensor::Operand<T>>) -> $crate::error::Result<$crate::tensor::Tensor<T>> {
                    $name::tensors(self.into(), $b.into(), $crate::error::At::caller())
                }
            }

            impl<T: $crate::tape::Element> $crate::scalar::Scalar<T> {
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[track_caller]
                #[inline(always)]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self, $b: impl Into<$crate::scalar::Scalar<T>>) -> $crate::scalar::Scalar<T> {
                    $crate::error::OrRaise::or_raise($crate::tape::record::with_any::<$name, T>(self, $b.into()))
                }

                #[doc = concat!("Like [`Scalar::", stringify!($name), "`](crate::Scalar::", stringify!($name), "), but returns the error: scalars on different tapes, a stale handle, no room, or the slots are lent.")]
                #[track_caller]
                #[inline(always)]
                pub fn [<try_ $name>](self, $b: impl Into<$crate::scalar::Scalar<T>>) -> $crate::error::Result<$crate::scalar::Scalar<T>> {
                    $crate::tape::record::with_any::<$name, T>(self, $b.into())
                }
            }

            impl<T: $crate::rule::Number, const N: usize> $crate::rule::Dual<T, N> {
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[inline(always)]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self, $b: impl Into<$crate::rule::Dual<T, N>>) -> $crate::rule::Dual<T, N> {
                    $crate::rule::Arithmetic::with::<$name>(self, $b.into())
                }
            }

            impl $name {
                /// The op's row of the table.
                pub(crate) fn row<T: $crate::tape::Element>() -> $crate::ops::table::OpRow<T> {
                    $crate::ops::table::OpRow {
                        name: stringify!($name),
                        docs: concat!($($doc, "\n"),*),
                        sample: &<$name as $crate::rule::Pointwise<2>>::SAMPLE,
                        tensors: |x| x[0].$name(x[1]),
                        scalars: |x| x[0].$name(x[1]),
                    }
                }

                /// The op on tensors, scalars and numbers, of which at least one is a tensor.
                #[inline]
                pub(crate) fn tensors<T: $crate::tape::Element>(
                    a: $crate::tensor::Operand<T>,
                    b: $crate::tensor::Operand<T>,
                    at: $crate::error::At,
                ) -> $crate::error::Result<$crate::tensor::Tensor<T>> {
                    let rule = $crate::rule::pointwise::RuleOf::<$name, T>::BINARY;
                    $crate::tape::pointwise::pointwise(rule, [a, b], at)
                }
            }
        }
    };

    (@method [$($doc:literal)*] $family:ident $name:ident [$x:ident, $n:ident : i32]) => {
        pastey::paste! {
            impl<T: $crate::tape::Element> $crate::tensor::Tensor<T> {
                $(#[doc = $doc])*
                #[track_caller]
                pub fn $name(self, $n: i32) -> $crate::tensor::Tensor<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($n))
                }

                #[doc = concat!("Like [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), "), but returns the error: a stale handle, no room, or the slots are lent.")]
                #[track_caller]
                pub fn [<try_ $name>](self, $n: i32) -> $crate::error::Result<$crate::tensor::Tensor<T>> {
                    let rule = $crate::rule::pointwise::RuleOf::<$name, T>::BINARY;
                    let n = $crate::tensor::Operand::Number($crate::rule::Arithmetic::constant(T::zero(), f64::from($n)));
                    $crate::tape::pointwise::pointwise(rule, [self.into(), n], $crate::error::At::caller())
                }
            }

            impl<T: $crate::tape::Element> $crate::scalar::Scalar<T> {
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[track_caller]
                #[inline(always)]
                pub fn $name(self, $n: i32) -> $crate::scalar::Scalar<T> {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($n))
                }

                #[doc = concat!("Like [`Scalar::", stringify!($name), "`](crate::Scalar::", stringify!($name), "), but returns the error: a stale handle, no room, or the slots are lent.")]
                #[track_caller]
                #[inline(always)]
                pub fn [<try_ $name>](self, $n: i32) -> $crate::error::Result<$crate::scalar::Scalar<T>> {
                    let n = $crate::rule::Arithmetic::constant(T::zero(), f64::from($n));
                    $crate::tape::record::with_right::<$name, T>(self, n)
                }
            }

            impl<T: $crate::rule::Number, const N: usize> $crate::rule::Dual<T, N> {
                #[doc = concat!("The op `", stringify!($name), "`: see [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), ").")]
                #[inline(always)]
                pub fn $name(self, $n: i32) -> $crate::rule::Dual<T, N> {
                    let n = $crate::rule::Arithmetic::constant(self, f64::from($n));
                    $crate::rule::Arithmetic::with::<$name>(self, n)
                }
            }

            impl $name {
                /// The op's row of the table.
                pub(crate) fn row<T: $crate::tape::Element>() -> $crate::ops::table::OpRow<T> {
                    $crate::ops::table::OpRow {
                        name: stringify!($name),
                        docs: concat!($($doc, "\n"),*),
                        sample: &[<$name as $crate::rule::Pointwise<2>>::SAMPLE[0]],
                        tensors: |x| x[0].$name(3),
                        scalars: |x| x[0].$name(3),
                    }
                }
            }
        }
    };

    // ---- unary ops apart from binary ones
    (@sort $family:ident [$($unary:ident)*] [$($binary:ident)*] $name:ident [$x:ident] $($rest:tt)*) => {
        pointwise!(@sort $family [$($unary)* $name] [$($binary)*] $($rest)*);
    };
    (@sort $family:ident [$($unary:ident)*] [$($binary:ident)*] $name:ident [$a:ident, $b:ident] $($rest:tt)*) => {
        pointwise!(@sort $family [$($unary)*] [$($binary)* $name] $($rest)*);
    };
    (@sort $family:ident [$($unary:ident)*] [$($binary:ident)*]) => {
        pointwise!(@numbers unary $($unary)*);
        pointwise!(@numbers binary $($binary)*);

        #[inline(always)]
        #[allow(unused_variables)]
        pub(crate) fn pull_unary<A: $crate::rule::Arithmetic>(op: $crate::rule::OpId, x: A, y: A, y_bar: A) -> A {
            match op {
                $( unary::$unary => <$unary as $crate::rule::Pointwise<1>>::pull(0, [x], y, y_bar), )*
                _ => unreachable!("the family has no such unary op"),
            }
        }
        #[inline(always)]
        #[allow(unused_variables)]
        pub(crate) fn pull_binary<A: $crate::rule::Arithmetic>(op: $crate::rule::OpId, x: [A; 2], y: A, y_bar: A) -> (A, A) {
            match op {
                $( binary::$binary => (
                    <$binary as $crate::rule::Pointwise<2>>::pull(0, x, y, y_bar),
                    <$binary as $crate::rule::Pointwise<2>>::pull(1, x, y, y_bar),
                ), )*
                _ => unreachable!("the family has no such binary op"),
            }
        }
        #[inline(always)]
        #[allow(unused_variables)]
        pub(crate) fn pull_one_of_two<A: $crate::rule::Arithmetic>(op: $crate::rule::OpId, k: usize, x: [A; 2], y: A, y_bar: A) -> A {
            match op {
                $( binary::$binary => <$binary as $crate::rule::Pointwise<2>>::pull(k, x, y, y_bar), )*
                _ => unreachable!("the family has no such binary op"),
            }
        }
        /// The name of a unary op, and which primals its pull reads.
        pub(crate) fn unary_row(op: $crate::rule::OpId, k: usize) -> (&'static str, u64) {
            let _ = k;
            match op {
                $( unary::$unary => (stringify!($unary), $crate::rule::pointwise::reads::<$unary, 1>(k)), )*
                _ => unreachable!("the family has no such unary op"),
            }
        }
        /// The name of a binary op, and which primals its pull for operand `k` reads.
        pub(crate) fn binary_row(op: $crate::rule::OpId, k: usize) -> (&'static str, u64) {
            let _ = k;
            match op {
                $( binary::$binary => (stringify!($binary), $crate::rule::pointwise::reads::<$binary, 2>(k)), )*
                _ => unreachable!("the family has no such binary op"),
            }
        }
        /// The family's rows of the op table.
        pub(crate) fn rows<T: $crate::tape::Element>(rows: &mut Vec<$crate::ops::table::OpRow<T>>) {
            $( rows.push($unary::row()); )*
            $( rows.push($binary::row()); )*
        }
    };
    (@numbers $arity:ident $($name:ident)*) => {
        /// The numbers of the family's ops.
        #[allow(non_upper_case_globals, non_camel_case_types, dead_code)]
        pub(crate) mod $arity {
            enum Order { $($name,)* Count }
            $( pub const $name: $crate::rule::OpId = Order::$name as $crate::rule::OpId; )*
            pub const COUNT: $crate::rule::OpId = Order::Count as $crate::rule::OpId;
        }
    };
}
pub(crate) use pointwise;
