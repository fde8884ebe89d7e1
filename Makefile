# make run     starts Dimona with demo data on http://127.0.0.1:8000 (PORT=8001 for another port)
# make quick   checks style and types and runs the fast tests, on SQLite, without a browser: about a minute
# make test    checks everything: style, types, all tests on SQLite, database tests on PostgreSQL, Chromium
# make bench   measures what the service costs, compared with the least Django can do (BENCH="--quick" for a short run)
#
# docs/testing.md lists the other targets. All need make and Python 3.11 or later with venv. They create .venv and
# install the locked requirements.

PORT ?= 8000
WORKERS ?= 2
ROUNDS ?= 500
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
PYTHON_MISSING = Python 3.11 or later is missing (Debian: apt-get install python3.11 python3.11-venv).
VENV_MISSING = The venv module of $(PYTHON) is missing (Debian: apt-get install python3.11-venv).

VENV_PYTHON = .venv/bin/python
MANAGE = $(VENV_PYTHON) manage.py
INSTALL = install -qq --disable-pip-version-check --no-input --require-hashes
PIP_INSTALL = $(VENV_PYTHON) -m pip $(INSTALL)
UV_COMPILE = $(VENV_PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header
SUPPLY = .venv/supply/bin
MYPY = $(VENV_PYTHON) -m mypy
DJLINT = $(VENV_PYTHON) -m djlint templates --quiet
ON_POSTGRESQL = $(VENV_PYTHON) tests/support/postgres.py
PYTEST = $(VENV_PYTHON) -m pytest --numprocesses $(WORKERS) --dist worksteal

export DEBUG = true
# Without bytecode, each process would compile every test again.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: run quick test style lint rounds bench format lock licences audit sbom messages staff-password staff-code
.PHONY: installed installed-for-tests installed-for-supply

run: export PYTHONUNBUFFERED = 1
run: installed
	@$(MANAGE) prepare_demo
	@$(MANAGE) runserver 127.0.0.1:$(PORT)

# mypy uses one core, so it runs beside the first tests.
quick: export DATABASE_URL =
quick: style
	@$(MYPY) & mypy=$$!; $(PYTEST) -m "not browser and not slow"; tests=$$?; wait $$mypy && exit $$tests

test: export DATABASE_URL =
test: style
	@sh requirements/system.sh
	@$(MYPY) & mypy=$$!; $(ON_POSTGRESQL) $(PYTEST) -m "data and not browser and not pages"; tests=$$?; \
		wait $$mypy && exit $$tests
	$(PYTEST)

lint: style
	$(MYPY)

style: installed-for-tests
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(DJLINT) --lint

rounds: export DATABASE_URL =
rounds: installed-for-tests
	$(VENV_PYTHON) -m trials.rounds --rounds $(ROUNDS)
	$(ON_POSTGRESQL) $(VENV_PYTHON) -m trials.rounds --rounds $(ROUNDS)

bench: export DATABASE_URL =
bench: export DEBUG =
bench: installed-for-tests
	$(VENV_PYTHON) -m benchmarks $(BENCH)

format: installed-for-tests
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

# After an edit of requirements/*.in; UPGRADE=--upgrade takes the newest versions allowed there.
lock: installed-for-tests
	$(UV_COMPILE) $(UPGRADE) requirements/run.in --output-file requirements/run.txt
	$(UV_COMPILE) $(UPGRADE) requirements/pdf.in --output-file requirements/pdf.txt
	$(UV_COMPILE) $(UPGRADE) requirements/test.in --output-file requirements/test.txt
	$(UV_COMPILE) $(UPGRADE) requirements/supply.in --output-file requirements/supply.txt

# Writes docs/licences.md from what is installed.
licences: installed-for-tests
	$(VENV_PYTHON) -m tests.support.licences

# Known weaknesses of what is locked; needs a network to the registry's database.
audit: installed-for-supply
	$(SUPPLY)/pip-audit --strict --progress-spinner off --require-hashes --disable-pip \
		-r requirements/run.txt -r requirements/pdf.txt -r requirements/test.txt -r requirements/supply.txt

# The bill of materials (CycloneDX) of an environment with what a deployment installs, in sbom.json.
sbom: installed-for-supply
	@"$(PYTHON)" -m venv --clear --without-pip .venv/served
	$(SUPPLY)/python -m pip --python .venv/served/bin/python $(INSTALL) -r requirements/run.txt -r requirements/pdf.txt
	$(SUPPLY)/cyclonedx-py environment --output-reproducible --output-file sbom.json .venv/served/bin/python

# Brings new and changed sentences into locale/ (needs gettext).
messages: installed-for-tests
	$(MANAGE) makemessages --all --ignore .venv --ignore tests --ignore trials --add-location file --no-obsolete

staff-password: installed
	@$(MANAGE) create_demo_staff --reset

staff-code: installed
	@$(MANAGE) create_demo_staff --code

# pip comes last into a new environment: with it, the environment is whole.
.venv/bin/pip:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(PYTHON_MISSING)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(VENV_MISSING)" >&2; exit 1; }
	@echo "Making .venv and installing the requirements: a minute, once."
	@"$(PYTHON)" -m venv .venv

# The copy of a requirement file in .venv says that it is installed.
installed: .venv/bin/pip
	@cmp -s requirements/run.txt .venv/run.txt || $(PIP_INSTALL) -r requirements/run.txt
	@cp requirements/run.txt .venv/run.txt

installed-for-tests: .venv/bin/pip
	@cmp -s requirements/test.txt .venv/test.txt || $(PIP_INSTALL) -r requirements/test.txt
	@cp requirements/test.txt .venv/test.txt

installed-for-supply: .venv/bin/pip
	@test -x $(SUPPLY)/pip || "$(PYTHON)" -m venv .venv/supply
	@cmp -s requirements/supply.txt .venv/supply.txt || $(SUPPLY)/python -m pip $(INSTALL) -r requirements/supply.txt
	@cp requirements/supply.txt .venv/supply.txt
