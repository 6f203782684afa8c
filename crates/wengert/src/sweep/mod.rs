//! Sweeps along the list. They name no op: a tensor instruction holds its rule, and the rules of scalar instructions
//! come as a type parameter.

mod assemble;
mod beyond;
pub(crate) mod dual;
mod front;
pub(crate) mod ground;
pub(crate) mod lanes;
mod lanes_forward;
mod memory;
mod overwritten;
pub(crate) mod paths;
mod pending;
pub(crate) mod recorded;
pub(crate) mod reverse;
mod stretch;
pub(crate) mod tangent;
mod tensors;
