"""Writes `values.jsonl`, what the ops of wengert's tables must give: values and gradients by each op's textbook
definition, written as plain loops here and evaluated with mpmath at 60 digits.

    python3 tests/oracle/make.py

needs mpmath 1.3 and nothing else. A derivative is the central difference of the definition with a step of 1e-18, which
at 60 digits is right to 30 and more: no derivative rule is written here. Gradients are of the weighted sum of the
elements, with the weights `w` of the line. Inputs are exact in f64.
"""

import itertools
import json
import os

from mpmath import mp, mpf

mp.dps = 60
STEP = mpf(10) ** -18


# ---- arrays: extents, and the elements in row-major order


class Array:
    def __init__(self, dims, values):
        self.dims, self.values = tuple(dims), list(values)
        assert len(self.values) == count(self.dims), (dims, len(self.values))

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        assert len(index) == len(self.dims)
        place = 0
        for i, extent in zip(index, self.dims):
            assert 0 <= i < extent, (index, self.dims)
            place = place * extent + i
        return self.values[place]

    def map(self, f):
        return Array(self.dims, [f(x) for x in self.values])


def count(dims):
    n = 1
    for extent in dims:
        n *= extent
    return n


def places(dims):
    return list(itertools.product(*[range(extent) for extent in dims]))


def make(dims, f):
    return Array(dims, [f(*index) for index in places(dims)])


def broadcast(*shapes):
    rank = max(len(dims) for dims in shapes)
    padded = [(1,) * (rank - len(dims)) + tuple(dims) for dims in shapes]
    return tuple(next((e for e in extents if e != 1), 1) for extents in zip(*padded))


def seen(x, index):
    """The element of `x` that broadcasts to the index."""
    own = index[len(index) - len(x.dims):]
    return x[tuple(i if extent != 1 else 0 for i, extent in zip(own, x.dims))]


def each(f, *arrays):
    dims = broadcast(*[x.dims for x in arrays])
    return make(dims, lambda *index: f(*[seen(x, index) for x in arrays]))


def along(x, axes, f, keep=False):
    """`f` of the elements along axes."""
    rank = len(x.dims)
    axes = range(rank) if axes is None else [a % rank for a in axes]
    rest = [a for a in range(rank) if a not in axes]

    def at(*outer):
        fixed = dict(zip(rest, outer))
        inner = places([x.dims[a] for a in axes])
        return f([x[tuple({**fixed, **dict(zip(axes, i))}[a] for a in range(rank))] for i in inner])

    y = make([x.dims[a] for a in rest], at)
    return Array([1 if a in axes else x.dims[a] for a in range(rank)], y.values) if keep else y


def lines(x, axis, f):
    """Each line along an axis replaced by `f` of it, which may be longer or shorter."""
    rank = len(x.dims)
    axis %= rank
    line = lambda index: [x[index[:axis] + (i,) + index[axis + 1:]] for i in range(x.dims[axis])]
    n = len(f(line((0,) * rank)))
    dims = x.dims[:axis] + (n,) + x.dims[axis + 1:]
    return make(dims, lambda *index: f(line(index))[index[axis]])


def cat(arrays, axis=0):
    dims, parts = list(arrays[0].dims), []
    dims[axis] = sum(x.dims[axis] for x in arrays)

    def at(*index):
        i = index[axis]
        for x in arrays:
            if i < x.dims[axis]:
                return x[index[:axis] + (i,) + index[axis + 1:]]
            i -= x.dims[axis]

    return make(dims, at)


def flat(*arrays):
    values = [value for x in arrays for value in x.values]
    return Array([len(values)], values)


def reduced(x, how):
    total = mp.fsum(x.values)
    return x if how == "none" else Array((), [total / {"mean": count(x.dims), "sum": 1, "batch": x.dims[0]}[how]])


# ---- matrices: lists of rows


def batches(x):
    """The matrices of a batch, in order."""
    m, n = x.dims[-2:]
    k = m * n
    return [
        [x.values[b * k + i * n: b * k + i * n + n] for i in range(m)] for b in range(count(x.dims[:-2]))
    ]


def batched(x, f):
    """`f` of each matrix of a batch: a matrix or a number."""
    done = [f(a) for a in batches(x)]
    if not isinstance(done[0], list):
        return Array(x.dims[:-2], done)
    dims = x.dims[:-2] + (len(done[0]), len(done[0][0]))
    return Array(dims, [value for a in done for row in a for value in row])


def pairs(f, a, b):
    """`f` of each pair of matrices of two batches, which broadcast."""
    batch = broadcast(a.dims[:-2], b.dims[:-2])
    pick = lambda x, index: [
        [seen(x, index + (i, j)) for j in range(x.dims[-1])] for i in range(x.dims[-2])
    ]
    done = [f(pick(a, index), pick(b, index)) for index in places(batch)]
    dims = batch + (len(done[0]), len(done[0][0]))
    return Array(dims, [value for m in done for row in m for value in row])


def turn(a):
    return [list(row) for row in zip(*a)]


def times(a, b):
    return [[mp.fsum(x * y for x, y in zip(row, column)) for column in turn(b)] for row in a]


def one(n):
    return [[mpf(i == j) for j in range(n)] for i in range(n)]


def solved(a, b):
    """Gauss and Jordan, with the largest pivot."""
    n = len(a)
    rows = [list(a[i]) + list(b[i]) for i in range(n)]
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[p] = rows[p], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(n):
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k])]
    return [row[n:] for row in rows]


def inverse(a):
    return solved(a, one(len(a)))


def determinant(a):
    """By the first row."""
    if not a:
        return mpf(1)
    minor = lambda j: [row[:j] + row[j + 1:] for row in a[1:]]
    return mp.fsum((-1) ** j * a[0][j] * determinant(minor(j)) for j in range(len(a)))


def pseudo_inverse(a):
    """Of full rank."""
    t = turn(a)
    return times(inverse(times(t, a)), t) if len(a) >= len(a[0]) else times(t, inverse(times(a, t)))


def power(a, n):
    y = one(len(a))
    for _ in range(abs(n)):
        y = times(y, a)
    return inverse(y) if n < 0 else y


def exponential(a):
    y, term = one(len(a)), one(len(a))
    for k in range(1, 90):
        term = [[x / k for x in row] for row in times(term, a)]
        y = [[p + q for p, q in zip(*rows)] for rows in zip(y, term)]
    return y


