"""The methods of expressions: those of NumPy's arrays, each a call of the operation of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import GraphError
from .operation import operations

if TYPE_CHECKING:
    from .graph import Expr


def _in(x: Any, dtype: Any) -> Any:
    """The operand in the dtype that is computed in."""
    return x if dtype is None else operations["astype"](x, dtype)


class Methods:
    """NumPy's methods; what they do is said at the functions of their names."""

    __slots__ = ()

    @property
    def T(self) -> Expr:
        """Axes in reverse order."""
        return operations["transpose"](self)

    @property
    def mT(self) -> Expr:
        """The last two axes swapped."""
        return operations["matrix_transpose"](self)

    # The same elements.

    def astype(self, dtype: object, copy: bool = True) -> Expr:
        """The same values in another dtype."""
        return operations["astype"](self, dtype)

    def copy(self, order: str = "C") -> Any:
        """The same expression: its value is never overwritten."""
        return self

    def conj(self) -> Any:
        """The same expression: its values are real."""
        return self

    conjugate = conj

    @property
    def real(self) -> Any:
        """The same expression: its values are real."""
        return self

    @property
    def imag(self) -> Any:
        """Zeros: its values are real."""
        return operations["zeros_like"](self)

    # Other places and shapes.

    def reshape(self, *shape: Any, order: str = "C") -> Expr:
        """The same elements in another shape; one entry may be -1."""
        return _in_order(self, _one_tuple(shape), order)

    def ravel(self, order: str = "C") -> Expr:
        """All elements in one axis."""
        return _in_order(self, (-1,), order)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> Expr:
        """Without the axes of size 1, all or those given."""
        return operations["squeeze"](self, axis=axis)

    def transpose(self, *axes: Any) -> Expr:
        """Axes in the given order, reversed by default."""
        return operations["transpose"](self, _one_tuple(axes))

    def swapaxes(self, axis1: int, axis2: int) -> Expr:
        """Two axes in each other's place."""
        return operations["swapaxes"](self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Expr:
        """Every element so many times in a row."""
        return operations["repeat"](self, repeats, axis=axis)

    def take(self, indices: object, axis: int | None = None) -> Expr:
        """Elements by their numbers along an axis."""
        return operations["take"](self, indices, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Expr:
        """The elements on a diagonal."""
        return operations["diagonal"](self, offset=offset, axis1=axis1, axis2=axis2)

    # Reductions.

    def sum(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Expr:
        """Sum over axes."""
        return operations["sum"](_in(self, dtype), axis=axis, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Expr:
        """Product over axes."""
        return operations["prod"](_in(self, dtype), axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Expr:
        """Mean over axes."""
        return operations["mean"](_in(self, dtype), axis=axis, keepdims=keepdims)

    def var(
        self, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False
    ) -> Expr:
        """Variance over axes."""
        return operations["var"](_in(self, dtype), axis=axis, ddof=ddof, keepdims=keepdims)

    def std(
        self, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False
    ) -> Expr:
        """Standard deviation over axes."""
        return operations["std"](_in(self, dtype), axis=axis, ddof=ddof, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Expr:
        """Largest element over axes."""
        return operations["max"](self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, *, keepdims: bool = False) -> Expr:
        """Smallest element over axes."""
        return operations["min"](self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Expr:
        """The number of the largest element."""
        return operations["argmax"](self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Expr:
        """The number of the smallest element."""
        return operations["argmin"](self, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, *, keepdims: bool = False) -> Expr:
        """Whether an element over axes is true."""
        return operations["any"](self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, *, keepdims: bool = False) -> Expr:
        """Whether all elements over axes are true."""
        return operations["all"](self, axis=axis, keepdims=keepdims)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Expr:
        """The sum of a diagonal."""
        return operations["trace"](self, offset=offset, axis1=axis1, axis2=axis2)

    # Along an axis, and element by element.

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Expr:
        """Sums of all elements up to each."""
        return operations["cumsum"](_in(self, dtype), axis=axis)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Expr:
        """Products of all elements up to each."""
        return operations["cumprod"](_in(self, dtype), axis=axis)

    def argsort(self, axis: int | None = -1) -> Expr:
        """The order that sorts the elements along an axis."""
        return operations["argsort"](self, axis=axis)

    def clip(self, min: object = None, max: object = None) -> Expr:
        """Values bounded below and above."""
        return operations["clip"](self, min, max)

    def round(self, decimals: int = 0) -> Expr:
        """Values rounded to so many decimals."""
        return operations["round"](self, decimals)

    def dot(self, other: object) -> Expr:
        """Product of matrices and vectors."""
        return operations["dot"](self, other)

    # What a symbol does not have.

    def sort(self, *_: object, **__: object) -> None:
        """Refused: nothing is sorted in place."""
        raise GraphError(
            f"{getattr(self, 'label', 'it')} is symbolic: it can not be sorted in place",
            how="Use the sorted expression, np.sort(x, axis).",
        )

    def item(self, *_: object) -> None:
        """Refused: there is no number yet."""
        float(self)  # type: ignore[arg-type]  # which says so

    tolist = item


def _in_order(x: Any, shape: Any, order: str) -> Expr:
    """By rows, or by columns (order="F")."""
    if order not in ("C", "F", "A", "K"):
        raise GraphError(f"order is C or F, not {order!r:.20}", how='By columns: order="F".')
    if order != "F":
        return operations["reshape"](x, shape)
    turned = shape[::-1] if isinstance(shape, tuple | list) else shape
    return operations["transpose"](operations["reshape"](x.T, turned))


def _one_tuple(items: tuple[Any, ...]) -> Any:
    """Axes or sizes given as separate arguments or as one sequence; None if none are given."""
    if not items:
        return None
    return items[0] if len(items) == 1 and not isinstance(items[0], int | str) else items
