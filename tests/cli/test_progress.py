"""Progress: drawn in a terminal by long jobs, nowhere else; it leaves no trace."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from coopetition.oracles.remote.wire import dumps
from coopetition.output.progress import LATEST, ProgressBar, Report
from tests.oracles.backends import SPEC
from tests.studies.command import written

if sys.platform == "win32":
    pytest.skip("pseudo-terminals", allow_module_level=True)
import fcntl
import termios

# An oracle that waits once: before which answer, and for how many seconds; from the first for good.
ORACLE = f"""
import json, sys, time
wait, seconds = int(sys.argv[1]), float(sys.argv[2])
for number, line in enumerate(sys.stdin):
    if number == wait:
        time.sleep(seconds)
        if number == 0:
            sys.exit("no data")
    body = json.loads(line)
    answer = {{"id": body["id"]}}
    if body["ask"] == "spec":
        answer["spec"] = json.loads({dumps(SPEC)!r})
    else:
        gains = [sum(q["contribution"]) / 200 for q in body["queries"]]
        answer["evaluations"] = [dict(status="ok", gain=gain) for gain in gains]
    print(json.dumps(answer), flush=True)
"""
SCENARIO = """
[oracle]
kind = "process"
command = {}
[[organization]]
name = "North"
local_data = 10
max_contribution = 40
value = 100
unit_cost = 0.1
[[organization]]
name = "South"
local_data = 20
max_contribution = 40
value = 80
unit_cost = 0.1
"""
# Ctrl-C counts also where the tests run in the background.
PYTHON = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
PYTHON += "os.execv(sys.executable, [sys.executable, '-m', 'coopetition', *sys.argv[1:]])"
COUNT = re.compile(rb"3 of 36  0:00:\d\d left")


class Run(NamedTuple):
    """What a command ended with, and wrote: to the terminal, to a standard output that is none."""

    code: int
    terminal: str
    out: str = ""

    @property
    def screen(self) -> list[str]:
        """The lines that a person sees in the end."""
        lines, row = [""], 0
        for part in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", self.terminal):
            if part == "\n":
                row += 1
                lines += [""] * (row == len(lines))
            elif part == "\x1b[1A":
                row -= 1
            elif part == "\x1b[2K":
                lines[row] = ""
            elif part[0] not in "\r\x1b":
                lines[row] += part
        return _timeless(lines)


def _timeless(lines: list[str]) -> list[str]:
    """Leave out what is empty, what is said beforehand, and how many seconds the oracle took."""
    return [line for line in lines if line and not line.startswith(("pass  cost", "Trainings: "))]


def in_terminal(
    path: Path, *options: str, stop: bool = False, piped: bool = False, columns: int = 80
) -> Run:
    """Check an oracle in a terminal; interrupted once the count is seen, or with a pipe for out."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-S", "-c", PYTHON, "oracle", "check", str(path), *options],
        stdin=slave,
        stdout=subprocess.PIPE if piped else slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    ) as process:
        os.close(slave)
        said = b""
        with suppress(OSError):  # what Linux says when nobody has the other end any more
            while data := os.read(master, 65536):
                said += data
                if stop and COUNT.search(said):
                    process.send_signal(signal.SIGINT)
                    stop = False
        out = process.stdout.read().decode() if process.stdout else ""
    os.close(master)
    return Run(process.returncode, said.decode(), out)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Run all commands at once: they only wait."""
    folder = tmp_path_factory.mktemp("slow")
    oracle = written(folder, ORACLE, "oracle.py")

    def slow(wait: int, seconds: float) -> Path:
        command = [sys.executable, "-S", str(oracle), str(wait), str(seconds)]
        return written(folder, SCENARIO.format(json.dumps(command)), f"{wait}-{seconds}.toml")

    def in_pipes() -> Run:
        command = [sys.executable, "-m", "coopetition", "oracle", "check", str(slow(2, 4))]
        done = subprocess.run(command, capture_output=True, text=True)
        return Run(done.returncode, done.stderr, done.stdout)

    long, endless, broken = slow(2, 4), slow(2, 60), slow(0, 4)
    with ThreadPoolExecutor() as pool:
        started = {
            "done": pool.submit(in_terminal, long),
            "narrow": pool.submit(in_terminal, long, columns=30),
            "interrupted": pool.submit(in_terminal, endless, stop=True),
            "broken": pool.submit(in_terminal, broken),
            "json": pool.submit(in_terminal, long, "--json", piped=True),
            "pipes": pool.submit(in_pipes),
        }
        return {name: future.result() for name, future in started.items()}


def test_a_long_job_shows_how_far_it_is_and_leaves_its_answer_alone(runs: dict[str, Run]) -> None:
    assert COUNT.search(runs["done"].terminal.encode())
    assert "asking the oracle" in runs["done"].terminal
    assert runs["done"].terminal.startswith("Trainings: 36; how long one takes is known after")
    assert len(runs["done"].screen) > 10
    assert runs["done"].screen == _timeless(runs["pipes"].out.splitlines())


def test_a_narrow_terminal_has_one_line(runs: dict[str, Run]) -> None:
    drawn = runs["narrow"].terminal.split("pass")[0]
    assert "3 of 36" in drawn
    assert drawn.count("\n") == 2  # what it takes in all, and the last before it is taken off
    assert runs["narrow"].screen == runs["done"].screen


def test_nothing_is_said_in_pipes_and_with_json(runs: dict[str, Run]) -> None:
    assert (runs["pipes"].code, runs["pipes"].terminal) == (0, "")
    assert runs["json"].terminal == ""
    assert json.loads(runs["json"].out)["evaluations"] == 36


def test_a_short_job_flashes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    with open(slave, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with ProgressBar() as bar:
            bar("steps", 1, 2)
            (timer,) = (one for one in threading.enumerate() if isinstance(one, threading.Timer))
        timer.join(1.0)  # it was cancelled, and comes to nothing
        assert not timer.is_alive()
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)
    os.close(master)


def test_an_interruption_leaves_the_terminal_clean(runs: dict[str, Run]) -> None:
    assert runs["interrupted"].code == 130
    assert runs["interrupted"].screen == ["coopetition: interrupted"]
    assert runs["interrupted"].terminal.rfind("\x1b[?25h") > runs["interrupted"].terminal.rfind(
        "\x1b[?25l"
    )


def test_an_error_stands_on_its_own_line(runs: dict[str, Run]) -> None:
    assert runs["broken"].code == 3
    assert re.search(r"0:00:0\d so far  check", runs["broken"].terminal)
    (line,) = runs["broken"].screen
    assert line.startswith("coopetition: ")
    assert "no data" in line


def test_time_left_is_that_of_the_latest_steps() -> None:
    report = Report("", 0, None, ())
    for k in range(101):  # a hundred answers out of a ledger
        report = report.next("training", k, 200, 0.001 * k)
    for k in range(1, LATEST + 1):  # and then trainings of ten seconds
        report = report.next("training", 100 + k, 200, 0.1 + 10.0 * k)
    now = report.marks[-1][0]
    assert report.left(now) == pytest.approx(10.0 * (100 - LATEST))
    assert report.left(now + 4.0) == pytest.approx(10.0 * (100 - LATEST) - 4.0)


def test_nothing_is_promised_before_a_step_is_done_nor_when_its_time_is_up() -> None:
    start = Report("", 0, None, ()).next("rounds", 3, 5, 0.0)  # three were there before
    assert start.left(100.0) is None
    assert start.next("rounds", 4, 5, 10.0).left(19.0) == pytest.approx(1.0)
    assert start.next("rounds", 4, 5, 10.0).left(20.0) is None
    # The first took 10 s, the second 20 s already: as if it ended now, 3 of 15 s are left.
    slow = Report("", 0, None, ()).next("rounds", 0, 5, 0.0).next("rounds", 1, 5, 10.0)
    assert slow.left(15.0) == pytest.approx(35.0)
    assert slow.left(30.0) == pytest.approx(45.0)
    cells = Report("", 0, None, ()).next("cells", 0, 1000, 0.0).next("cells", 100, 1000, 10.0)
    assert cells.left(15.0) == pytest.approx(85.0)  # a hundred at once, the next not yet due
    again = start.next("rounds", 4, 5, 10.0).next("rounds", 0, 5, 11.0)  # of the next job
    assert again.left(20.0) is None
    assert again.next("designing", 0, None, 30.0).left(31.0) is None
