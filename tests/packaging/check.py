"""Build the distributions, look into them, and use each one from outside the checkout.

Run by ``make test-packages`` with the Python of the test environment.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FACE = ROOT / "src/coopetition"
FOLDERS = sorted(path.name for path in FACE.iterdir() if path.is_symlink())


def run(*command: object, cwd: Path) -> None:
    """Run a command quietly; if it fails, show what it printed and stop."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        sys.exit(f"{result.stdout}\nfailed: {' '.join(map(str, command))}")


def build(target: Path, *options: str) -> tuple[Path, ...]:
    """Build with the pinned backend and return the files made, sorted by name."""
    command = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", target, ROOT]
    run(*command, cwd=target.parent)
    return tuple(sorted(target.iterdir()))


def wheel_files(wheel: Path) -> set[str]:
    """Return the names of the files in a wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


def tree_files() -> set[str]:
    """Return the names that the modules of the checkout must have in a wheel."""
    face = {path.relative_to(ROOT / "src") for path in FACE.rglob("*.py")}
    code = {path.relative_to(ROOT) for name in FOLDERS for path in (ROOT / name).rglob("*.py")}
    return {path.as_posix() for path in face | {"coopetition" / path for path in code}}


def check_contents(sdist: Path, wheel: Path, direct: Path) -> None:
    """Check that the wheel holds the package, all of it, and nothing else."""
    files = wheel_files(wheel)
    stray = {name for name in files if not re.match(r"coopetition(-[^/]+\.dist-info)?/", name)}
    assert not stray, f"the wheel installs {stray}"
    assert "coopetition/py.typed" in files, "the wheel lacks py.typed"
    assert tree_files() <= files, f"the wheel lacks {tree_files() - files}"
    assert files == wheel_files(direct), "wheels from the sdist and from the tree differ"
    with tarfile.open(sdist) as archive:
        links = [member.name for member in archive if not member.isfile()]
    assert not links, f"the sdist holds links: {links}"


def check_install(work: Path, *requirement: object) -> None:
    """Install into a clean environment; run the command, and type-check a user's script."""
    work.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=work)
    python = work / "venv/bin/python"
    pins = ROOT / "constraints.txt"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--constraint", pins]
    run(*pip, "--build-constraint", pins, *requirement, cwd=work)
    for name in ("smoke.py", "user_script.py"):
        shutil.copy(HERE / name, work)
        run(python, name, *FOLDERS, cwd=work)
    mypy = [sys.executable, "-m", "mypy", "--config-file=", "--strict"]
    run(*mypy, "--python-executable", python, "user_script.py", cwd=work)


def main() -> None:
    """Check the contents, then the three ways to install."""
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        wheel, sdist = build(work / "dist")
        (direct,) = build(work / "direct", "--wheel")
        check_contents(sdist, wheel, direct)
        print(f"contents: passed, {len(wheel_files(wheel))} files in the wheel", flush=True)
        legs = {"wheel": (wheel,), "sdist": (sdist,), "editable": ("--editable", ROOT)}
        for name, requirement in legs.items():
            check_install(work / name, *requirement)
            print(f"{name}: passed", flush=True)


if __name__ == "__main__":
    main()
