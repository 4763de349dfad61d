"""The notebook runs from its first cell to its last, and every cell shows what it should."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

for name in ("pandas", "matplotlib", "ipykernel"):
    pytest.importorskip(name)
nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")

TOUR = Path(__file__).parent.parent / "docs" / "tour.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Return the notebook's cells of code after they ran, in a folder of their own."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    folder = tmp_path_factory.mktemp("tour")
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]

    class Here(AsyncKernelManager):  # the kernel of this Python, whatever others are installed
        kernel_spec = KernelSpec(argv=argv, display_name="here", language="python")

    notebook = nbformat.read(TOUR, as_version=4)
    environment = dict(os.environ, IPYTHONDIR=str(folder), JUPYTER_RUNTIME_DIR=str(folder),
                       OPENBLAS_NUM_THREADS="1")  # fmt: skip
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # what Jupyter's own packages say of each other
        for key, value in environment.items():
            patch.setenv(key, value)
        run = nbclient.NotebookClient(
            notebook,
            timeout=60,
            kernel_manager_class=Here,
            resources={"metadata": {"path": folder}},
        )
        run.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_every_result_shows_itself(cells: list[Any]) -> None:
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]
    for cell in cells:
        [out] = cell.outputs  # one each, and no warning beside it
        last = cell.source.splitlines()[-1]
        if last.startswith("Code("):
            assert "toprule" in out.data["text/html"]
            assert "seven firms" in out.data["text/html"]
        elif ".plot(" in last:
            assert len(out.data["image/png"]) > 10_000
        else:
            assert "<table" in out.data["text/html"], last


def test_it_wrote_nothing_here(cells: list[Any]) -> None:
    assert cells
    assert not [*TOUR.parent.glob("*.sqlite"), *TOUR.parent.glob(".ipynb_checkpoints")]
