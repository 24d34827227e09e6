"""What narrow layers become: products of arrays that hold ones, and parts of one product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from ...graph.graph import Expr
from ...graph.records import record
from ...ops.indexing import getitem
from ...ops.joining import concatenate
from ...ops.products import matmul, outer
from ...ops.shapes import broadcast_to, expand_dims, transpose
from ..rewriting.sweep import New, sweep

BLOCK = 4  # columns of which BLAS computes a product at once; others cost it more


@record
class Layer:
    """``node`` is x W + c; ``slopes`` are the gradients of W and c, of one cotangent.

    ``below`` is the layer whose units it reads, ``target`` what is subtracted within ``node``, and
    ``turned`` says that its own units are columns. ``beside`` says that it reads a part of an
    array of what two layers read, of the lower first.
    """

    node: Expr
    x: Expr
    weight: Expr
    bias: Expr
    slopes: tuple[Expr, Expr]
    below: Layer | None = None
    target: Expr | None = None
    turned: bool = False
    beside: bool = False

    @property
    def units(self) -> int:
        """How many there are."""
        return int(self.node.shape[1]) if self.node.ndim == 2 else 1

    @property
    def cotangent(self) -> Expr:
        """Of ``node``."""
        return self.slopes[0].args[1]

    def weights(self) -> Expr:
        """The weights above the bias, or below it, and above what the target is multiplied by."""
        parts = [self.weight, expand_dims(self.bias, 0)]
        if self.beside and self.below:
            parts.reverse()
        if self.target is not None:
            parts.append(self.weight.graph.constant([-1.0], self.weight.dtype))
        return concatenate(parts)

    def columns(self, x: Expr) -> Expr:
        """What it reads, a column for each example, above ones and the target.

        Arguments of more than a few columns are copied in their own order.
        """
        if self.beside and self.below:
            return getitem(self.all_columns(x), slice(self.below.x.shape[1], None))
        one = x.graph.constant(1.0, x.dtype)
        if self.below is None and not self.beside and x.shape[1] not in range(BLOCK + 1):
            return transpose(concatenate([x, broadcast_to(one, (x.shape[0], 1))], axis=1))
        parts = [transpose(x), broadcast_to(one, (1, x.shape[0]))]
        if self.target is not None:
            parts.append(expand_dims(self.target, 0))
        return concatenate(parts)

    def all_columns(self, x: Expr) -> Expr:
        """What the layer below reads, above what this one reads and the target."""
        assert self.below
        parts = [self.below.columns(self.below.x), transpose(x)]
        if self.target is not None:
            parts.append(expand_dims(self.target, 0))
        return concatenate(parts)

    def value(self, x: Expr) -> Expr:
        """The layer, less the target."""
        a, w = self.columns(x), self.weights()
        if self.turned:
            return transpose(matmul(transpose(w), a))
        return matmul(w, a) if w.ndim == 1 else matmul(transpose(a), w)

    def slope(self, node: Expr, x: Expr, cotangent: Expr) -> Expr:
        """The gradient of the weights or of the bias: a part of one product."""
        both = matmul(self.columns(x), cotangent)
        rows = self.x.shape[1]
        return getitem(both, slice(None, rows) if node is self.slopes[0] else rows)

    def units_slope(self) -> Expr:
        """The cotangent of the units that it reads."""
        one = self.weight.ndim == 1
        return (outer if one else matmul)(self.cotangent, self.weight if one else self.weight.T)

    def slope_below(self, cotangent: Expr) -> Expr:
        """The same, a column for each example."""
        if self.weight.ndim == 1:
            first, rows = int(self.beside), self.x.shape[1]
            return transpose(outer(getitem(self.weights(), slice(first, first + rows)), cotangent))
        return transpose(matmul(self.weight, transpose(cotangent)))


@record
class Pair:
    """Two layers of very few units, whose gradients are parts of one product.

    Noted are the gradients, by their numbers, with their places in it, and the two cotangents.
    """

    lower: Layer
    upper: Layer
    places: dict[int, tuple[int | slice, int | slice]] = field(default_factory=dict)
    cotangents: dict[int, Expr] = field(default_factory=dict)
    all_columns: Expr | None = None

    def note(self, layer: Layer, slope: Expr, fresh: Expr, new: New) -> None:
        """A gradient of one layer, as it is and as it was, when what it reads is known."""
        ones, units = int(self.lower.weight.shape[0]), self.lower.units
        of_weights = slope is layer.slopes[0]
        if layer is self.lower:
            self.places[fresh.id] = slice(ones) if of_weights else ones, slice(units)
        else:
            columns = slice(units, units + layer.units) if layer.node.ndim == 2 else units
            rows = slice(ones + 1, ones + 1 + units) if of_weights else ones
            self.places[fresh.id] = rows, columns
            self.all_columns = layer.all_columns(new[layer.x.id])
        self.cotangents[layer.node.id] = new[layer.cotangent.id]

    def product(self) -> Expr:
        """Of what both read and both cotangents, in as many columns as BLAS is fast at."""
        assert self.all_columns is not None
        parts = [transpose(self.cotangents[self.lower.node.id])]
        upper = self.cotangents[self.upper.node.id]
        parts.append(transpose(upper) if upper.ndim == 2 else expand_dims(upper, 0))
        if spare := -(self.lower.units + self.upper.units) % BLOCK:
            zero = upper.graph.constant(0.0, upper.dtype)
            parts.append(broadcast_to(zero, (spare, upper.shape[0])))
        read = self.all_columns
        if self.upper.target is not None:
            read = getitem(read, slice(-1))
        return matmul(read, transpose(concatenate(parts)))

    def merged(self, outputs: Sequence[Expr]) -> list[Expr]:
        """The outputs, with parts of this product."""
        product = self.product()

        def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
            place = self.places.get(node.id)
            return getitem(product, place) if place else None

        return sweep(outputs, change)
