import numpy as np


def _where(mask, x, y, out=None):
    """np.where(mask, x, y), in out if given; by bits where no branch could be foreseen."""
    size = np.size(mask) if out is None else mask.size
    if size >= 4096:
        return _chosen_by_runs(mask, x, y, out)
    chosen = np.where(mask, x, y)
    if out is None:
        return chosen
    out[...] = chosen
    return out


def _chosen_by_runs(mask, x, y, out):
    runs = mask.reshape(-1)
    foreseen = 8 * np.count_nonzero(runs[1:] != runs[:-1]) <= mask.size
    if out is None:
        dtype = np.result_type(x, y)
        if foreseen or dtype.kind != "f":
            return np.where(mask, x, y)
        out = np.empty(np.broadcast_shapes(mask.shape, np.shape(x), np.shape(y)), dtype)
    if (x is not out and np.may_share_memory(x, out)) or (
        y is not out and np.may_share_memory(y, out)
    ):
        out[...] = np.where(mask, x, y)
        return out
    if x is out:
        mask, x, y = ~mask, y, x
    if not foreseen:
        return _chosen_by_bits(mask, x, y, out)
    if y is not out:
        out[...] = y
    np.copyto(out, x, where=mask)
    return out


def _chosen_by_bits(mask, x, y, out):
    dtype, kind = out.dtype, f"i{out.itemsize}"
    bits, x = out.view(kind), np.asarray(x, dtype).view(kind)
    np.bitwise_xor(x, np.asarray(y, dtype).view(kind), bits)
    bits *= ~mask
    bits ^= x
    return out