def cholesky(a):
    n = len(a)
    l = [[mpf(0)] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = a[i][j] - mp.fsum(l[i][k] * l[j][k] for k in range(j))
            l[i][j] = mp.sqrt(rest) if i == j else rest / l[j][j]
    return l


def lu(a):
    """Doolittle's factors of the rows in the order of the largest pivots."""
    a = [list(row) for row in a]
    m, n = len(a), len(a[0])
    k = min(m, n)
    for j in range(k):
        p = max(range(j, m), key=lambda i: abs(a[i][j]))
        a[j], a[p] = a[p], a[j]
        for i in range(j + 1, m):
            a[i][j] /= a[j][j]
            for c in range(j + 1, n):
                a[i][c] -= a[i][j] * a[j][c]
    lower = [[a[i][j] if i > j else mpf(i == j) for j in range(k)] for i in range(m)]
    return lower, [[a[i][j] if i <= j else mpf(0) for j in range(n)] for i in range(k)]


def qr(a):
    """Householder's factors with LAPACK's signs: a column that is already in place is left."""
    m, n = len(a), len(a[0])
    k, r, q = min(m, n), [list(row) for row in a], one(m)
    for j in range(k):
        x = [r[i][j] for i in range(j, m)]
        if not any(x[1:]):
            continue
        norm = mp.sqrt(mp.fsum(v * v for v in x))
        v = list(x)
        v[0] += norm if x[0] >= 0 else -norm
        size = mp.fsum(p * p for p in v)
        h = one(m)
        for i in range(j, m):
            for c in range(j, m):
                h[i][c] -= 2 * v[i - j] * v[c - j] / size
        r, q = times(h, r), times(q, h)
    return [row[:k] for row in q], r[:k]


def eigh(a):
    """Eigenvalues in ascending order, and vectors in columns: mpmath's."""
    values, vectors = mp.eigsy(mp.matrix(a))
    n = len(a)
    order = sorted(range(n), key=lambda i: values[i])
    return [values[i] for i in order], [[vectors[i, j] for j in order] for i in range(n)]


def svd(a):
    """Mpmath's, of which the singular values descend."""
    u, s, v = mp.svd_r(mp.matrix(a), full_matrices=False)
    order = sorted(range(len(s)), key=lambda i: -s[i])
    return (
        [[u[i, j] for j in order] for i in range(u.rows)],
        [s[i] for i in order],
        [[v[i, j] for j in range(v.cols)] for i in order],
    )


# The matrices on which the rows of the tables are smooth, as the tables say them.


def near(x, factor, diagonal):
    dims = x.dims
    return make(dims, lambda *i: x[i] * mpf(factor) + (diagonal(i[-1]) if i[-1] == i[-2] else 0))


regular = lambda x: near(x, 0.3, lambda i: mpf(1))
apart = lambda x: near(x, 0.2, lambda i: mpf(1 + i))
positive = lambda x: near(batched(x, lambda a: times(a, turn(a))), 0.3, lambda i: mpf(1))
symmetric = lambda x: batched(x, lambda a: [[p + q for p, q in zip(*rows)] for rows in zip(a, turn(a))])
square = lambda x: x * x


def eigh_row(x):
    done = [eigh(a) for a in batches(symmetric(apart(x)))]
    values = [v for s, _ in done for v in s]
    return flat(Array([len(values)], values), *[matrix(q).map(square) for _, q in done])


def matrix(a):
    return Array((len(a), len(a[0])), [v for row in a for v in row])


def svd_row(x):
    done = [svd(a) for a in batches(apart(x))]
    values = [v for _, s, _ in done for v in s]
    squares = lambda k: [matrix(d[k]).map(square) for d in done]
    return flat(Array([len(values)], values), *squares(0), *squares(2))


def both(f):
    def row(x):
        done = [f(a) for a in batches(regular(x))]
        return flat(*[matrix(d[0]) for d in done], *[matrix(d[1]) for d in done])

    return row


def vectors(f):
    """A product of matrices whose operands may be vectors."""

    def row(a, b):
        x = Array((1,) + a.dims, a.values) if len(a.dims) == 1 else a
        y = Array(b.dims + (1,), b.values) if len(b.dims) == 1 else b
        c = pairs(f, x, y)
        dims = list(c.dims)
        if len(b.dims) == 1:
            dims.pop()
        if len(a.dims) == 1:
            dims.pop(len(dims) - (1 if len(b.dims) == 1 else 2))
        return Array(dims, c.values)

    return row


def solve_row(a, b):
    a = regular(a)
    if len(b.dims) == 1 or (len(a.dims) - 1 == len(b.dims) and b.dims == a.dims[:-1]):
        c = pairs(solved, a, Array(b.dims + (1,), b.values))
        return Array(c.dims[:-1], c.values)
    return pairs(solved, a, b)


def lstsq_row(a, b):
    columns = b if len(b.dims) == 2 else Array(b.dims + (1,), b.values)
    y = pairs(lambda a, b: times(pseudo_inverse(a), b), regular(a), columns)
    return y if len(b.dims) == 2 else Array(y.dims[:-1], y.values)


def triangle(a, upper, unit=False):
    n = len(a)
    keep = lambda i, j: mpf(1) if unit and i == j else a[i][j] if (i <= j if upper else i >= j) else mpf(0)
    return [[keep(i, j) for j in range(n)] for i in range(n)]


def einsum(equation, *arrays):
    """The sum over all values of the letters that the result does not name. Letters in capitals stand for `...`."""
    inputs, _, output = equation.partition("->")
    inputs = inputs.split(",")
    extents = {}
    for letters, x in zip(inputs, arrays):
        for letter, extent in zip(letters, x.dims):
            extents[letter] = max(extent, extents.get(letter, 1))
    if not _:
        letters = "".join(inputs)
        output = "".join(sorted(l for l in set(letters) if letters.count(l) == 1))
    rest = [l for l in extents if l not in output]

    def at(*index):
        total = mpf(0)
        for inner in places([extents[l] for l in rest]):
            value = {**dict(zip(output, index)), **dict(zip(rest, inner))}
            term = mpf(1)
            for letters, x in zip(inputs, arrays):
                term *= x[tuple(value[l] if e > 1 else 0 for l, e in zip(letters, x.dims))]
            total += term
        return total

    return make([extents[l] for l in output], at)


def kron(a, b):
    rank = max(len(a.dims), len(b.dims))
    p, q = [(1,) * (rank - len(x.dims)) + x.dims for x in (a, b)]
    a, b = Array(p, a.values), Array(q, b.values)
    return make(
        [m * n for m, n in zip(p, q)],
        lambda *i: a[tuple(k // n for k, n in zip(i, q))] * b[tuple(k % n for k, n in zip(i, q))],
    )


def cross(a, b, axis):
    dims = broadcast(a.dims, b.dims)
    axis %= len(dims)

    def at(*index):
        i = index[axis]
        on = lambda x, k: seen(x, index[:axis] + (k % 3,) + index[axis + 1:])
        return on(a, i + 1) * on(b, i + 2) - on(a, i + 2) * on(b, i + 1)

    return make(dims, at)


# ---- networks


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softmax(values):
    total = mp.fsum(mp.exp(v) for v in values)
    return [mp.exp(v) / total for v in values]


def log_softmax(values):
    total = mp.fsum(mp.exp(v) for v in values)
    return [v - mp.log(total) for v in values]


def mean(values):
    return mp.fsum(values) / len(values)


def variance(values, correction):
    m = mean(values)
    return mp.fsum((v - m) ** 2 for v in values) / (len(values) - correction)


def standard(x, axes, eps, centred=True):
    """Over axes of an array."""
    if not centred:
        size = along(x, axes, lambda v: mean([p * p for p in v]), keep=True)
        return each(lambda v, s: v / mp.sqrt(s + mpf(eps)), x, size)
    m = along(x, axes, mean, keep=True)
    s = along(x, axes, lambda v: variance(v, 0), keep=True)
    return each(lambda v, m, s: (v - m) / mp.sqrt(s + mpf(eps)), x, m, s)


def channels(p, rank):
    return Array(p.dims + (1,) * (rank - 2), p.values)


def affine(x, w, b):
    return each(lambda v, w, b: v * w + b, x, channels(w, len(x.dims)), channels(b, len(x.dims)))


def group_norm(x, groups, w, b, eps):
    n, c = x.dims[:2]
    y = standard(Array((n, groups, count(x.dims) // n // groups), x.values), [2], eps)
    return affine(Array(x.dims, y.values), w, b)


def conv(x, w, b, stride, padding, dilation=(1, 1), groups=1):
    """Cross-correlation of `[n, c, h, w]` with `[o, c / groups, kh, kw]`."""
    n, c, h, v = x.dims
    o, per, kh, kw = w.dims
    out = [
        (e + 2 * p - d * (k - 1) - 1) // s + 1
        for e, p, d, k, s in zip((h, v), padding, dilation, (kh, kw), stride)
    ]

    def at(b_, o_, i, j):
        total = b[o_] if b else mpf(0)
        for c_, p, q in places([per, kh, kw]):
            row = i * stride[0] - padding[0] + p * dilation[0]
            column = j * stride[1] - padding[1] + q * dilation[1]
            if 0 <= row < h and 0 <= column < v:
                total += w[o_, c_, p, q] * x[b_, (o_ // (o // groups)) * per + c_, row, column]
        return total

    return make([n, o] + out, at)


def conv_transpose(x, w, b, stride, padding, output_padding=(0, 0), groups=1):
    """Each element of `[n, c, h, w]` puts a window of `[c, o / groups, kh, kw]`."""
    n, c, h, v = x.dims
    _, per, kh, kw = w.dims
    out = [
        (e - 1) * s - 2 * p + k + extra
        for e, s, p, k, extra in zip((h, v), stride, padding, (kh, kw), output_padding)
    ]
    y = {index: (b[index[1]] if b else mpf(0)) for index in places([n, per * groups] + out)}
    for b_, c_, i, j in places(x.dims):
        for o_, p, q in places([per, kh, kw]):
            row, column = i * stride[0] - padding[0] + p, j * stride[1] - padding[1] + q
            if 0 <= row < out[0] and 0 <= column < out[1]:
                y[b_, (c_ // (c // groups)) * per + o_, row, column] += x[b_, c_, i, j] * w[c_, o_, p, q]
    return make([n, per * groups] + out, lambda *index: y[index])


def signal(f, x, w, b, stride, padding):
    """A convolution of a signal is one of an image of height 1."""
    tall = lambda x: Array(x.dims[:2] + (1,) + x.dims[2:], x.values)
    y = f(tall(x), tall(w), b, (1, stride), (0, padding))
    return Array(y.dims[:2] + y.dims[3:], y.values)


def pool(x, kernel, f, stride=None, padding=None):
    """`f` of the elements of each window that are of the image."""
    axes = len(kernel)
    stride, padding = stride or kernel, padding or (0,) * axes
    size = x.dims[-axes:]
    out = [(e + 2 * p - k) // s + 1 for e, p, k, s in zip(size, padding, kernel, stride)]

    def at(*index):
        start = [i * s - p for i, s, p in zip(index[-axes:], stride, padding)]
        inside = []
        for offset in places(kernel):
            place = tuple(a + o for a, o in zip(start, offset))
            if all(0 <= i < e for i, e in zip(place, size)):
                inside.append(x[index[:-axes] + place])
        return f(inside)

    return make(x.dims[:-axes] + tuple(out), at)


def adaptive(x, n, f):
    h, w = x.dims[-2:]
    window = lambda p, n, e: range(p * e // n, -(-(p + 1) * e // n))
    at = lambda b, c, i, j: f([x[b, c, r, s] for r in window(i, n[0], h) for s in window(j, n[1], w)])
    return make(x.dims[:2] + n, at)


def attention(q, k, v, mask=None, causal=False):
    d = q.dims[-1]
    lift = lambda x: x if len(x.dims) == 3 else Array((1,) + x.dims, x.values)
    q3, k3, v3 = lift(q), lift(k), lift(v)
    n, l, s, e = q3.dims[0], q3.dims[1], k3.dims[1], v3.dims[2]

    def at(b, i, j):
        keys = [t for t in range(s) if not causal or t <= i]
        score = lambda t: mp.fsum(q3[b, i, c] * k3[b, t, c] for c in range(d)) / mp.sqrt(d)
        weights = softmax([score(t) + (mask[i, t] if mask else 0) for t in keys])
        return mp.fsum(p * v3[b, t, j] for p, t in zip(weights, keys))

    return Array(q.dims[:-1] + (e,), make((n, l, e), at).values)


def cross_entropy(x, classes, smoothing=0, ignored=None, weights=None):
    rows = [r for r in range(len(classes)) if classes[r] != ignored]
    weights = [mpf(w) for w in weights or [1] * x.dims[1]]
    loss, s = mpf(0), mpf(smoothing)
    for r in rows:
        log_p = log_softmax([x[r, c] for c in range(x.dims[1])])
        loss -= (1 - s) * weights[classes[r]] * log_p[classes[r]]
        loss -= s / x.dims[1] * mp.fsum(w * p for w, p in zip(weights, log_p))
    return Array((), [loss / mp.fsum(weights[classes[r]] for r in rows)])


def soft_cross_entropy(x, t):
    log_p = lines(x, 1, log_softmax)
    return Array((), [-mp.fsum(p * q for p, q in zip(t.values, log_p.values)) / x.dims[0]])


def huber(d, delta):
    return d * d / 2 if abs(d) < delta else delta * (abs(d) - delta / 2)


def smooth_l1(d, beta):
    return d * d / (2 * beta) if abs(d) < beta else abs(d) - beta / 2


def bce(p, t):
    return -(t * mp.log(p) + (1 - t) * mp.log(1 - p))


def bce_logits(x, t, w=1):
    return w * t * mp.log(1 + mp.exp(-x)) + (1 - t) * mp.log(1 + mp.exp(x))


def kl(x, t):
    return t * (mp.log(t) - x)


def norm(p):
    return lambda v: max(abs(e) for e in v) if p == mp.inf else mp.fsum(abs(e) ** mpf(p) for e in v) ** (1 / mpf(p))


def normalize(x, p, axis, eps):
    return each(lambda v, n: v / max(n, mpf(eps)), x, along(x, [axis], norm(p), keep=True))


def cosine(a, b, axis, eps):
    dims = broadcast(a.dims, b.dims)
    a, b = make(dims, lambda *i: seen(a, i)), make(dims, lambda *i: seen(b, i))
    dot = along(each(lambda p, q: p * q, a, b), [axis], mp.fsum)
    sizes = [along(x, [axis], norm(2)) for x in (a, b)]
    return each(lambda d, p, q: d / (max(p, mpf(eps)) * max(q, mpf(eps))), dot, *sizes)


# ---- indices, order and places


def pad(x, widths, fill):
    """`widths` of the first axis first; `fill` is a number or the name of a mode."""
    kept = tuple(e + min(a, 0) + min(b, 0) for e, (a, b) in zip(x.dims, widths))

    def source(i, extent, before):
        i -= max(before, 0)
        if 0 <= i < extent:
            return i
        if fill == "reflect":
            return -i if i < 0 else 2 * (extent - 1) - i
        return {"replicate": min(max(i, 0), extent - 1), "circular": i % extent}.get(fill)

    def at(*index):
        inner = [source(i, e, a) for i, e, (a, _) in zip(index, kept, widths)]
        if None in inner:
            return mpf(fill)
        return x[tuple(i - min(a, 0) for i, (a, _) in zip(inner, widths))]

    return make([e + max(a, 0) + max(b, 0) for e, (a, b) in zip(kept, widths)], at)


def written(x, writes, accumulate=False):
    """The elements of `x` once others are written or added, in order."""
    y = {index: x[index] for index in places(x.dims)}
    for place, value in writes:
        y[place] = y[place] + value if accumulate else value
    return make(x.dims, lambda *index: y[index])


def roll(values, shift):
    return [values[(i - shift) % len(values)] for i in range(len(values))]


def scan(f):
    def line(values):
        return [f(values[:i + 1]) for i in range(len(values))]

    return line


def product(values):
    y = mpf(1)
    for v in values:
        y *= v
    return y


def lse(values):
    return mp.log(mp.fsum(mp.exp(v) for v in values))


def median(values):
    return sorted(values)[(len(values) - 1) // 2]


MASK = [[True, False, True], [False, True, True]]
GATHER = [[2, 0, 2, 1], [0, 0, 1, 1]]
half = mpf(1) / 2


def clamp(x, low, high):
    return min(max(x, low), high)


# ---- the rows of structural ops, in the order of the table where a name has several

M = lambda number: mpf(number)
ROWS = {
    "add_scaled": [lambda x, b: each(lambda x, b: x - M(2.5) * b, x, b)],
    "addcmul": [lambda *x: each(lambda x, a, b: x + M(0.7) * a * b, *x)],
    "addcdiv": [lambda *x: each(lambda x, a, b: x + M(0.7) * a / (b * b + 1), *x)],
    "lerp": [lambda *x: each(lambda x, end, w: x + w * (end - x), *x)],
    "clamp": [
        lambda x: x.map(lambda v: clamp(2 * v, -half, half)),
        lambda *x: each(lambda v, low, high: clamp(2 * v, low, high), *x),
    ],
    "clamp_min": [lambda x: x.map(lambda v: max(v, -half))],
    "clamp_max": [lambda *x: each(min, *x)],
    "hardtanh": [lambda x: x.map(lambda v: clamp(v, -half, half))],
    "softplus_with": [lambda x: x.map(lambda v: v if 2 * v > 3 else mp.log(1 + mp.exp(2 * v)) / 2)],
    "glu": [lambda x: lines(x, 1, lambda v: [a * sigmoid(b) for a, b in zip(v[:2], v[2:])])],
    "prelu": [lambda x, w: each(lambda v, w: v if v > 0 else w * v, x, channels(w, 3))],
    "sum": [lambda x: along(x, None, mp.fsum), lambda x: along(x, [0, -1], mp.fsum)],
    "mean": [lambda x: along(x, [0], mean, keep=True)],
    "logsumexp": [lambda x: along(x, [0], lse)],
    "max": [lambda x: along(x, [1], max)],
    "min": [lambda x: along(x, None, min)],
    "amax": [lambda x: along(x, [0, 2], max, keep=True)],
    "amin": [lambda x: along(x, [0], min)],
    "median": [lambda x: along(x, None, median)],
    "prod": [lambda x: along(x, None, product), lambda x: along(x, [0, 2], product)],
    "var": [
        lambda x: along(x, None, lambda v: variance(v, 1)),
        lambda x: along(x, [0, 2], lambda v: variance(v, half)),
    ],
    "std": [lambda x: along(x, [-1], lambda v: mp.sqrt(variance(v, 0)), keep=True)],
    "norm": [
        lambda x: along(x, None, norm(2)),
        lambda x: along(x, [0], norm(1)),
        lambda x: along(x, [0, 2], norm(3), keep=True),
        lambda x: along(x.map(mp.exp), [1], norm(1.5)),
        lambda x: along(x.map(mp.exp), [1], norm(0.5)),
        lambda x: along(x, [1], norm(mp.inf)),
    ],
    "max_with_indices": [lambda x: along(x, [1], max)],
    "min_with_indices": [lambda x: along(x, [0], min, keep=True)],
    "median_with_indices": [lambda x: along(x, [-1], median)],
    "cumsum": [lambda x: lines(x, 0, scan(mp.fsum)), lambda x: lines(x, 1, scan(mp.fsum))],
    "cumprod": [lambda x: lines(x, 1, scan(product))],
    "logcumsumexp": [lambda x: lines(x, 0, scan(lse))],
    "sort": [lambda x: lines(x, 0, lambda v: sorted(v, reverse=True))],
    "topk": [lambda x: lines(x, -1, lambda v: sorted(v)[:2])],
    "kthvalue": [lambda x: along(x, [1], lambda v: sorted(v)[1])],
    "copy": [lambda x: make((3, 2), lambda i, j: x[j, i])],
    "cat": [lambda *x: cat(x, 1)],
    "stack": [lambda a, b: make((2, 2, 3), lambda i, k, j: (a, b)[k][i, j])],
    "hstack": [lambda *x: cat(x, 1)],
    "vstack": [lambda a, b: cat([Array((1, 3), a.values), b], 0)],
    "meshgrid": [lambda a, b: make((2, 2, 3), lambda k, i, j: (a[i], b[j])[k])],
    "matmul": [vectors(times)] * 7,
    "dot": [vectors(times)],
    "outer": [lambda a, b: make((2, 3), lambda i, j: a[i] * b[j])],
    "mv": [vectors(times)],
    "bmm": [vectors(times)],
    "addmm": [lambda x, a, b: each(lambda x, p: half * x + 2 * p, x, pairs(times, a, b))],
    "kron": [kron],
    "cross": [lambda a, b: cross(a, b, -1), lambda a, b: cross(a, b, 0)],
    "einsum": [
        lambda *x: einsum("ij,jk->ik", *x),
        lambda *x: einsum("ij,ij->i", *x),
        lambda *x: einsum("ii,j->j", *x),
        lambda *x: einsum("bij,jk,ki", *x),
        lambda *x: einsum("ABij,Bjk->ABik", *x),
    ],
    "cholesky": [lambda x: batched(positive(x), cholesky)] * 2,
    "det": [lambda x: batched(regular(x), determinant)] * 2,
    "slogdet": [lambda x: batched(regular(x), lambda a: mp.log(abs(determinant(a))))] * 2,
    "logdet": [lambda x: batched(regular(x), lambda a: mp.log(determinant(a)))] * 2,
    "eigh": [eigh_row] * 2,
    "eigvalsh": [lambda x: Array((3,), eigh(batches(symmetric(apart(x)))[0])[0])],
    "matrix_exp": [lambda x: batched(x, exponential)] * 2,
    "inv": [lambda x: batched(regular(x), inverse)] * 2,
    "pinv": [lambda x: batched(regular(x), pseudo_inverse)] * 2,
    "lu": [both(lu)] * 3,
    "matrix_power": [
        lambda x: batched(x, lambda a: power(a, 3)),
        lambda x: batched(x, lambda a: power(a, 4)),
        lambda x: batched(regular(x), lambda a: power(a, -2)),
    ],
    "qr": [both(qr)] * 3,
    "lstsq": [lstsq_row] * 2,
    "solve": [solve_row] * 4,
    "svd": [svd_row] * 3,
    "svdvals": [lambda x: Array((3,), svd(batches(apart(x))[0])[1])],
    "solve_triangular": [
        lambda a, b: pairs(lambda a, b: solved(triangle(a, True), b), regular(a), b),
        lambda a, b: pairs(lambda a, b: solved(triangle(a, False), b), regular(a), b),
        lambda a, b: pairs(lambda a, b: times(b, inverse(triangle(a, True, True))), regular(a), b),
    ],
    "cholesky_solve": [lambda b, a: pairs(solved, positive(a), b)],
    "softmax": [lambda x: lines(x, 0, softmax)],
    "log_softmax": [lambda x: lines(x, 1, log_softmax)],
    "linear": [
        lambda x, w, b: each(lambda p, q: p + q, pairs(lambda a, b: times(a, turn(b)), x, w), b),
        lambda x, w: pairs(lambda a, b: times(a, turn(b)), x, w),
    ],
    "conv1d": [lambda x, w, b: signal(conv, x, w, b, 2, 1)],
    "conv2d": [
        lambda x, w, b: conv(x, w, b, (2, 1), (1, 0), (1, 2), 2),
        lambda x, w: conv(x, w, None, (1, 1), (0, 0)),
    ],
    "conv_transpose1d": [lambda x, w: signal(conv_transpose, x, w, None, 2, 1)],
    "conv_transpose2d": [lambda x, w, b: conv_transpose(x, w, b, (2, 1), (1, 0), (1, 0), 2)],
    "max_pool1d": [lambda x: pool(x, (3,), max, padding=(1,))],
    "max_pool2d": [lambda x: pool(x, (2, 3), max, stride=(2, 1))],
    "avg_pool1d": [lambda x: pool(x, (3,), mean, stride=(1,))],
    "avg_pool2d": [lambda x: pool(x, (2, 3), mean, padding=(1, 1))],
    "adaptive_avg_pool2d": [lambda x: adaptive(x, (2, 3), mean)],
    "adaptive_max_pool2d": [lambda x: adaptive(x, (2, 3), max)],
    "scaled_dot_product_attention": [attention, lambda q, k, v, m: attention(q, k, v, m, True)],
    "nll_loss": [lambda x: Array((), [-(x[0, 1] + x[1, 3] + x[2, 0]) / 3])],
    "nll_loss_with": [lambda x: Array((), [-(x[0, 1, 0] + x[0, 3, 1] + x[1, 0, 0]) / 3])],
    "cross_entropy": [lambda x: cross_entropy(x, [1, 3, 0])],
    "cross_entropy_with": [
        lambda x: cross_entropy(x, [1, 2, 0], 0.2, ignored=2),
        lambda x: cross_entropy(x, [1, 2, 0], 0.2, weights=[1, 0.5, 2, 1.5]),
    ],
    "cross_entropy_soft": [soft_cross_entropy],
    "mse_loss": [lambda *x: reduced(each(lambda x, t: (x - t) ** 2, *x), "mean")],
    "l1_loss": [lambda *x: reduced(each(lambda x, t: abs(x - t), *x), "sum")],
    "huber_loss": [lambda *x: each(lambda x, t: huber(x - t, M(0.7)), *x)],
    "smooth_l1_loss": [lambda *x: reduced(each(lambda x, t: smooth_l1(x - t, M(0.7)), *x), "mean")],
    "bce_loss": [lambda *x: reduced(each(lambda x, t: bce(sigmoid(x), sigmoid(t)), *x), "mean")],
    "bce_with_logits_loss": [lambda *x: reduced(each(bce_logits, *x), "mean")],
    "bce_with_logits_loss_weighted": [lambda *x: reduced(each(bce_logits, *x), "mean")],
    "kl_div": [lambda *x: reduced(each(lambda x, t: kl(x, sigmoid(t)), *x), "batch")],
    "kl_div_log": [lambda *x: reduced(each(lambda x, t: mp.exp(t) * (t - x), *x), "mean")],
    "batch_norm": [
        lambda x, w, b: affine(standard(x, [0], 1e-5), w, b),
        lambda x, w, b, m, s: affine(
            each(lambda v, m, s: (v - m) / mp.sqrt(s * s + half), x, channels(m, 3), channels(s, 3)), w, b
        ),
    ],
    "layer_norm": [lambda x, w, b: each(lambda v, w, b: v * w + b, standard(x, [1], 1e-5), w, b)],
    "group_norm": [lambda x, w, b: group_norm(x, 2, w, b, 1e-5)],
    "instance_norm": [lambda x, w, b: affine(standard(x, [2], 1e-5), w, b)],
    "rms_norm": [lambda x, w: each(lambda v, w: v * w, standard(x, [1], 1e-6, centred=False), w)],
    "normalize": [
        lambda x: normalize(x, 2, 1, 1e-12),
        lambda x: normalize(x, 3, 0, 1e-12),
        lambda x: normalize(x, mp.inf, 1, 1e-12),
    ],
    "cosine_similarity": [lambda a, b: cosine(a, b, 1, 1e-8)],
    # Which elements are dropped is drawn from the seed: only what the others become is known.
    "dropout": [lambda x: x.map(lambda v: v / (1 - M(0.4)))],
    "where_": [lambda x, y: make((2, 3), lambda i, j: x[i, j] if i == 0 else y[0, j])],
    "masked_fill": [lambda x, v: make((2, 3), lambda i, j: v[()] if j == 0 else x[i, j])],
    "masked_select": [lambda x: Array((4,), [x[i, j] for i, j in places((2, 3)) if MASK[i][j]])],
    "index_select": [
        lambda x: make((3, 2), lambda i, j: x[[2, 0, 2][i], j]),
        lambda x: make((2, 2), lambda i, j: x[i, [2, 0][j]]),
    ],
    "index_add": [
        lambda x, y: written(x, [((2, j), y[i, j]) for i, j in places(y.dims)], True),
        lambda x, y: written(x, [((i, [0, 2][j]), y[i, j]) for i, j in places(y.dims)], True),
    ],
    "gather": [lambda x: make((2, 4), lambda i, j: x[i, GATHER[i][j]])],
    "take": [lambda x: Array((2, 2), [x.values[i] for i in [5, 0, 0, 3]])],
    "index_get": [
        lambda x: Array((3,), [x[i, j] for i, j in zip([0, 1, 1], [2, 0, 0])]),
        lambda x: make((2, 1, 3), lambda i, _, j: x[1 - i, j]),
    ],
    "embedding": [lambda x: make((2, 2, 2), lambda i, j, k: x[[[2, 0], [2, 1]][i][j], k])],
    "scatter": [lambda x, y: written(x, [((i, [[2, 0], [1, 1]][i][j]), y[i, j]) for i, j in places((2, 2))])],
    "scatter_add": [
        lambda x, y: written(
            x, [((i, [[2, 0, 0], [1, 1, 2]][i][j]), y[i, j]) for i, j in places((2, 3))], True
        )
    ],
    "index_put": [
        lambda x, y: written(x, [((0, 2), y[0]), ((1, 2), y[1])]),
        lambda x, y: written(x, [((1, j), y[()]) for j in range(3)] * 2, True),
    ],
    "tril": [lambda x: make((3, 2), lambda i, j: x[i, j] if j <= i else mpf(0))],
    "triu": [lambda x: make((2, 3, 3), lambda b, i, j: x[b, i, j] if j >= i + 1 else mpf(0))],
    "diag": [lambda x: make((4, 4), lambda i, j: x[j] if i == j + 1 else mpf(0))],
    "diag_embed": [lambda x: make((2, 3, 3), lambda b, i, j: x[b, i] if j == i + 1 else mpf(0))],
    "trace": [lambda x: Array((), [x[0, 0] + x[1, 1] + x[2, 2]])],
    "pad": [
        lambda x: pad(x, [(0, 2), (1, -1)], 0.5),
        lambda x: pad(x, [(1, 0), (2, 1)], "reflect"),
        lambda x: pad(x, [(1, 1), (2, -1)], "replicate"),
        lambda x: pad(x, [(0, 1), (1, 2)], "circular"),
    ],
    "repeat": [lambda x: make((2, 2, 9), lambda _, i, j: x[i, j % 3])],
    "repeat_interleave": [lambda x: make((2, 6), lambda i, j: x[i, j // 2])],
    "reshape": [lambda x: Array((3, 2), x.values)],
    "transpose": [lambda x: make((3, 2, 2), lambda i, j, k: x[j, i, k])],
    "t": [lambda x: make((3, 2), lambda i, j: x[j, i])],
    "permute": [lambda x: make((1, 2, 3), lambda i, j, k: x[j, k, i])],
    "slice": [lambda x: make((3, 2), lambda i, j: x[4 - 2 * i, j])],
    "index_axis": [lambda x: make((2,), lambda j: x[2, j])],
    "squeeze": [lambda x: Array((2, 3), x.values)],
    "squeeze_axes": [lambda x: Array((2, 1), x.values)],
    "unsqueeze": [lambda x: Array((2, 1, 3), x.values)],
    "expand": [lambda x: make((2, 2, 3), lambda i, j, k: x[j, 0])],
    "broadcast_to": [lambda x: make((2, 3), lambda i, j: x[j])],
    "flip": [lambda x: make((2, 3), lambda i, j: x[i, 2 - j])],
    "narrow": [lambda x: make((2, 2), lambda i, j: x[i, j + 1])],
    "split": [lambda x: make((2, 3), lambda i, j: x[i, j + 1])],
    "split_every": [lambda x: make((1, 2), lambda _, j: x[4, j])],
    "chunk": [lambda x: make((3, 2), lambda i, j: x[i, j])],
    "unbind": [lambda x: make((2,), lambda i: x[i, 2])],
    "flatten": [lambda x: Array((2, 6), x.values)],
    "ravel": [lambda x: make((6,), lambda i: x[i % 2, i // 2])],
    "movedim": [lambda x: make((3, 2, 2), lambda i, j, k: x[j, i, k])],
    "unfold": [lambda x: make((3, 3), lambda i, j: x[i + j])],
    "diagonal": [lambda x: make((2,), lambda i: x[i, i + 1])],
    "diagonal_axes": [lambda x: make((2, 3), lambda b, i: x[b, i, i])],
    "roll": [
        lambda x: make((2, 3), lambda i, j: x[(i - 1) % 2, (j + 1) % 3]),
        lambda x: Array(x.dims, roll(x.values, 2)),
    ],
}

# The shapes of the operands of each row, as the table has them, which the test checks.
SHAPES = {
    "reshape": [[[2, 3]]],
    "transpose": [[[2, 3, 2]]],
    "t": [[[2, 3]]],
    "permute": [[[2, 3, 1]]],
    "slice": [[[5, 2]]],
    "index_axis": [[[3, 2]]],
    "squeeze": [[[2, 1, 3]]],
    "squeeze_axes": [[[1, 2, 1]]],
    "unsqueeze": [[[2, 3]]],
    "expand": [[[2, 1]]],
    "broadcast_to": [[[3]]],
    "flip": [[[2, 3]]],
    "narrow": [[[2, 4]]],
    "split": [[[2, 4]]],
    "split_every": [[[5, 2]]],
    "chunk": [[[5, 2]]],
    "unbind": [[[2, 3]]],
    "flatten": [[[2, 3, 2]]],
    "ravel": [[[2, 3]]],
    "movedim": [[[2, 3, 2]]],
    "unfold": [[[5]]],
    "diagonal": [[[3, 3]]],
    "diagonal_axes": [[[2, 3, 3]]],
    "max_with_indices": [[[3, 4]]],
    "min_with_indices": [[[3, 4]]],
    "median_with_indices": [[[3, 4]]],
    "add_scaled": [[[2, 3], [3]]],
    "addcmul": [[[2, 3], [3], [2, 1]]],
    "addcdiv": [[[2, 3], [3], [2, 1]]],
    "lerp": [[[2, 3], [3], [2, 1]]],
    "clamp": [[[2, 3]], [[2, 3], [3], [2, 1]]],
    "clamp_min": [[[2, 3]]],
    "clamp_max": [[[2, 3], [3]]],
    "hardtanh": [[[2, 3]]],
    "softplus_with": [[[2, 3]]],
    "glu": [[[2, 4]]],
    "prelu": [[[2, 3, 2], [3]]],
    "index_select": [[[3, 2]], [[2, 3]]],
    "index_add": [[[3, 2], [2, 2]], [[2, 3], [2, 2]]],
    "gather": [[[2, 3]]],
    "take": [[[2, 3]]],
    "index_get": [[[2, 3]], [[2, 3]]],
    "embedding": [[[3, 2]]],
    "copy": [[[2, 3]]],
    "cat": [[[2, 1], [2, 3]]],
    "stack": [[[2, 3], [2, 3]]],
    "cholesky": [[[3, 3]], [[2, 2, 2]]],
    "det": [[[3, 3]], [[2, 2, 2]]],
    "slogdet": [[[3, 3]], [[2, 2, 2]]],
    "logdet": [[[3, 3]], [[2, 2, 2]]],
    "eigh": [[[3, 3]], [[2, 2, 2]]],
    "eigvalsh": [[[3, 3]]],
    "einsum": [[[2, 3], [3, 2]], [[2, 3], [2, 3]], [[3, 3], [3]], [[2, 2, 3], [3, 2], [2, 2]], [[2, 1, 2, 3], [3, 3, 2]]],
    "matrix_exp": [[[3, 3]], [[2, 2, 2]]],
    "inv": [[[3, 3]], [[2, 2, 2]]],
    "pinv": [[[3, 2]], [[2, 2, 3]]],
    "lu": [[[3, 3]], [[2, 3, 2]], [[2, 3]]],
    "matmul": [[[2, 3], [3, 2]], [[3], [3]], [[2, 3], [3]], [[3], [3, 2]], [[2, 1, 2, 3], [2, 3, 2]], [[2, 2, 3], [3]], [[3], [2, 3, 2]]],
    "matrix_power": [[[3, 3]], [[2, 2, 2]], [[3, 3]]],
    "dot": [[[3], [3]]],
    "outer": [[[2], [3]]],
    "mv": [[[2, 3], [3]]],
    "bmm": [[[2, 2, 3], [2, 3, 2]]],
    "addmm": [[[3], [2, 2], [2, 3]]],
    "kron": [[[2, 2], [3]]],
    "cross": [[[2, 3], [3]], [[3, 2], [3, 1]]],
    "qr": [[[3, 3]], [[2, 3, 2]], [[2, 3]]],
    "lstsq": [[[4, 2], [4, 2]], [[2, 3], [2]]],
    "solve": [[[3, 3], [3, 2]], [[3, 3], [3]], [[2, 1, 2, 2], [3, 2, 1]], [[2, 2, 2], [2, 2]]],
    "svd": [[[2, 2]], [[2, 3, 2]], [[2, 3]]],
    "svdvals": [[[3, 3]]],
    "solve_triangular": [[[3, 3], [3, 2]], [[2, 3, 3], [3, 1]], [[3, 3], [2, 3]]],
    "cholesky_solve": [[[3, 2], [3, 3]]],
    "where_": [[[2, 3], [1, 3]]],
    "masked_fill": [[[2, 3], []]],
    "masked_select": [[[2, 3]]],
    "scaled_dot_product_attention": [[[2, 3, 4], [2, 5, 4], [2, 5, 3]], [[3, 4], [3, 4], [3, 2], [3, 3]]],
    "nll_loss": [[[3, 4]]],
    "cross_entropy": [[[3, 4]]],
    "conv1d": [[[2, 2, 5], [3, 2, 2], [3]]],
    "conv2d": [[[2, 2, 4, 3], [4, 1, 2, 2], [4]], [[2, 2, 3, 2], [3, 2, 1, 1]]],
    "conv_transpose1d": [[[2, 2, 3], [2, 3, 2]]],
    "conv_transpose2d": [[[1, 2, 2, 3], [2, 1, 3, 2], [2]]],
    "nll_loss_with": [[[3, 4, 2]]],
    "cross_entropy_with": [[[3, 4]], [[3, 4]]],
    "cross_entropy_soft": [[[3, 4], [3, 4]]],
    "dropout": [[[3, 4]]],
    "linear": [[[2, 3], [4, 3], [4]], [[2, 2, 3], [4, 3]]],
    "mse_loss": [[[2, 3], [2, 3]]],
    "l1_loss": [[[2, 3], [3]]],
    "huber_loss": [[[2, 3], [2, 3]]],
    "smooth_l1_loss": [[[2, 3], [2, 3]]],
    "bce_loss": [[[2, 3], [2, 3]]],
    "bce_with_logits_loss": [[[2, 3], [2, 3]]],
    "bce_with_logits_loss_weighted": [[[2, 3], [2, 3], [3]]],
    "kl_div": [[[2, 3], [2, 3]]],
    "kl_div_log": [[[2, 3], [2, 3]]],
    "batch_norm": [[[4, 3], [3], [3]], [[2, 3, 2], [3], [3], [3], [3]]],
    "layer_norm": [[[2, 4], [4], [4]]],
    "group_norm": [[[2, 4, 3], [4], [4]]],
    "instance_norm": [[[2, 2, 3], [2], [2]]],
    "rms_norm": [[[3, 4], [4]]],
    "max_pool1d": [[[2, 2, 5]]],
    "max_pool2d": [[[1, 2, 4, 5]]],
    "avg_pool1d": [[[2, 2, 5]]],
    "avg_pool2d": [[[1, 2, 4, 5]]],
    "adaptive_avg_pool2d": [[[1, 2, 5, 4]]],
    "adaptive_max_pool2d": [[[1, 2, 5, 4]]],
    "softmax": [[[2, 3]]],
    "log_softmax": [[[2, 3]]],
    "normalize": [[[3, 4]], [[3, 4]], [[3, 4]]],
    "cosine_similarity": [[[3, 4], [4]]],
    "pad": [[[2, 3]], [[3, 3]], [[2, 3]], [[2, 3]]],
    "max": [[[2, 3]]],
    "min": [[[2, 3]]],
    "amax": [[[2, 3, 2]]],
    "amin": [[[2, 3]]],
    "median": [[[2, 3]]],
    "norm": [[[2, 3]], [[2, 3]], [[2, 3, 2]], [[2, 3]], [[2, 3]], [[2, 3]]],
    "prod": [[[2, 3]], [[2, 3, 2]]],
    "var": [[[2, 3]], [[2, 3, 2]]],
    "std": [[[2, 3]]],
    "sum": [[[2, 3]], [[2, 3, 2]]],
    "mean": [[[2, 3]]],
    "logsumexp": [[[2, 3]]],
    "repeat": [[[2, 3]]],
    "repeat_interleave": [[[2, 3]]],
    "roll": [[[2, 3]], [[2, 3]]],
    "cumsum": [[[2, 3]], [[2, 3, 2]]],
    "cumprod": [[[2, 3]]],
    "logcumsumexp": [[[3, 2]]],
    "scatter": [[[2, 3], [2, 2]]],
    "scatter_add": [[[2, 3], [2, 4]]],
    "index_put": [[[2, 3], [2]], [[2, 3], []]],
    "sort": [[[3, 4]]],
    "topk": [[[3, 4]]],
    "kthvalue": [[[3, 4]]],
    "hstack": [[[2, 1], [2, 3]]],
    "vstack": [[[3], [2, 3]]],
    "meshgrid": [[[2], [3]]],
    "tril": [[[3, 2]]],
    "triu": [[[2, 3, 3]]],
    "diag": [[[3]]],
    "diag_embed": [[[2, 2]]],
    "trace": [[[3, 3]]],
}

# ---- pointwise ops, each at a few points

SELU_SCALE, SELU_ALPHA = mpf(1.0507009873554805), mpf(1.6732632423543772)


def erf_inverse(y):
    """The zero of `erf(x) - y`, by Newton from mpmath's."""
    x = mp.erfinv(y)
    for _ in range(3):
        x -= (mp.erf(x) - y) / (2 / mp.sqrt(mp.pi) * mp.exp(-x * x))
    return x


def even(x):
    """The nearest integer."""
    return mp.nint(x)


def truncated(x):
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def gelu_tanh(x):
    return x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x ** 3)))


PLAIN = [-2.3, -0.4, 0.7]
POSITIVE = [0.05, 0.7, 12.5]
INSIDE = [-0.9, 0.05, 0.6]
TWO = [(0.3, -1.2), (-2.5, 0.7), (1.7, 1.2)]
POINTWISE = {
    "add": (lambda a, b: a + b, TWO),
    "sub": (lambda a, b: a - b, TWO),
    "mul": (lambda a, b: a * b, TWO),
    "div": (lambda a, b: a / b, TWO),
    "neg": (lambda x: -x, PLAIN),
    "square": (lambda x: x * x, PLAIN),
    "abs": (abs, PLAIN),
    "sqrt": (mp.sqrt, POSITIVE),
    "sign": (mp.sign, PLAIN),
    "pow": (lambda a, b: a ** b, [(1.3, 2.2), (0.2, -1.7), (7.5, 0.3)]),
    "powi": (lambda x: x ** 3, PLAIN),
    "reciprocal": (lambda x: 1 / x, PLAIN),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), POSITIVE),
    "cbrt": (lambda x: mp.sign(x) * abs(x) ** (mpf(1) / 3), PLAIN),
    "hypot": (lambda a, b: mp.sqrt(a * a + b * b), TWO),
    "exp": (mp.exp, PLAIN + [30.5]),
    "ln": (mp.log, POSITIVE + [1.001]),
    "sin": (mp.sin, PLAIN + [100.5]),
    "cos": (mp.cos, PLAIN + [100.5]),
    "tanh": (mp.tanh, PLAIN + [1e-3]),
    "exp2": (lambda x: mpf(2) ** x, PLAIN),
    "expm1": (mp.expm1, PLAIN + [1e-9]),
    "log2": (lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (lambda x: mp.log(x) / mp.log(10), POSITIVE),
    "log1p": (mp.log1p, [-0.9, 0.7, 1e-9]),
    "xlogy": (lambda a, b: a * mp.log(b), [(0.3, 1.2), (-2.5, 0.1), (1.5, 9.0)]),
    "logit": (lambda x: mp.log(x / (1 - x)), [0.01, 0.4, 0.9]),
    "relu": (lambda x: max(x, mpf(0)), PLAIN),
    "sigmoid": (sigmoid, PLAIN + [-30.5]),
    "gelu": (lambda x: x * (1 + mp.erf(x / mp.sqrt(2))) / 2, PLAIN + [-5.0]),
    "gelu_tanh": (gelu_tanh, PLAIN),
    "silu": (lambda x: x * sigmoid(x), PLAIN),
    "mish": (lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))), PLAIN),
    "softplus": (lambda x: x if x > 20 else mp.log(1 + mp.exp(x)), PLAIN + [-30.0, 20.5]),
    "softsign": (lambda x: x / (1 + abs(x)), PLAIN),
    "log_sigmoid": (lambda x: -mp.log(1 + mp.exp(-x)), PLAIN + [30.0]),
    "floor": (mp.floor, PLAIN),
    "ceil": (mp.ceil, PLAIN),
    "round": (even, PLAIN),
    "trunc": (truncated, PLAIN),
    "fmod": (lambda a, b: a - b * truncated(a / b), TWO),
    "remainder": (lambda a, b: a - b * mp.floor(a / b), TWO),
    "maximum": (max, TWO),
    "minimum": (min, TWO),
    "copysign": (lambda a, b: abs(a) if b >= 0 else -abs(a), TWO),
    "tan": (mp.tan, PLAIN),
    "asin": (mp.asin, INSIDE),
    "acos": (mp.acos, INSIDE),
    "atan": (mp.atan, PLAIN),
    "atan2": (mp.atan2, TWO + [(-0.5, -0.5)]),
    "sinh": (mp.sinh, PLAIN),
    "cosh": (mp.cosh, PLAIN),
    "asinh": (mp.asinh, PLAIN + [1e-9, -1e6]),
    "acosh": (mp.acosh, [1.01, 1.7, 1e6]),
    "atanh": (mp.atanh, INSIDE),
    "sinc": (lambda x: mp.sin(mp.pi * x) / (mp.pi * x), PLAIN + [1e-3]),
    "erf": (mp.erf, PLAIN),
    "erfc": (mp.erfc, [-1.5, 0.7, 5.0]),
    "erfinv": (erf_inverse, [-0.9, 0.3, 0.999]),
    "lgamma": (lambda x: mp.log(abs(mp.gamma(x))), [-1.4, 0.3, 1.7, 12.5]),
    "digamma": (lambda x: mp.digamma(x), [-1.4, 0.3, 1.7, 12.5]),
    "polygamma": (lambda x: mp.polygamma(3, x), [0.3, 1.7, 12.5]),
    "i0": (lambda x: mp.besseli(0, x), [-2.3, 0.7, 30.0]),
    "i1": (lambda x: mp.besseli(1, x), [-2.3, 0.7, 30.0]),
    "relu6": (lambda x: min(max(x, mpf(0)), mpf(6)), PLAIN + [7.0]),
    "leaky_relu": (lambda x, slope: x if x > 0 else slope * x, [(-0.7, 0.4), (1.5, 0.01)]),
    "elu": (lambda x, a: x if x > 0 else a * mp.expm1(x), [(-0.7, 1.4), (1.5, 0.5)]),
    "selu": (lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)), PLAIN),
    "celu": (lambda x, a: x if x > 0 else a * mp.expm1(x / a), [(-0.7, 1.4), (1.5, 0.5)]),
    "hardsigmoid": (lambda x: min(max(x + 3, mpf(0)), mpf(6)) / 6, PLAIN + [-3.5, 4.0]),
    "hardswish": (lambda x: x * min(max(x + 3, mpf(0)), mpf(6)) / 6, PLAIN + [-3.5, 4.0]),
    "huber": (huber, [(0.3, 0.7), (-1.5, 0.7)]),
    "smooth_l1": (smooth_l1, [(0.3, 0.7), (-1.5, 0.7)]),
    "binary_cross_entropy_with_logits": (bce_logits, [(0.7, 0.4), (-2.3, 0.9), (5.5, 0.0)]),
    "kl_term": (kl, [(-0.7, 0.4), (-2.3, 0.9)]),
}

# ---- what is written


# Added to the operands of rows whose gradient would else be 0 everywhere: bounds around, targets above.
OFFSETS = {("clamp", 1): [0, -0.75, 0.75], ("l1_loss", 0): [0, 0.75]}


def operand(dims, k, offset=0):
    """Numbers spread about 1, of which no two are close, in no order, exact in few digits."""
    n = count(dims)
    stride = next(s for s in (7, 11, 13, 1) if n % s) if n > 1 else 1
    values = [((i * stride + 3 * k + 2) % n + mpf(1) / 2 + mpf(k) / 8) * 2 / n - 1 for i in range(n)]
    return Array(dims, [mp.nint(v * 512 + 3 * k + 1) / 512 + mpf(offset) for v in values])


def weights(dims):
    return Array(dims, [mpf(1 + (5 * i + 1) % 8) / (-4 if i % 3 == 1 else 4) for i in range(count(dims))])


def slope(f, x, k, i, w):
    """The derivative of the weighted sum by element `i` of operand `k`."""

    def at(step):
        moved = list(x)
        moved[k] = Array(x[k].dims, [v + step * (j == i) for j, v in enumerate(x[k].values)])
        return f(*moved).values

    # Elements that do not change cancel exactly.
    return mp.fsum(c * (p - q) for c, p, q in zip(w.values, at(STEP), at(-STEP))) / (2 * STEP)


def number(x):
    x = float(x)
    return 0.0 if abs(x) < 1e-25 else x


def entry(table, name, row, f, x):
    y = f(*x)
    w = weights(y.dims)
    grads = [[slope(f, x, k, i, w) for i in range(count(x[k].dims))] for k in range(len(x))]
    seen = lambda x: {"dims": list(x.dims), "values": [number(v) for v in x.values]}
    return {
        "table": table,
        "op": name,
        "row": row,
        "x": [seen(v) for v in x],
        "y": seen(y),
        "w": [number(v) for v in w.values],
        "grads": [[number(v) for v in g] for g in grads],
    }


def entries():
    for name, (f, points) in POINTWISE.items():
        points = [p if isinstance(p, tuple) else (p,) for p in points]
        columns = [Array((len(points),), [mpf(v) for v in column]) for column in zip(*points)]
        yield entry("pointwise", name, 0, lambda *x: each(f, *x), columns)
    for name, rows in ROWS.items():
        for row, f in enumerate(rows):
            shapes = SHAPES[name][row]
            offsets = OFFSETS.get((name, row), [0] * len(shapes))
            x = [operand(dims, k, offset) for k, (dims, offset) in enumerate(zip(shapes, offsets))]
            yield entry("structural", name, row, f, x)


if __name__ == "__main__":
    with open(os.path.join(os.path.dirname(__file__), "values.jsonl"), "w") as file:
        for line in entries():
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
