# make lab    JupyterLab on the chapters     (make lab ARGS=--no-browser for a server)
# make test   all tests
# make env    only the environment, .venv; the other two make it when it is missing or old

ARGS =
RUN = . .venv/bin/activate &&
# One thread each: those of several processes on a few cores would wait for one another.
ONE = $(RUN) OMP_NUM_THREADS=1 pytest
THREE = $(ONE) -n 3 --dist loadfile --no-loadscope-reorder
# Three at a time may starve one another of time.  What fails so is run once more, nothing beside
# it, and counts as it ends then; both are shown.  1: tests failed, and nothing worse.
AGAIN = [ $$? -eq 1 ] && $(ONE)
FAILED = --last-failed --last-failed-no-failures none

# Later chapters train longer, so they begin: what ends last is short.
NOTEBOOKS = --nbval --nbval-current-env --nbval-cell-timeout=300 $$(ls -r solutions/*/*.ipynb)

.PHONY: env lab test check lock

env:
	@sh tools/make-env

lab: env
	@$(RUN) course lab $(ARGS)

test: env
	$(THREE) $(ARGS) || { $(AGAIN) $(FAILED) $(ARGS); }
	$(THREE) $(NOTEBOOKS) || { $(AGAIN) $(NOTEBOOKS); }
	$(RUN) course build --check

check: env
	$(RUN) ruff check . && ruff format --check . && mypy

# The exact versions, for Linux, macOS, Windows and every Python of the course in one file.  It is
# used with `pip install -c`, so an entry that a machine does not need is not installed.  torch
# names its CUDA packages itself, each build its own: they are left to it.
lock: env
	$(RUN) uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--fork-strategy fewest --no-annotate --no-header --quiet --upgrade \
		--output-file requirements.lock
	$(RUN) python -c "import re, pathlib; lock = pathlib.Path('requirements.lock'); \
		lock.write_text(re.sub(r'(?m)^(cuda|nvidia|triton)\b.*\n', '', lock.read_text()))"
