# Everything a developer or a first visitor types. Needs Python >= 3.11 and make; the rest it fetches into .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check bench load mutants pictures states audit format translations clean

PORT ?= 8000
PROCESSES ?= 2
DEMO_MAIL_FROM ?= gongfang@demo.example
ADDRESS := http://127.0.0.1:$(PORT)
PY := .venv/bin/python

# The first Python here that is new enough.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo "$$each"; break; fi; done)

help: ## what there is
	@echo 'make run       install what is needed, load the demo, serve it on $(ADDRESS)'
	@echo 'make check     format, lint, types, import contracts, templates, quick tests (under two minutes)'
	@echo 'make test      everything: every test on SQLite and PostgreSQL and in a real browser'
	@echo 'make bench     how fast it is, as ratios to floors measured in the same run'
	@echo 'make load      the load tests in their long form, with kills and crashes'
	@echo 'make mutants   break each promise on purpose and see its test fail'
	@echo 'make pictures  draw the pictures of the README and the guides from the demo'
	@echo 'make states    write docs/states.md from the table of transitions'
	@echo 'make audit     known weaknesses in the packages we build on (asks the network)'
	@echo 'make format    put all code into one form'
	@echo 'make clean     remove what tools left behind; the data in instance/ stays'
	@echo 'May be given: PORT=8001  PYTHON=python3.12  DEMO_DATABASE=postgresql://...  ARGS="more words for pytest"'

# ── what things need ──

