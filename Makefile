# Two commands for people: `make demo` and `make test`. Both set up .venv first, from the package index alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# No activation needed: the rules' python is the one that runs Snakemake.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
RESULTS := results/demo

.PHONY: demo whole baseline test test-slurm lint install clean

demo: install
	$(RUN) snakemake
	$(RUN) snakemake --quiet all --report $(RESULTS)/report.html
	@echo "The report is $(RESULTS)/report.html"

# Every figure, table and claim of the article at the scale of the demo.
whole: install
	$(RUN) snakemake --configfile config/whole.yaml
	$(RUN) snakemake --configfile config/whole.yaml --quiet all --report $(RESULTS)/report.html
	@echo "The report is $(RESULTS)/report.html"

# Keep the results of `make demo` as what later runs are compared with (docs/diff.md).
baseline: demo
	$(RUN) python -m crossover baseline $(RESULTS) baselines/demo

# Two workers; a file's tests share what they have set up.
test: install
	$(RUN) pytest -n 2 --dist loadfile

# On a real SLURM of one node with pretended GPUs, which it installs (Debian, as root), starts and stops (docs/cluster.md).
# Its overrides: it keeps no accounts, so squeue is asked; and tests do not wait 40 s for the first poll.
TEST_CLUSTER := --slurm-status-command squeue --slurm-init-seconds-before-status-checks 1
test-slurm: $(VENV)/.installed-slurm
	trap 'tests/slurm/cluster.sh stop' EXIT; tests/slurm/cluster.sh start && \
		$(RUN) CROSSOVER_SLURM="$(TEST_CLUSTER)" timeout 900 pytest tests/slurm

lint: install
	$(RUN) ruff check workflow tests .ci
	$(RUN) ruff format --check workflow tests .ci
	$(RUN) snakefmt --check Snakefile workflow/rules
	$(RUN) snakemake --lint

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("crossover needs Python >= 3.11, this is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	touch $(INSTALLED)

$(VENV)/.installed-slurm: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test,slurm]"
	touch $@

clean:
	rm -rf $(VENV) results/demo .snakemake
