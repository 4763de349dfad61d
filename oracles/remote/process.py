"""Any program as an oracle: JSON lines on its standard input and output.

The learning stack runs in a process, and if need be an environment and a language, of its own.
`ProcessOracle` starts the program and asks; `serve_lines` answers on the side of a worker written
in Python. docs/oracles.md shows the lines.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.games.text.words import one_line, told
from coopetition.oracles.protocol.oracle import Closing, UtilityOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.checked_messages import check_seconds
from coopetition.oracles.remote.environment import worker_environment
from coopetition.oracles.remote.wire import (
    LIMIT,
    answer_queries,
    dumps,
    loads,
    read_evaluations,
    read_spec,
)
from coopetition.oracles.remote.worker import PATIENCE, Worker


class ProcessOracle(Closing):
    """Ask a program that answers JSON lines.

    The program starts with the first question and ends when its standard input is closed. If it
    dies or does not answer in time it is killed, and restarted by the next question. It may
    print what it likes before its first answer; afterwards standard output is for answers only.

    Parameters
    ----------
    command
        Program and arguments; no shell is involved.
    timeout
        Seconds to wait for the answer to one batch; also how long what is pending is asked again.
    start_timeout
        Seconds to wait for the description, which includes starting the program.
    cwd
        Folder of the program; by default ours.
    env
        Its whole environment; by default that of
        `coopetition.oracles.remote.environment.worker_environment`.

    Raises
    ------
    InvalidInputError
        If the command is not a list of texts, or a time limit is not positive.

    Examples
    --------
    A worker of a few lines in any language will do; this one is Python's.

    >>> import sys
    >>> worker = '''
    ... from coopetition.oracles.protocol.oracle import FunctionOracle
    ... from coopetition.oracles.remote.process import serve_lines
    ... serve_lines(FunctionOracle(function=lambda x: x.sum() / 8, upper=(9.0, 9.0)))
    ... '''
    >>> with ProcessOracle([sys.executable, "-c", worker]) as oracle:
    ...     oracle.evaluate([Query((1.0, 2.0))])[0].gain
    0.375
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        timeout: float = 3600.0,
        start_timeout: float = 300.0,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(command, str) or not command or not all(isinstance(w, str) for w in command):
            raise InvalidInputError(
                f"`command` must be a list of texts, the program first, got {told(command)}"
            )
        self._command, self._cwd = list(command), cwd
        self._env = worker_environment() if env is None else dict(env)
        self.timeout = check_seconds("timeout", timeout)
        self._start_timeout = check_seconds("start_timeout", start_timeout)
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._spec: OracleSpec | None = None
        self._closed = False

    def spec(self) -> OracleSpec:
        """Describe the program, in its own words.

        Raises
        ------
        OracleError
            If the program cannot be started, or does not describe itself.
        """
        with self._lock:
            if self._spec is None:
                self._running()
            assert self._spec is not None
            return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Put one batch of queries to the program.

        Raises
        ------
        OracleError
            If the program dies, is late, or answers anything but the question.
        """
        with self._lock:
            worker = self._running()
            try:
                message = {"ask": "evaluate", "queries": list(queries)}
                body = worker.exchange(message, self.timeout)
            except BaseException:
                self._drop()
                raise
        return read_evaluations(_answer_of(body))

    def close(self) -> None:
        """End the program."""
        with self._lock:
            self._closed = True
            self._drop(PATIENCE)

    def _running(self) -> Worker:
        """Return the worker, started and introduced."""
        if self._closed:
            raise OracleError("the oracle was closed")
        if self._worker is not None:
            return self._worker
        self._worker = Worker(self._command, self._cwd, self._env)
        try:
            body = self._worker.exchange({"ask": "spec"}, self._start_timeout, skip_noise=True)
            spec = read_spec(_answer_of(body).get("spec"))
            if self._spec not in (None, spec):
                raise OracleError("the worker describes itself differently since it was restarted")
        except BaseException:
            self._drop()
            raise
        self._spec = spec
        return self._worker

    def _drop(self, patience: float = 0.0) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop(patience)


def _answer_of(body: dict[str, Any]) -> dict[str, Any]:
    if "error" in body:
        raise OracleError(f"the worker failed: {one_line(body['error'])}")
    return body


def serve_lines(oracle: UtilityOracle) -> None:
    """Answer the lines on standard input with an oracle, until they end; then close it.

    The last statement of a worker. Whatever the backend prints goes to standard error from here
    on, also from C code and from child processes, so that it cannot get between the answers.

    Examples
    --------
    >>> import sys
    >>> worker = '''
    ... from coopetition.oracles.protocol.oracle import FunctionOracle
    ... from coopetition.oracles.remote.process import serve_lines
    ... serve_lines(FunctionOracle(function=lambda x: x.sum() / 8, upper=(9.0, 9.0)))
    ... '''
    >>> with ProcessOracle([sys.executable, "-c", worker]) as oracle:
    ...     oracle.spec().upper
    (9.0, 9.0)
    """
    with (
        suppress(BrokenPipeError),  # the caller is gone
        os.fdopen(os.dup(0), "rb") as source,
        os.fdopen(os.dup(1), "wb") as out,
    ):
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        try:
            while line := source.readline(LIMIT):
                if line.strip():
                    out.write(_answer(oracle, line).encode() + b"\n")
                    out.flush()
        finally:
            oracle.close()


def _answer(oracle: UtilityOracle, line: bytes) -> str:
    """Return the answer to one line; what goes wrong is an answer too."""
    number = None
    try:
        body = loads(line, "the caller")
        number, ask = body.get("id"), body.get("ask")
        if type(number) is not int:
            number = None
            raise InvalidInputError(f"`id` must be an integer, got {told(body.get('id'))}")
        if ask == "spec":
            return dumps({"id": number, "spec": oracle.spec()})
        if ask == "evaluate":
            return dumps({"id": number} | answer_queries(oracle, body))
        raise InvalidInputError(f"`ask` must be spec or evaluate, got {told(ask)}")
    except CoopetitionError as error:
        return dumps({"id": number, "error": str(error)})