# pip's many lines as one line that counts: an installation takes half a minute to two.
define INSTALL
import collections, subprocess, sys, time
start, count, last = time.monotonic(), 0, collections.deque(maxlen=15)
shown = sys.stdout.isatty()
pip = subprocess.Popen([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off",
                        "-r", sys.argv[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
for line in pip.stdout:
    last.append(line)
    words = line.split()
    if words[:1] == ["Collecting"]:
        count += 1
        text = f"  {count:3d}  {words[1]}"
        print(f"\r{text:<60}" if shown else text, end="" if shown else "\n", flush=True)
    elif words[:1] == ["Installing"]:
        print(("\r" if shown else "") + f"{'       unpacking ...':<60}", end="" if shown else "\n", flush=True)
if pip.wait():
    print("\n" + "".join(last) + "\nThe packages could not be installed; pip's last words are above.", file=sys.stderr)
    sys.exit(1)
print(("\r" if shown else "") + f"{f'  installed in {time.monotonic() - start:.0f} s':<60}", flush=True)
endef
export INSTALL

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo 'Gongfang needs Python 3.11 or newer, and none was found. Give one: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; fi
	@echo "Making .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 \
		|| { rm -rf .venv; $(PYTHON) -m virtualenv -q .venv >/dev/null 2>&1; } \
		|| { rm -rf .venv; uv venv -q --seed --python $(PYTHON) .venv >/dev/null 2>&1; } \
		|| { rm -rf .venv; \
		     echo 'This Python cannot make a virtual environment: its venv module lacks pip.' >&2; \
		     echo 'On Debian and Ubuntu: apt-get install python3-venv   (or: pip install virtualenv)' >&2; exit 1; }

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo 'Installing what the application needs (requirements.txt) ...'
	@$(PY) -c "$$INSTALL" requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo 'Installing what tests and checks need (requirements-dev.txt) ...'
	@$(PY) -c "$$INSTALL" requirements-dev.txt
	@touch $@ .venv/.runtime

# A browser only where the system has none; tests say loudly when there is none at all.
.venv/.browser: .venv/.development
	@for each in "$$CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable; do \
		if [ -n "$$each" ] && command -v "$$each" >/dev/null 2>&1; then touch $@; exit 0; fi; done; \
	echo 'No Chromium on this system: fetching one for the tests ...'; \
	if $(PY) -m playwright install chromium; then touch $@; else \
		echo '!!! No browser could be had: the tests in a browser will be LEFT OUT. (Debian: apt-get install chromium)' >&2; fi

# ── running ──

define PORT_IS_FREE
import socket, sys
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    probe.bind(("127.0.0.1", int(sys.argv[1])))
except OSError:
    sys.exit(f"Port {sys.argv[1]} is taken by another program. Choose another: make run PORT=8001")
endef
export PORT_IS_FREE

define SAY_WHEN_READY
import sys, time, urllib.request
for _ in range(300):
    try:
        urllib.request.urlopen(sys.argv[1] + "/readyz", timeout=2).close()
    except OSError:
        time.sleep(0.1)
    else:
        print(f"Gongfang is ready: open {sys.argv[1]}/sign-in and press a person there, for instance "
              "teacher@demo.example (Ctrl-C stops it).", flush=True)
        break
endef
export SAY_WHEN_READY

# The demo never touches an installation whose settings happen to stand in this shell.
run: export DEMO = 1
run: export SECRET_KEY =
run: export DATABASE_URL = $(DEMO_DATABASE)
run: export INSTANCE_PATH =
run: export PUBLIC_URL =
run: export TRUSTED_HOSTS =
run: export SMTP_URL = $(DEMO_SMTP_URL)
run: export SMTP_HOST =
run: export MAIL_FROM = $(DEMO_MAIL_FROM)
run: .venv/.runtime
	@$(PY) -c "$$PORT_IS_FREE" $(PORT)
	@echo 'Preparing the database ...'
	@$(PY) -m flask --app wsgi db upgrade
	@$(PY) -m flask --app wsgi demo
	@$(PY) -c "$$SAY_WHEN_READY" $(ADDRESS) & \
	$(PY) -m flask --app wsgi worker --with-parent & \
	exec $(PY) -m gunicorn wsgi:app --worker-class gthread --workers 2 --threads 8 \
		--bind 127.0.0.1:$(PORT) --log-level warning --no-control-socket

# ── checking ──

# Every step runs, so that one look shows everything that is wrong.
check: .venv/.development ## under two minutes
	@bad=; \
	echo '— form';      .venv/bin/ruff format --quiet --check . || bad="$$bad form(make format)"; \
	echo '— lint';      .venv/bin/ruff check --quiet . || bad="$$bad lint"; \
	echo '— templates'; .venv/bin/djlint --quiet --lint app/templates || bad="$$bad templates"; \
	echo '— contracts'; .venv/bin/lint-imports --no-logo || bad="$$bad contracts"; \
	echo '— types';     .venv/bin/mypy || bad="$$bad types"; \
	echo '— quick tests'; \
	$(PY) -m pytest -q -n $(PROCESSES) --database sqlite -m 'not slow and not long' \
		tests/rules tests/architecture tests/stories $(ARGS) || bad="$$bad tests"; \
	if [ -n "$$bad" ]; then echo "make check: NOT well:$$bad" >&2; exit 1; else echo 'make check: all well'; fi

# Load tests measure waiting times and want the machine for themselves, so they run after the others, one by one.
test: .venv/.development .venv/.browser
	@status=0; \
	$(PY) -m pytest -n $(PROCESSES) --dist loadfile tests --ignore tests/load $(ARGS) || status=$$?; \
	$(PY) -m pytest tests/load $(ARGS) || status=$$?; \
	exit $$status

load: .venv/.development
	GONGFANG_LOAD=long $(PY) -m pytest --timeout 1800 tests/load $(ARGS)

mutants: .venv/.development
	$(PY) -m tests.load.mutants $(ARGS)

bench: .venv/.development
	$(PY) -m tests.load.bench $(ARGS)

pictures: .venv/.development .venv/.browser
	$(PY) -m tests.browser.pictures $(ARGS)

states: .venv/.development ## write docs/states.md from the table of transitions
	$(PY) -m tests.architecture.states

audit: .venv/.development ## known weaknesses in what we build on; asks a service on the network
	.venv/bin/pip-audit --requirement requirements.txt --disable-pip --no-deps

format: .venv/.development
	.venv/bin/ruff check --quiet --fix . || true
	.venv/bin/ruff format .

translations: .venv/.development ## compile the catalogues after editing a .po file
	.venv/bin/pybabel compile -d app/translations

clean:
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis test-results
