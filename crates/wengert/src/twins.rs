//! The macro that gives each method that can fail its `try_` twin.

/// The docs and signature of every method that the macros make, as constants named after it: rows of the op table
/// refer to them.
pub(crate) enum Docs {}

/// The constants of one method.
macro_rules! documented {
    ([$($doc:expr),*] $name:ident $signature:expr) => {
        pastey::paste! {
            impl $crate::twins::Docs {
                #[allow(dead_code, reason = "methods that are no op have no row")]
                pub(crate) const [<DOCS_ $name:upper>]: &'static str = concat!($($doc, "\n"),*);
                #[allow(dead_code, reason = "methods that are no op have no row")]
                pub(crate) const [<SIGNATURE_ $name:upper>]: &'static str = $signature;
            }
        }
    };
}
pub(crate) use documented;

/// Documented methods of `Tensor` with their `try_` twins: the body is the twin's.
macro_rules! methods {
    ($(
        $(#[doc = $doc:expr])*
        $name:ident($self:ident, $at:ident $(, $arg:ident: $type:ty)*) -> $out:ty { $($body:tt)* }
    )*) => {
        $(
            $crate::twins::documented!([$($doc),*] $name
                concat!("x.", stringify!($name), "(", stringify!($($arg: $type),*), ") -> ", stringify!($out)));
        )*
        pastey::paste! {
            impl<T: $crate::tape::Element> $crate::tensor::Tensor<T> {$(
                $(#[doc = $doc])*
                #[doc = ""]
                #[doc = concat!("# Panics\nWhere [`Tensor::try_", stringify!($name), "`](crate::Tensor::try_", stringify!($name), ") gives an error.")]
                #[track_caller]
                #[allow(clippy::should_implement_trait)]
                pub fn $name(self $(, $arg: $type)*) -> $out {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($($arg),*))
                }

                #[doc = concat!("Like [`Tensor::", stringify!($name), "`](crate::Tensor::", stringify!($name), "), but returns the error.")]
                #[track_caller]
                pub fn [<try_ $name>](self $(, $arg: $type)*) -> $crate::error::Result<$out> {
                    let ($self, $at) = (self, $crate::error::At::caller());
                    $($body)*
                }
            )*}
        }
    };
}
pub(crate) use methods;

/// The same for methods of `Tape`, which take it by reference.
macro_rules! tape_methods {
    ($(
        $(#[doc = $doc:expr])*
        $name:ident($self:ident, $at:ident $(, $arg:ident: $type:ty)*) -> $out:ty { $($body:tt)* }
    )*) => {
        $(
            $crate::twins::documented!([$($doc),*] $name
                concat!("tape.", stringify!($name), "(", stringify!($($arg: $type),*), ") -> ", stringify!($out)));
        )*
        pastey::paste! {
            impl<T: $crate::tape::Element> $crate::tape::Tape<T> {$(
                $(#[doc = $doc])*
                #[doc = ""]
                #[doc = concat!("# Panics\nWhere [`Tape::try_", stringify!($name), "`](crate::Tape::try_", stringify!($name), ") gives an error.")]
                #[track_caller]
                pub fn $name(&self $(, $arg: $type)*) -> $out {
                    $crate::error::OrRaise::or_raise(self.[<try_ $name>]($($arg),*))
                }

                #[doc = concat!("Like [`Tape::", stringify!($name), "`](crate::Tape::", stringify!($name), "), but returns the error.")]
                #[track_caller]
                pub fn [<try_ $name>](&self $(, $arg: $type)*) -> $crate::error::Result<$out> {
                    let ($self, $at) = (self, $crate::error::At::caller());
                    $($body)*
                }
            )*}
        }
    };
}
pub(crate) use tape_methods;
