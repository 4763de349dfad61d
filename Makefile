# Each target makes the virtual environment it needs (.venv-*), and makes it again when
# pyproject.toml, constraints.txt or this file changes. See CONTRIBUTING.md.
PYTHON ?= python3
INPUTS := pyproject.toml constraints.txt Makefile
# Whatever the shell says, what is compiled is kept: else every worker compiles all tests anew, and
# every process that a test starts all of ours.
export PYTHONDONTWRITEBYTECODE :=
INSTALL = bin/python -m pip install --quiet --quiet --constraint constraints.txt

# $(call new_venv,DIRECTORY): with the pinned pip, as an old pip knows neither --group nor
# --build-constraint.
define new_venv
@$(PYTHON) -c 'import sys; sys.exit("coopetition needs Python 3.11 or later, and $(PYTHON) is %d.%d: try make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
rm -rf $(1)
$(PYTHON) -m venv $(1)
$(1)/$(INSTALL) --upgrade pip
endef

.PHONY: help demo bench explore test test-oldest test-packages test-backends test-peers mutants constraints clean

help:
	@echo "make demo           solve examples/hospitals.toml and draw it in out/"
	@echo "make test           style, types, arrows between the folders, tests"
	@echo "make test-oldest    the tests with the oldest dependencies allowed"
	@echo "make test-packages  build the wheel and the sdist, and use them"
	@echo "make test-backends  train with Flower and with NVIDIA FLARE, for real"
	@echo "make test-peers     compare with shapiq and Gambit, installed for it as for make bench"
	@echo "make explore        the tests on random instances, with new and more ones, and 2,000 command lines"
	@echo "make mutants        change one word of the code at a time: a test must see it, 30 minutes"
	@echo "make bench          time everything beside the peers, count trainings, 35 minutes"
	@echo "make constraints    pin the newest dependencies in constraints.txt"
	@echo "make clean          delete what the other targets made"
	@echo "All take PYTHON=..., a Python 3.11 or later (default: python3)."

demo: .venv-demo/made
	mkdir -p out
	.venv-demo/bin/coopetition solve examples/hospitals.toml --out out/hospitals.png --out out/hospitals.json

test: .venv-test/made
	.venv-test/bin/ruff check
	.venv-test/bin/ruff format --check
	.venv-test/bin/mypy
	.venv-test/bin/lint-imports
	.venv-test/bin/pytest -q -rs -n 2 --dist worksteal

explore: .venv-test/made
	COOPETITION_CAMPAIGN=1 .venv-test/bin/pytest -q -rs -n 2 --dist worksteal -m "hypothesis or campaign" --hypothesis-profile=new tests
	.venv-test/bin/python -m tests.fuzzing.run 2000

mutants: .venv-test/made
	OPENBLAS_NUM_THREADS=1 .venv-test/bin/python -m tests.mutants --count 300

bench: .venv-peers/made
	OPENBLAS_NUM_THREADS=1 .venv-peers/bin/python -m benchmarks --check

# Old releases of dependencies warn about each other: here a warning is no error.
test-oldest: .venv-oldest/made
	.venv-oldest/bin/pytest -q -rs -W default -n 2 --dist worksteal

test-packages: .venv-test/made
	.venv-test/bin/python tests/packaging/check.py

# Each learning stack has an environment of its own: their requirements clash.
test-backends: .venv-flower/made .venv-nvflare/made
	.venv-flower/bin/pytest -q -rs -m flower tests/backends
	.venv-nvflare/bin/pytest -q -rs -m nvflare tests/backends

# Peers are large, or under another license: tests that compare with them are skipped elsewhere.
test-peers: .venv-peers/made
	.venv-peers/bin/pytest -q -rs tests/mechanisms/division/test_peers.py tests/games/finite/test_gambit.py tests/solvers/finite

# One version of each for every Python and platform that we support.
PIN = .venv-uv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --no-annotate --custom-compile-command "make constraints"

constraints: .venv-uv/made
	$(PIN) --extra demo --extra parquet --extra cluster --extra frames --group dev --output-file constraints.txt pyproject.toml
	$(PIN) --extra demo --extra parquet --extra cluster --extra frames --group test --group peers --output-file constraints-peers.txt pyproject.toml
	$(PIN) --extra flower --group test --output-file constraints-flower.txt pyproject.toml
	$(PIN) --extra nvflare --group test --output-file constraints-nvflare.txt pyproject.toml

clean:
	rm -rf .venv-* out build dist

.venv-demo/made: $(INPUTS)
	$(call new_venv,.venv-demo)
	.venv-demo/$(INSTALL) --build-constraint constraints.txt --editable '.[demo]'
	touch $@

.venv-test/made: $(INPUTS)
	$(call new_venv,.venv-test)
	.venv-test/$(INSTALL) --build-constraint constraints.txt --editable '.[demo,parquet,cluster,frames]' --group dev
	touch $@

.venv-peers/made: $(INPUTS) constraints-peers.txt
	$(call new_venv,.venv-peers)
	.venv-peers/bin/python -m pip install --quiet --quiet --constraint constraints-peers.txt --build-constraint constraints.txt --editable '.[demo,parquet,cluster,frames]' --group test --group peers
	touch $@

.venv-flower/made .venv-nvflare/made: .venv-%/made: $(INPUTS) constraints-%.txt
	$(call new_venv,.venv-$*)
	.venv-$*/bin/python -m pip install --quiet --quiet --constraint constraints-$*.txt --build-constraint constraints.txt --editable '.[$*]' --group test
	touch $@

# Wheels only, but for the project itself: a bound that would need a compiler is too low.
.venv-oldest/made: $(INPUTS) .venv-uv/made
	rm -rf .venv-oldest
	$(PYTHON) -m venv .venv-oldest
	.venv-uv/bin/uv pip install --quiet --python .venv-oldest/bin/python --resolution lowest-direct --only-binary :all: --no-binary coopetition --build-constraint constraints.txt --editable '.[demo,parquet,cluster,frames]' --group test --group notebook
	touch $@

.venv-uv/made: Makefile
	$(call new_venv,.venv-uv)
	.venv-uv/$(INSTALL) uv
	touch $@
