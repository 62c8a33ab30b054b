SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV := .uv/bin/uv
PYTHON := .venv/bin/python
BOT_PYTHON := bot/.venv/bin/python
ACEDESK := .venv/bin/acedesk
INSTALL := $(UV) pip install --quiet --require-hashes

.PHONY: help run setup test test-deps prove fuzz train eval tune bench bench-language bench-forecast bench-waits bench-tickets bench-streams pictures lint audit sbom format lock wheel bench-widget bench-peers soak faults bench-turns bench-parts bench-search bench-day clean

##@ Using

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Set everything up and serve at http://127.0.0.1:8080 (Ctrl-C stops it)
	@exec $(ACEDESK) up

setup: .venv/.desk bot/.venv/.bot ## Make both environments

train: setup ## Train the bot's model when its inputs changed
	@$(ACEDESK) train

eval: setup ## Put FILE through the running assistant; without FILE, hold the unseen messages to their floors
	@if [ -n "$(FILE)" ]; then $(ACEDESK) eval $(FILE); \
	else $(MAKE) --no-print-directory .venv/.dev && $(PYTHON) -m pytest tests/e2e/evaluation -s; fi

##@ Developing

tune: .venv/.desk bot/.venv/.bot ## Choose weights and limits anew from data/development/tune.jsonl
	@$(ACEDESK) train
	@$(PYTHON) -m desk.evaluation.tuning

# What drives a running desk waits for it most of the time, so that it goes on beside the rest. A
# machine that others use as well can be late for a browser; what fails is tried once more and named.
AGAIN := --reruns 1 -r R
test: .venv/.dev bot/.venv/.dev ## Run the whole suite (under 25 minutes)
	@$(ACEDESK) train
	@mkdir -p test-artifacts
	@{ $(BOT_PYTHON) -m pytest tests/nlu && $(PYTHON) -m pytest $(AGAIN) tests/e2e tests/a11y; } \
		>test-artifacts/running.log 2>&1 & running=$$!; \
	status=0; $(PYTHON) -m pytest $(AGAIN) tests/unit tests/integration tests/fuzz || status=$$?; \
	wait $$running || status=$$?; cat test-artifacts/running.log; exit $$status

test-deps: ## Install what the tests need from Debian's packages (as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium dovecot-imapd redis-server >/dev/null

prove: .venv/.dev ## Run the properties in their long form; the result goes to docs/proofs.md
	@$(PYTHON) -m tests.prove

BUDGET := 300
fuzz: .venv/.dev ## Feed each parser for BUDGET seconds with inputs chosen by what they reach; see docs/security.md
	@$(UV) run --quiet --no-project --with atheris==3.1.0 --python $(PYTHON) \
		python -m tests.fuzz.guided --seconds $(BUDGET) --write

pictures: .venv/.dev bot/.venv/.dev ## Take a picture of every page, in both languages; those of the documents are renewed
	@$(ACEDESK) train
	@$(PYTHON) -m tests.pictures

bench-language: .venv/.desk ## Measure language detection; the tables go to docs/language.md
	@$(UV) run --quiet --python $(PYTHON) --script benchmarks/language.py --write

bench-forecast: .venv/.desk ## Measure the forecast of breaches on simulated days; the tables go to docs/forecast.md
	@$(PYTHON) -m benchmarks.forecast --write

bench-waits: .venv/.desk ## Measure the expected wait on simulated days; the tables go to docs/waits.md
	@$(PYTHON) -m benchmarks.waits --write

TICKETS := 1000000
bench-tickets: .venv/.desk ## Measure with TICKETS tickets, beside django-helpdesk; the result goes to docs/
	@$(PYTHON) -m benchmarks.tickets --write --tickets $(TICKETS) \
		$(if $(KEEP),--keep) $(if $(ONLY),--only $(ONLY))

WIDGETS := 500
bench-streams: .venv/.dev bot/.venv/.bot ## Measure delivery to WIDGETS open widgets; the figures go to docs/streams.md
	@$(PYTHON) -m benchmarks.streams --widgets $(WIDGETS) --write

bench-peers: .venv/.dev bot/.venv/.bot ## Measure turns beside two Rasa assistants; the tables go to docs/peers-benchmark.md
	@$(ACEDESK) train
	@$(PYTHON) -m benchmarks.peers --write

bench-search: .venv/.desk ## Measure the search beside FTS5 and tantivy, an hour; the tables go to docs/search-benchmark.md
	@$(PYTHON) -m benchmarks.search --write

bench-day: .venv/.dev bot/.venv/.bot ## Put a day of 100,000 users on this machine; the tables go to docs/day-benchmark.md
	@$(ACEDESK) train
	@$(PYTHON) -m benchmarks.day --write

