"""A function's fingerprint: the same in another process, another for whatever it depends on."""

import dataclasses
import functools
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.fingerprint import fingerprint_of

SCALE = 1.0
SETTINGS: dict[str, Any] = {"scale": [1.0]}


def helper(x: Any) -> Any:
    return SCALE * x


def by_global(x: Any) -> Any:
    return SCALE * x.sum()


def by_helper(x: Any) -> Any:
    return helper(x).sum()


def by_table(x: Any) -> Any:
    return SETTINGS["scale"][0] * x.sum()


@functools.lru_cache
def cached() -> float:
    return SCALE


def by_cached(x: Any) -> Any:
    return cached() * x.sum()


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*arguments: Any) -> Any:
        return function(*arguments)

    return wrapper


@dataclasses.dataclass
class Model:
    """A function with a state."""

    scale: Any = 1.0

    def __call__(self, x: Any) -> Any:
        """Compute."""
        return self.scale * x.sum()

    def predict(self, x: Any) -> Any:
        """Compute in another way."""
        return self(x)


@pytest.mark.parametrize(
    "function", [by_global, by_helper, by_cached, decorated(by_global), np.vectorize(by_global)]
)
def test_a_global_that_it_uses_counts(
    function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint_of(function)
    assert before == fingerprint_of(function)
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert fingerprint_of(function) not in ("", before)
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    assert fingerprint_of(function) == before


def test_what_a_global_holds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint_of(by_table)
    monkeypatch.setitem(SETTINGS, "scale", [2.0])
    assert fingerprint_of(by_table) not in ("", before)


def test_what_belongs_to_the_function_counts() -> None:
    def make(by: Any) -> list[Callable[..., Any]]:
        def closed(x: Any) -> Any:
            return by * x.sum()

        def default(x: Any, k: Any = by) -> Any:
            return k * x.sum()

        def keyword(x: Any, *, k: Any = by) -> Any:
            return k * x.sum()

        def nested(x: Any) -> Any:
            return sum(by * value for value in x)

        model, partial = Model(by), functools.partial(lambda k, x: k * x.sum(), by)
        return [closed, default, keyword, nested, model, model.predict, partial, decorated(closed)]

    ones = [[fingerprint_of(function) for function in make(by)] for by in (1.0, 1.0, 2.0, 1)]
    assert ones[0] == ones[1]
    assert "" not in ones[0]
    everything = {*ones[0], *ones[2], *ones[3]}
    assert len(everything) == 3 * len(ones[0])
    arrays = [fingerprint_of(Model(np.array(values))) for values in ([1.0, 2.0], [1.0, 3.0])]
    assert arrays[0] != arrays[1]


def test_constants_and_code_count() -> None:
    functions: list[Callable[..., Any]] = [
        lambda x: x.sum(),
        lambda x: 2 * x.sum(),
        lambda x: 3 * x.sum(),
        lambda x: x.mean(),
        lambda x: x.sum() if x[0] in {"a", "b"} else 0,
        lambda x: x.sum() if x[0] in {"a", "c"} else 0,
    ]
    assert len({fingerprint_of(function) for function in functions}) == len(functions)


def test_what_has_no_digest_has_none(tmp_path: Path) -> None:
    lock = threading.Lock()
    with (tmp_path / "log").open("w") as file:
        assert fingerprint_of(lambda x: file.write(str(x))) == ""
        assert fingerprint_of(lambda x: lock and x.sum()) == ""


def test_another_process_gives_the_same_and_another_file_does_not(tmp_path: Path) -> None:
    """Modules beside it count, also those that they import; the order of hashes does not."""
    (tmp_path / "main.py").write_text(
        textwrap.dedent(
            """
            import trained
            from coopetition.games.fingerprint import fingerprint_of
            words = {"north", "south", "west"}
            print(fingerprint_of(lambda x: trained.train(x) if x in words else 0))
            """
        )
    )
    (tmp_path / "trained.py").write_text("import data\ndef train(x): return data.load() * x\n")
    (tmp_path / "data.py").write_text("def load(): return 1\n")

    def run(seed: str) -> str:
        command = [sys.executable, "main.py"]
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path for path in sys.path if path)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.stdout or done.stderr

    first = run("1")
    assert len(first) == 33
    assert run("2") == first
    (tmp_path / "data.py").write_text("def load(): return 22\n")
    assert run("1") != first
