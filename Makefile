# make lab    JupyterLab on the chapters     (make lab ARGS=--no-browser for a server)
# make test   all tests
# make env    only the environment, .venv; the other two make it when it is missing or old

ARGS =
RUN = . .venv/bin/activate &&
# One thread each: those of several processes on a few cores would wait for one another.
PYTEST = $(RUN) OMP_NUM_THREADS=1 pytest -n 3 --dist loadfile --no-loadscope-reorder

# Three on two cores can starve one another of time.  What fails among them is run once more by
# itself, and counts as it ends then; both are shown.
ALONE = $(RUN) OMP_NUM_THREADS=1 pytest --last-failed --last-failed-no-failures none

# Later chapters train longer, so they begin: what ends last is short.
NOTEBOOKS = $$(ls -r solutions/*/*.ipynb)

.PHONY: env lab test check lock

env:
	@sh tools/make-env

lab: env
	@$(RUN) course lab $(ARGS)

test: env
	$(PYTEST) $(ARGS) || { [ $$? -eq 1 ] && $(ALONE) $(ARGS); }
	$(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout=300 $(NOTEBOOKS)
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
