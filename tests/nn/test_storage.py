"""Saved models: the round trip, and files that mean harm."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.nn import MLP, Model, load

X = np.random.default_rng(0).normal(size=(20, 2))
Y = (X.sum(axis=1) > 0).astype(int)


@pytest.fixture
def model() -> Model:
    net = MLP(
        [2, 3, 4, 2], ["tanh", "relu"], loss="cross_entropy", l1=1e-3, l2=1e-4, dtype="float32"
    )
    return net.fit(X, Y, epochs=2, validation=0.2)


def test_round_trip(model: Model, tmp_path: Path) -> None:
    path = model.save(tmp_path / "model.npz")
    again = load(path)
    assert again.history == model.history
    assert again.net.description == model.net.description
    assert {p.dtype.name for p in again.params.values()} == {"float32"}
    assert all((again.params[k] == p).all() for k, p in model.params.items())
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.net.fit(X, Y, epochs=1, params=again.params).history["loss"]


def test_numpy_reads_it_without_pickle(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as found:
        assert set(found) == {"description", *model.params}
        np.testing.assert_array_equal(found["W1"], model.params["W1"])
        assert json.loads(found["description"].tobytes())["architecture"]["sizes"] == [2, 3, 4, 2]


def test_the_same_model_is_the_same_file(model: Model, tmp_path: Path) -> None:
    a, b = model.save(tmp_path / "a.npz"), model.save(tmp_path / "b.npz")
    assert a.read_bytes() == b.read_bytes()


def test_functions_can_not_be_saved(tmp_path: Path) -> None:
    net = MLP([2, 3, 1], activation=lambda a: a * a)
    with pytest.raises(sg.SymgradError, match="can not be saved"):
        Model(net, net.init(0)).save(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


def test_places_that_can_not_be_written(model: Model, tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "m.npz", tmp_path, "a\0b"):
        with pytest.raises(sg.SymgradError, match="cannot write"):
            model.save(path)
    assert not list(tmp_path.iterdir())


def packed(model: Model, **changes: Any) -> bytes:
    """A saved model with members replaced (or, given None, left out)."""
    text = {"version": 1, "architecture": model.net.description, "history": model.history}
    members = {"description": text, **model.params, **changes}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, value in members.items():
            if value is not None:
                file.writestr(f"{name}.npy", as_npy(value))
    return buffer.getvalue()


def as_npy(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        value = np.frombuffer(json.dumps(value).encode(), np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=True)
    return buffer.getvalue()


class Evil:
    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('executed')",))


def text(model: Model, **changes: Any) -> dict[str, Any]:
    return {"version": 1, "architecture": model.net.description, "history": {}, **changes}


def head(shape: tuple[int, ...], dtype: str) -> bytes:
    """A header that promises more than there is."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"shape": shape, "fortran_order": False, "descr": dtype}
    )
    return buffer.getvalue()


HOSTILE: dict[str, Any] = {
    "empty": lambda m: b"",
    "noise": lambda m: bytes(range(256)) * 10,
    "a pickle": lambda m: pickle.dumps(Evil()),
    "half a file": lambda m: packed(m)[: len(packed(m)) // 2],
    "flipped bytes": lambda m: packed(m)[:90] + b"\xff" * 40 + packed(m)[130:],
    "an empty zip": lambda m: b"PK\5\6" + bytes(18),
    "no description": lambda m: packed(m, description=None),
    "a pickled array": lambda m: packed(m, W1=np.array([Evil()], object)),
    "a pickled description": lambda m: packed(m, description=np.array([Evil()], object)),
    "a parameter missing": lambda m: packed(m, b2=None),
    "a parameter too many": lambda m: packed(m, b9=np.zeros(3)),
    "another shape": lambda m: packed(m, W1=np.zeros((3, 2), np.float32)),
    "another dtype": lambda m: packed(m, W1=np.zeros((2, 3))),
    "not finite": lambda m: packed(m, W1=np.full((2, 3), np.nan, np.float32)),
    "a bomb": lambda m: packed(m, W1=np.zeros((2000, 3000), np.float32)),
    "a promise": lambda m: packed(m, W1=head((10**12, 10**6), "<f4")),
    "cut short": lambda m: packed(m, W1=as_npy(m.params["W1"])[:-4]),
    "a long description": lambda m: packed(m, description=head((10**12,), "|u1")),
    "text, not JSON": lambda m: packed(m, description=np.frombuffer(b"{", np.uint8)),
    "deep JSON": lambda m: packed(m, description=np.frombuffer(b"[" * 200_000, np.uint8)),
    "a list": lambda m: packed(m, description=np.frombuffer(b"[]", np.uint8)),
    "another version": lambda m: packed(m, description=text(m, version=2)),
    "no history": lambda m: packed(m, description=text(m, history=3)),
    "odd history": lambda m: packed(m, description=text(m, history={"loss": ["a"]})),
    "an unknown argument": lambda m: packed(
        m, description=text(m, architecture={**m.net.description, "evil": 1})
    ),
    "another activation": lambda m: packed(
        m, description=text(m, architecture={**m.net.description, "activation": "__import__"})
    ),
    "huge sizes": lambda m: packed(
        m, description=text(m, architecture={**m.net.description, "sizes": [10**9] * 4})
    ),
    "sizes of text": lambda m: packed(
        m, description=text(m, architecture={**m.net.description, "sizes": "abcd"})
    ),
    "no sizes": lambda m: packed(m, description=text(m, architecture={})),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(case: str, model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(HOSTILE[case](model))
    with pytest.raises(sg.SymgradError) as caught:
        load(path)
    assert "as a saved model" in str(caught.value)
    assert "Give a file that model.save(path) has written." in str(caught.value)


def test_what_is_packed_here_loads(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(packed(model))
    assert load(path).history == model.history
    path.write_bytes(packed(model, W1=np.asfortranarray(model.params["W1"])))
    np.testing.assert_array_equal(load(path).params["W1"], model.params["W1"])


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path, "a\0b"):
        with pytest.raises(sg.SymgradError, match="as a saved model"):
            load(path)
    with pytest.raises(sg.SymgradError, match="cannot read None as a saved model"):
        load(None)  # type: ignore[arg-type]


def test_random_damage(model: Model, tmp_path: Path) -> None:
    """Any byte may be wrong: the file loads, or says that it does not."""
    whole, rng = packed(model), np.random.default_rng(0)
    for _ in range(60):
        data = bytearray(whole)
        for i in rng.integers(0, len(data), 4):
            data[i] = rng.integers(256)
        (tmp_path / "model.npz").write_bytes(data)
        with suppress(sg.SymgradError):
            load(tmp_path / "model.npz")
