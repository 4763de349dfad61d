"""Exit codes keep their meaning whatever becomes of the streams; nothing unseen is written."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from coopetition.cli.streams import PlainText, Sink
from tests.studies.command import written

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells close streams in this way")

# Everybody gains by changing: the answer to `verify` is no.
DILEMMA = '{"payoffs": [[[2, 0], [3, 1]], [[2, 3], [0, 1]]]}'
LOST = "coopetition: cannot write the answer to standard output: "


@pytest.fixture
def no(tmp_path: Path) -> list[str]:
    """Return a command whose answer is no."""
    game = written(tmp_path, DILEMMA, "game.json")
    profile = written(tmp_path, '{"strategies": ["1", "1"]}', "profile.json")
    return ["verify", str(game), "--profile", str(profile)]


def shell(line: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell, in which "$@" is the command; its last word is the code."""
    command = ["bash", "-c", line, "bash", sys.executable, "-m", "coopetition", *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_no_stays_a_no_for_a_reader_that_is_gone_and_a_full_stderr(no: list[str]) -> None:
    done = shell('"$@" 2>/dev/full | true; echo ${PIPESTATUS[0]}', *no)
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize(
    ("line", "why"),
    [('"$@" >&-', "Bad file descriptor"), ('"$@" >/dev/full', "No space left on device")],
)
def test_an_answer_that_is_lost_is_none(no: list[str], line: str, why: str) -> None:
    done = shell(line, *no)
    assert (done.returncode, done.stderr) == (3, f"{LOST}{why}\n")


def test_a_refusal_needs_no_stream_at_all(tmp_path: Path) -> None:
    done = shell('"$@" <&- >&- 2>&-', "solve", str(tmp_path / "missing.toml"))
    assert done.returncode == 2


@pytest.mark.parametrize("script", [False, True], ids=["-m", "console script"])
def test_an_interruption_during_imports_is_one(tmp_path: Path, script: bool) -> None:
    command = [sys.executable, "-m", "coopetition"]
    if script:
        text = "import sys\nfrom coopetition.__main__ import main\nsys.exit(main())\n"
        command = [sys.executable, str(written(tmp_path, text, "coopetition"))]
    # A module of its own in NumPy's place waits, so that the signal comes while it is imported.
    written(tmp_path, "import time\nprint('now', flush=True)\ntime.sleep(60)\n", "numpy.py")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [*command, "rules"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # `&` has it ignored
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "coopetition: interrupted\n"
    assert process.returncode == 130


def test_a_sink_takes_all_and_keeps_the_first_fault() -> None:
    read, write = os.pipe()
    os.close(read)
    sink = Sink(write, "wb")
    stream = PlainText(sink)
    for _ in range(3):
        print("x" * 100_000, file=stream, flush=True)
    assert isinstance(sink.fault, BrokenPipeError)
    stream.close()


def test_a_pipe_that_does_not_block_gets_everything() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    got: list[bytes] = []

    def drain() -> None:
        time.sleep(0.1)  # so that the pipe is full first
        with os.fdopen(read, "rb") as source:
            got.append(source.read())

    reader = threading.Thread(target=drain)
    reader.start()
    with PlainText(Sink(write, "wb")) as stream:
        stream.write("y" * 1_000_000)  # more than a pipe holds
    reader.join()
    assert len(got[0]) == 1_000_000


def test_what_is_written_is_plain_and_utf8() -> None:
    raw = io.BytesIO()
    stream = PlainText(raw)
    stream.write("Köln\t∑ \x1b[2J\x9b31m a\u202eb \udcff\r\n")
    stream.flush()
    said = "Köln\t∑ \\u001b[2J\\u009b31m a\\u202eb \\udcff\\u000d\n"
    assert raw.getvalue().decode() == said
