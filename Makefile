# make run    demo or your data on http://127.0.0.1:8501
# make test   everything that must hold, in minutes; make test-all what takes longer, too
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-all test-exhaustive lint lock bench docs clean

run: .venv/ready
	@$(BIN)/python -m data demo --if-missing || echo "What was published before, if anything, is shown."
	@echo "Orderbeat: http://127.0.0.1:8501 (Ctrl+C stops it)"
	@$(BIN)/streamlit run app.py

# Three at a time on two cores: one of them usually waits for a browser.
TESTS := -m pytest -n 3 --dist worksteal $(PYTEST)

test: lint
	$(BIN)/python $(TESTS) -m "not slow and not exhaustive"

# What continuous integration runs, and how much of the code it ran.
test-all: lint .venv-tryton/ready .venv-oidc/ready
	$(BIN)/coverage erase
	$(BIN)/coverage run $(TESTS) -m "not exhaustive"
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	$(BIN)/coverage report --include "data/*,presentation/*,service/*,analytics/*" --format total --fail-under 95
	$(BIN)/coverage report --include "pages/*" --format total --fail-under 90

# Every case of every test, before a release: hours.
test-exhaustive: lint .venv-tryton/ready .venv-oidc/ready .venv/spark
	$(BIN)/python $(TESTS)

lint: .venv/ready-dev .venv/chromium .venv/postgresql .venv/mariadb .venv/nginx .venv/caddy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(BIN)/mypy & types=$$!; $(BIN)/sqlfluff lint --disable-progress-bar --processes 1 queries; sql=$$?; \
	wait $$types && exit $$sql

bench: .venv/ready-bench .venv/chromium
	$(BIN)/python -m bench all

bench-quality: .venv/ready-bench
	$(BIN)/python -m bench.quality

docs: .venv/ready
	$(BIN)/python -m service.loading_doc > docs/loading.md
	$(BIN)/python -m service.metrics_doc > docs/metrics.md
	$(BIN)/python -m service.architecture_doc > docs/architecture.md
	$(BIN)/python -m service.permissions_doc

# After a change of requirements.txt: every package that make run installs, with the hashes of its files.
lock: .venv/ready-dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" -o requirements.lock requirements.txt

.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Orderbeat needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/ready-bench: .venv/ready-dev requirements-bench.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-bench.txt
	@touch $@

# The browser tests use the system's Chromium, best without its windows; as root it is installed where there is none.
.venv/chromium: .venv/ready
	@command -v chromium-headless-shell >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	        chromium-headless-shell fonts-dejavu-core fonts-liberation fonts-noto-color-emoji >/dev/null; } \
	|| command -v chromium chromium-browser google-chrome >/dev/null \
	|| echo "No Chromium found and none could be installed: the browser tests will be skipped."
	@touch $@

# The tests start servers of their own, of the store and of databases as sources; as root they are installed where
# there are none.
.venv/postgresql: .venv/ready
	@command -v initdb /usr/lib/postgresql/*/bin/initdb >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql >/dev/null; } \
	|| echo "No PostgreSQL found and none could be installed: its tests will be skipped."
	@touch $@

.venv/mariadb: .venv/ready
	@command -v mariadbd /usr/sbin/mariadbd >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mariadb-server >/dev/null; } \
	|| echo "No MariaDB found and none could be installed: its tests will be skipped."
	@touch $@

# Builds on Spark are tried before a release alone; it takes half a gigabyte.
.venv/spark: .venv/ready-dev requirements-spark.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-spark.txt
	@command -v java >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless >/dev/null; } \
	|| echo "No Java found and none could be installed: the tests on Spark will be skipped."
	@touch $@

# What deploy/ says to nginx is tried on one; nothing is started by installing it.
.venv/nginx: .venv/ready
	@command -v nginx /usr/sbin/nginx >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends nginx-light >/dev/null; } \
	|| echo "No nginx found and none could be installed: its tests will be skipped."
	@touch $@

.venv/caddy: .venv/ready
	@command -v caddy >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends caddy >/dev/null; } \
	|| echo "No Caddy found and none could be installed: its test will be skipped."
	@touch $@

# The preset for Tryton is tried on a real one, which asks for other versions than Orderbeat does.
.venv-tryton/ready: requirements-tryton.txt
	$(PYTHON) -m venv .venv-tryton
	.venv-tryton/bin/python -m pip install -q --disable-pip-version-check -r requirements-tryton.txt
	@touch $@

# Sign-in is tried on a certified identity provider, a program for Node: the newest that the Node of Debian 12 runs.
.venv-oidc/ready: .venv/ready
	@mkdir -p .venv-oidc
	@command -v node >/dev/null && command -v npm >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nodejs npm >/dev/null; }; \
	npm install --prefix .venv-oidc --silent --no-audit --no-fund oidc-provider@8.8.1 \
	|| echo "No Node found, or nothing could be installed: the tests with a certified identity provider will be skipped."
	@touch $@

clean:
	rm -rf .venv .venv-tryton .venv-oidc .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
