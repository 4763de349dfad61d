"""Run command lines in this process, and say what is wrong with how they end."""

import contextlib
import io
import json
import logging
import os
import re
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NamedTuple
from unittest.mock import patch

from coopetition import __main__
from coopetition.cli.streams import PlainText
from tests.fuzzing.lines import command_line

PATIENCE = 20  # seconds of computing; six times as many by the clock, as machines are busy
ALARMS = (signal.SIGPROF, signal.SIGALRM)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
OUTPUTS = ("--out", "--save")
KEPT = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal")  # a journal, a store


class HangError(BaseException):
    """A command ran for too long."""


class Ended(NamedTuple):
    """How a command line ended."""

    words: list[str]
    files: dict[str, bytes]
    code: object
    out: str
    err: str
    where: str
    faults: list[str]


def ended(seed: int) -> Ended:
    """Compose a command line and run it in a folder of its own."""
    rng = Random(seed)
    with TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        words = command_line(rng, Path("."))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        raw = io.BytesIO(), io.BytesIO()
        out, err = map(PlainText, raw)
        code, where = _run(words, out, err)
        said = []
        for stream, content in zip((out, err), raw, strict=True):
            stream.flush()
            said.append(content.getvalue().decode())
        found = Ended(words, files, code, said[0], said[1], where, [])
        found.faults.extend(_faults(found, folder))
    return found


def _run(words: list[str], out: PlainText, err: PlainText) -> tuple[object, str]:
    def hang(number: int, frame: FrameType | None) -> None:
        raise HangError("".join(traceback.format_stack(frame)[-3:]))

    fail, where = __main__._fail, ""

    def failing(text: str, code: int) -> int:
        nonlocal where
        if "internal error" in text:
            where = traceback.format_exc()
        return fail(text, code)

    before = [signal.signal(sign, hang) for sign in ALARMS]
    hooks = sys.unraisablehook, threading.excepthook
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.alarm(6 * PATIENCE)
    try:
        with (
            patch.object(sys, "argv", ["coopetition", *words]),
            patch.object(__main__, "_fail", failing),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            warnings.simplefilter("default")  # as for a user
            __main__.main()
    except SystemExit as stop:
        return stop.code, where
    except HangError as error:
        return "hang", str(error)
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for sign, handler in zip(ALARMS, before, strict=True):
            signal.signal(sign, handler)
        sys.unraisablehook, threading.excepthook = hooks
        logging.disable(logging.NOTSET)
    return "nothing", where


def _faults(found: Ended, folder: Path) -> Iterator[str]:
    """Yield what is wrong."""
    words, code, out, err = found.words, found.code, found.out, found.err
    helped = "--help" in words or "--version" in words or "-h" in words
    if code not in (0, 1, 2, 3):
        yield f"code {code}"
    for sign in ("Traceback", "internal error", "Warning"):
        if sign in err or sign in out:
            yield sign
    sentences = [line for line in err.splitlines() if line.startswith("coopetition: ")]
    if code == 2:
        if out:
            yield "stdout of a refusal"
        if len(sentences) != 1 or not err.endswith(sentences[-1] + "\n"):
            yield "not one sentence"
    if code in (0, 1) and sentences:
        yield "an answer and an error"
    if code == 3 and not sentences and "sweep" not in words and "design" not in words:
        yield "no reason"
    if CONTROL.search(err):
        yield "control characters in stderr"
    if code in (0, 1) and not helped:
        yield from _answer(found)
    told = {words[k + 1] for k, word in enumerate(words[:-1]) if word in OUTPUTS}
    made = [name for name in told if _is_file(folder / name)]
    if code == 2 and (new := [name for name in made if name not in found.files]):
        yield f"written by a refusal: {new}"
    if code in (0, 1) and not helped and len(made) < len(told):
        yield "an output is missing"
    for name, content in found.files.items():
        if not name.endswith(KEPT) and (folder / name).read_bytes() != content:
            yield f"changed an input: {name}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _answer(found: Ended) -> Iterator[str]:
    """Yield what is wrong with an answer."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    if not found.out.strip() and found.words[:2] != ["ledger", "export"]:
        yield "an empty answer"
    if "--json" in found.words:
        try:
            json.loads(found.out, parse_constant=refuse)
        except ValueError as error:
            yield f"no JSON: {error}"


def main() -> None:
    """Run so many command lines, from a seed on; print each kind of fault once, and a count."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()
    seen: dict[str, int] = {}
    codes: dict[object, int] = {}
    slow: list[tuple[float, int]] = []
    for k in range(seed, seed + count):
        begun = time.monotonic()
        found = ended(k)
        took = time.monotonic() - begun
        slow = sorted([*slow, (took, k)], reverse=True)[:5]
        codes[found.code] = codes.get(found.code, 0) + 1
        for fault in found.faults:
            tail = found.where.strip().splitlines()[-3:]
            kind = re.sub(r"[\d.]+", "0", f"{fault} {found.words[0]} {tail}")
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] == 1:
                print(f"\n== {fault}: seed {k}: {found.words} → {found.code}", flush=True)
                print(found.err[-600:], found.where[-900:], sep="\n", flush=True)
                for name, content in found.files.items():
                    print(f"-- {name}: {content[:1500]!r}", flush=True)
        if (k - seed + 1) % 500 == 0:
            print(f"… {k - seed + 1} of {count}, {codes}, {sum(seen.values())} faults", flush=True)
    print(f"{count} command lines from seed {seed}: {codes}; faults {seen}; slowest {slow}")
    sys.exit(1 if seen else 0)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
