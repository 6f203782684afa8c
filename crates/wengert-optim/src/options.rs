//! Checks of options, and the macro that writes an option's method with its `try_` twin.

use std::panic::Location;

use wengert::{At, Error, Result};

/// The value, or a panic with the text of the error, at the line of the caller.
#[track_caller]
pub(crate) fn or_raise<V>(result: Result<V>) -> V {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// The line of the caller.
#[track_caller]
pub(crate) fn caller() -> At {
    At(Some(Location::caller()))
}

/// The error of an option outside its domain.
pub(crate) fn domain<V>(op: &'static str, what: String, help: &'static str, at: At) -> Result<V> {
    Err(Error::Domain { op, what, help, at })
}

/// A finite option that is 0 or more.
pub(crate) fn not_negative(op: &'static str, name: &str, value: f64, at: At) -> Result<f64> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    domain(
        op,
        format!("{name} is {value}, and it is finite and 0 or more"),
        "give a finite number that is not negative",
        at,
    )
}

/// An option in `[0, 1)`: the share of a running mean that is kept.
pub(crate) fn share(op: &'static str, name: &str, value: f64, at: At) -> Result<f64> {
    if (0.0..1.0).contains(&value) {
        return Ok(value);
    }
    let help = "it is the share of a running mean that a step keeps: 0.9, 0.999";
    domain(op, format!("{name} is {value}, and it lies from 0 up to, not including, 1"), help, at)
}

/// Options of an optimiser: a method that takes and returns it, and its `try_` twin, whose body is written here.
macro_rules! options {
    ($optimizer:ident: $(
        $(#[$doc:meta])*
        $name:ident($self:ident, $at:ident, $($arg:ident: $type:ty),+) { $($body:tt)* }
    )*) => {
        pastey::paste! {
            impl<T: wengert::Element> $optimizer<T> {$(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("# Panics\nWhere [`", stringify!($optimizer), "::try_", stringify!($name), "`] gives an error.")]
                #[track_caller]
                #[must_use = "an option takes the optimiser and returns it"]
                pub fn $name(self, $($arg: $type),+) -> Self {
                    $crate::options::or_raise(self.[<try_ $name>]($($arg),+))
                }

                #[doc = concat!("Like [`", stringify!($optimizer), "::", stringify!($name), "`], but returns the error.")]
                #[track_caller]
                pub fn [<try_ $name>](self, $($arg: $type),+) -> wengert::Result<Self> {
                    let (mut $self, $at) = (self, $crate::options::caller());
                    $($body)*
                    Ok($self)
                }
            )*}
        }
    };
}
pub(crate) use options;
