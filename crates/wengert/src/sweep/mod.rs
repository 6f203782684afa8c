//! Sweeps along the list. They name no op: a tensor instruction holds its rule, and the rules of scalar instructions
//! come as a type parameter.

mod overwritten;
pub(crate) mod paths;
pub(crate) mod reverse;
mod tensors;
