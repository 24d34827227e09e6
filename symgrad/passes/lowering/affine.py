"""Narrow layers with ones beside what they read: one product for weights and bias.

Of a small network nearly all time is what a call of NumPy costs before it computes. X W + c is the
product of (X, 1) and (W; c), and so one call; and one product with the cotangent gives the
gradients of both. The units of an example are a column, so that those that a layer computes lie in
one piece above the ones. A target that is subtracted from the last layer of one unit is one more
row. Two layers of very few units read parts of one array, below one another, and so all gradients
are parts of one product, of that array and both cotangents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.arithmetic import sign
from ...ops.batching import elementwise
from ...ops.op import registry
from ..rewriting.sweep import New, sweep
from .contractions import typical_size
from .layers import BLOCK, Layer, Pair

_WIDEST = 32  # units of a layer, and what it reads
_COPIED = 2  # times as many inputs as units: what is copied then costs less than what it saves
_STRICT = frozenset({"add", "subtract", "multiply", "divide", "negative"})  # nan of nan
_NEAR = 16  # nodes among which a cotangent is traced to its layer
_FEW = 8  # units of whose many examples NumPy finds the sign as fast as it compares
_MOST = 4  # layers; the equal steps of more become one call of stacked arrays
_TINY = 8  # units of two layers together


def affine(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with the layers of narrow networks in this form."""
    nodes = ancestors(outputs)
    layers = _chained(_layers(nodes), {o.id for o in outputs})
    if not layers:
        return list(outputs)
    _find_targets(layers, nodes)
    pair = _pair(layers)
    values = {x.node.id: x for x in layers}
    slopes = {s.id: x for x in layers for s in x.slopes}
    below = {x.units_slope().id: x for x in layers if x.below}
    stepped = _stepped(below)

    def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
        if layer := values.get(node.id):
            return layer.value(new[layer.x.id])
        if layer := slopes.get(node.id):
            if pair is None:
                return layer.slope(node, new[layer.x.id], new[layer.cotangent.id])
            pair.note(layer, node, fresh, new)
            return None
        if layer := below.get(node.id):
            return layer.slope_below(fresh.args[0])
        units = stepped.get(node.args[0].id) if node.op == "multiply" else None
        return _signed(node, fresh, units, new) if units is not None else None

    found = sweep(outputs, change)
    return pair.merged(found) if pair else found


def _signed(node: Expr, fresh: Expr, units: Expr, new: New) -> Expr | None:
    """What is multiplied by the step of rectified units, times their sign."""
    return fresh.args[0] * sign(new[units.id]) if _is_step(node.args[1], units) else None


def _pair(layers: Sequence[Layer]) -> Pair | None:
    """Two layers, if BLAS computes the product of both as fast as theirs."""
    if len(layers) != 2 or layers[1].below is not layers[0]:
        return None
    units = layers[0].units + layers[1].units
    if units > _TINY or -units % BLOCK > 1:
        return None
    layers[0].beside = layers[1].beside = True
    return Pair(layers[0], layers[1])


def _stepped(below: Mapping[int, Layer]) -> dict[int, Expr]:
    """Rectified units whose cotangents are nan where they are: their slope is their sign.

    A comparison would be false there. A unit that is nan makes all units above nan.
    """
    found: set[int] = set()
    for number, layer in sorted(below.items()):
        reached = [layer.cotangent]
        for x in reached:
            if x is layer.node or x.id in found:
                found.add(number)
                break
            if x.op in _STRICT and len(reached) < _NEAR:
                reached += x.args
    units = {i: below[i].x for i in found}
    return {i: x for i, x in units.items() if x.op == "relu" and x.shape[1] in range(_FEW + 1)}


def _is_step(x: Expr, units: Expr) -> bool:
    """Whether it is 1 where rectified units are positive, and 0 elsewhere."""
    if x.op != "greater" or x.args[1].value is None:
        return False
    return x.args[0] is units.args[0] and not x.args[1].value.any()


def _layers(nodes: Sequence[Expr]) -> list[Layer]:
    """The layers of which all is known but their chain, in order."""
    sums = {n.args[0].id: n for n in nodes if n.op == "sum" and n.params["axis"] in ((0,), None)}
    slopes = {
        n.args[0].args[0].id: (n, sums[n.args[1].id])
        for n in (nodes if sums else ())
        if n.op == "matmul" and n.args[0].op == "transpose" and n.args[1].id in sums
    }
    readers = Counter(a.id for n in nodes for a in n.args) if slopes else Counter[int]()
    found = []
    for n in nodes if slopes else ():
        product, bias = sorted(n.args, key=lambda a: a.op != "matmul") if n.op == "add" else (n, n)
        if product.op == "matmul" and product is not bias and readers[product.id] == 1:
            x, weight = product.args
            if x.id in slopes and _fits(x, weight, bias, slopes[x.id]):
                found.append(Layer(n, x, weight, bias, slopes[x.id]))
    return found


def _fits(x: Expr, weight: Expr, bias: Expr, slopes: tuple[Expr, Expr]) -> bool:
    """Whether it is a narrow layer; of float32 sums of vectors are more exact than products."""
    given = weight.op == bias.op == "input" and bias.shape == weight.shape[1:]
    if not given or x.ndim != 2 or tuple(s.type for s in slopes) != (weight.type, bias.type):
        return False
    same = weight.dtype == bias.dtype == x.dtype and x.type.is_floating
    narrow = all(isinstance(d, int) and 0 < d <= _WIDEST for d in weight.shape)
    return same and narrow and (weight.ndim == 2 or weight.dtype.itemsize == 8)


def _chained(layers: Sequence[Layer], outputs: set[int]) -> list[Layer]:
    """The layers that read inputs, and those that read their units."""
    found: dict[int, Layer] = {}
    for layer in layers:
        x = layer.x
        layer.below = _below(x, found)
        if layer.below and outputs.isdisjoint((x.id, layer.below.node.id)):
            layer.below.turned = True
        elif x.op != "input" or typical_size(x) > _COPIED * typical_size(layer.node):
            continue
        found[layer.node.id] = layer
    chains = [x for x in found.values() if x.turned or x.below]
    return chains if len(chains) <= _MOST else []


def _below(x: Expr, known: Mapping[int, Layer]) -> Layer | None:
    """The layer whose units these are, by one operation on elements."""
    z = [a for a in x.args if a.ndim]
    return known.get(z[0].id) if len(z) == 1 and registry[x.op].batch is elementwise else None


def _find_targets(layers: Sequence[Layer], nodes: Sequence[Expr]) -> None:
    """A target is subtracted from what nothing else reads."""
    single = {x.node.id: x for x in layers if x.below and x.weight.ndim == 1}
    readers = Counter(a.id for n in nodes for a in n.args if a.id in single)
    for n in nodes if single else ():
        layer = single.get(n.args[0].id) if n.op == "subtract" else None
        alone = layer is not None and readers[layer.node.id] == 1
        if layer and alone and n.args[1].op == "input" and n.args[1].type == n.type:
            layer.node, layer.target = n, n.args[1]
