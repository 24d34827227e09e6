"""The public functions: the only room that joins the others. Each checks, and hands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..graph.graph import hooks
from ..rooms import Room

if TYPE_CHECKING:
    from ..frontends import numpy_calls
    from ..lang import printer
    from ..render import picture
else:
    numpy_calls = Room("symgrad.frontends.numpy_calls")
    printer = Room("symgrad.lang.printer")
    picture = Room("symgrad.render.picture")

hooks["text"] = lambda *exprs: printer.to_text(*exprs)
hooks["summary"] = lambda expr, width=80: printer.summary(expr, width)
hooks["ufunc"] = lambda *call: numpy_calls.call_ufunc(*call)
hooks["function"] = lambda *call: numpy_calls.call_function(*call)
hooks["picture"] = lambda what: picture.png_bytes(what)
