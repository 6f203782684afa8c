//! The rows of the views. They record nothing, and their gradients go through the sweeps all the same.

use super::table::rows;

rows! {
    "reshape" [[2, 3]] => |_, x| x[0].reshape([3, -1]);
    "transpose" [[2, 3, 2]] => |_, x| x[0].transpose(0, 1);
    "t" [[2, 3]] => |_, x| x[0].t();
    "permute" [[2, 3, 1]] => |_, x| x[0].permute([2, 0, 1]);
    "slice" [[5, 2]] => |_, x| x[0].slice(0, (.., -2));
    "index_axis" [[3, 2]] => |_, x| x[0].index_axis(0, -1);
    "squeeze" [[2, 1, 3]] => |_, x| x[0].squeeze();
    "squeeze_axes" [[1, 2, 1]] => |_, x| x[0].squeeze_axes(0);
    "unsqueeze" [[2, 3]] => |_, x| x[0].unsqueeze(1);
    "expand" [[2, 1]] => |_, x| x[0].expand([2, 2, 3]);
    "broadcast_to" [[3]] => |_, x| x[0].broadcast_to([2, 3]);
    "flip" [[2, 3]] => |_, x| x[0].flip(-1);
    "narrow" [[2, 4]] => |_, x| x[0].narrow(1, 1, 2);
    "split" [[2, 4]] => |_, x| x[0].split([1, 3], 1)[1];
    "split_every" [[5, 2]] => |_, x| x[0].split_every(2, 0).pop().unwrap_or(x[0]);
    "chunk" [[5, 2]] => |_, x| x[0].chunk(2, 0)[0];
    "unbind" [[2, 3]] => |_, x| x[0].unbind(1).pop().unwrap_or(x[0]);
    "flatten" [[2, 3, 2]] => |_, x| x[0].flatten(1, -1);
    "ravel" [[2, 3]] => |_, x| x[0].t().ravel();
    "movedim" [[2, 3, 2]] => |_, x| x[0].movedim(0, 1);
    "unfold" [[5]] => |_, x| x[0].unfold(0, 3, 1);
    "diagonal" [[3, 3]] => |_, x| x[0].diagonal(1);
    "diagonal_axes" [[2, 3, 3]] => |_, x| x[0].diagonal_axes(0, 1, 2);
}
