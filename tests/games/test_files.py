"""Files of every kind that somebody may name: read, or refused in bounded time."""

import os
import threading
from pathlib import Path

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.reading import read_text

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes with names")


def said(file: Path | str, **limits: float) -> str:
    with pytest.raises(InvalidInputError) as refused:
        read_text(file, **limits)  # type: ignore[arg-type]
    return str(refused.value)


def test_a_file_is_read_without_its_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeffKöln\r\n".encode())
    assert read_text(file) == "Köln\r\n"
    assert read_text(file, most=10) == "Köln\r\n"
    assert "has more than 9 bytes" in said(file, most=9)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    zero = tmp_path / "zero.toml"
    zero.symlink_to("/dev/zero")
    assert "Too many levels of symbolic links" in said(loop)
    assert "it is a device" in said(zero)
    assert "Is a directory" in said(tmp_path)
    assert "No such file" in said(tmp_path / "none")
    assert "name too long" in said(tmp_path / ("x" * 300))
    assert "null byte" in said("a\0b")
    (tmp_path / "b").write_bytes(b"\xff\xfe{")
    assert "is not a text file in UTF-8" in said(tmp_path / "b")


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "many words, " * 20_000  # more than a pipe holds
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert read_text(pipe) == text
    writer.join()


def test_a_pipe_has_a_limit_of_time_and_of_size(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "opened by nobody for writing after 0.05 s" in said(pipe, patience=0.05)
    held = os.open(pipe, os.O_RDWR)
    os.write(held, b"one word")
    assert "still open after 0.05 s" in said(pipe, patience=0.05)
    os.write(held, b"one word more")
    assert "has more than 10 bytes" in said(pipe, most=10)
    os.close(held)