bench-widget: .venv/.dev ## Weigh the chat's script beside widgets from npm; the table goes to docs/widget-bytes.md
	@$(PYTHON) -m benchmarks.widget_bytes --write
MINUTES := 120
soak: .venv/.dev bot/.venv/.bot ## Run a desk under load for MINUTES and look for leaks; the figures go to docs/soak.md
	@$(ACEDESK) train
	@$(PYTHON) -m benchmarks.soak --minutes $(MINUTES) --write

ROUNDS := 100
faults: .venv/.dev bot/.venv/.dev ## Break a desk under load ROUNDS times; the figures go to docs/faults.md
	@$(ACEDESK) train
	@$(PYTHON) -m tests.faults --rounds $(ROUNDS) --write

bench-turns: .venv/.dev ## Measure a running desk at ACEDESK_PORT: latency and turns a second
	@$(PYTHON) benchmarks/turns.py

bench-parts: .venv/.dev bot/.venv/.bot ## Say what a turn's milliseconds go to; the tables go to docs/turn.md
	@$(ACEDESK) train
	@$(PYTHON) -m benchmarks.turn_parts --write

# One after the other, since each wants the machine for itself.
SHORT := bench-widget bench-peers bench-parts bench-day bench-streams bench-waits bench-forecast bench-language
bench: ## Measure all that takes an hour at most, but for the search; see docs/benchmarks.md
	@number=0; for target in $(SHORT); do number=$$((number + 1)); \
		echo "== $$number of $(words $(SHORT)): $$target, $$(date +%H:%M)"; \
		$(MAKE) --no-print-directory $$target; done

lint: .venv/.dev ## Check style, types, articles
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(ACEDESK) kb check

audit: .venv/.dev ## Hold what the locks pin against the published advisories
	@$(PYTHON) -m requirements.audit $(if $(SERVICE),-s $(SERVICE))

sbom: .venv/.dev ## Write what desk and bot are made of into dist/, as CycloneDX
	@$(PYTHON) -m requirements.sbom dist

format: .venv/.dev ## Put the code into the house style
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

lock: $(UV) ## Pin what the projects ask for, with hashes
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.13 \
		pyproject.toml --group build --output-file requirements/desk.txt
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.13 \
		pyproject.toml --group build --group dev --constraints requirements/desk.txt \
		--output-file requirements/dev.txt
	cd bot && $(CURDIR)/$(UV) lock --quiet --python 3.10
	cd bot && $(CURDIR)/$(UV) export --quiet --format requirements.txt --no-header \
		--no-emit-project --no-default-groups --output-file $(CURDIR)/requirements/bot.txt
	cd bot && $(CURDIR)/$(UV) export --quiet --format requirements.txt --no-header \
		--no-emit-project --group test --output-file $(CURDIR)/requirements/bot-dev.txt

wheel: .venv/.desk ## Build the release into dist/: the wheel, the sources and their checksums
	@rm -rf dist
	@$(PYTHON) -m hatchling build -d dist >/dev/null
	@cd dist && sha256sum acedesk-* | tee SHA256SUMS

clean: ## Remove the environments, the model and caches; the state in .acedesk stays
	rm -rf .venv bot/.venv .uv dist models/acedesk.* models/rankings .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Each environment is made once and again when its lock changes; the dotted file inside is its date.

$(UV):
	@echo "· installing uv into .uv"
	@python3 -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

.venv/.desk: requirements/desk.txt pyproject.toml | $(UV)
	@echo "· the desk's environment (Python 3.13)"
	@test -x $(PYTHON) || $(UV) venv --quiet --python 3.13 .venv
	@$(INSTALL) --python $(PYTHON) -r requirements/desk.txt
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.desk | $(UV)
	@echo "· the tools for tests and lint"
	@$(INSTALL) --python $(PYTHON) -r requirements/dev.txt
	@touch $@

bot/.venv/.bot: requirements/bot.txt | $(UV)
	@echo "· the bot's environment (Python 3.10)"
	@test -x $(BOT_PYTHON) || $(UV) venv --quiet --python 3.10 bot/.venv
	@$(UV) pip sync --quiet --require-hashes --python $(BOT_PYTHON) requirements/bot.txt
	@touch $@

# The tools for tests stand on top of what the bot needs; `sync` asks for nothing else.
bot/.venv/.dev: requirements/bot-dev.txt bot/.venv/.bot | $(UV)
	@$(UV) pip sync --quiet --require-hashes --python $(BOT_PYTHON) requirements/bot-dev.txt
	@touch $@
