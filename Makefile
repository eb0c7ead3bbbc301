# Two commands: `make run` opens Donjon, `make test` tests it. Both set up what they need the first time.

PYTHON ?= python3
DONJON_HOME ?= $(CURDIR)/.donjon
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
DONJON := $(BIN)/python -m app
TEST_MODELS := smollm2-135m all-minilm-l6-v2
MODELS := qwen2.5-coder-1.5b all-minilm-l6-v2

export DONJON_HOME PYTHON

.PHONY: run test test-gateway test-keyboard check models test-models screenshots bench bench-7b bench-gpu bench-documents bench-retrieval bench-embedding bench-support bench-judge bench-copilot bench-ui bench-search bench-markdown package clean

run: models
	@$(DONJON)

models:
	@packaging/setup.sh
	@$(DONJON) models get $(MODELS)

test-models:
	@packaging/setup.sh dev
	@DONJON_HOME=$(CURDIR)/.donjon $(DONJON) models get $(TEST_MODELS)

test: check test-models
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

check:
	@packaging/setup.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/architecture

# LiteLLM in an environment of its own; 1.82.7 and 1.82.8 were tampered with.
test-gateway:
	@packaging/setup.sh dev
	test -x .donjon/litellm/bin/litellm || { $(PYTHON) -m venv .donjon/litellm && \
		.donjon/litellm/bin/pip install -q 'litellm[proxy]!=1.82.7,!=1.82.8'; }
	DONJON_LITELLM=$(CURDIR)/.donjon/litellm/bin/litellm $(BIN)/python -m pytest -q tests/end2end/test_litellm.py

# A real window on a virtual screen, with keys that come through the X server; `make test` runs the same without a screen.
test-keyboard: test-models
	command -v xvfb-run >/dev/null && command -v xdotool >/dev/null || \
		apt-get install --yes --no-install-recommends xvfb xauth xdotool libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 \
		libxcb-image0 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 libxkbcommon-x11-0
	QT_QPA_PLATFORM=xcb xvfb-run --auto-servernum --server-args='-screen 0 1600x1000x24' \
		$(BIN)/python -m pytest tests/end2end/test_keyboard.py

screenshots: test-models
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.ui.screenshots

bench: test-models models
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.bench

bench-documents:
	@packaging/setup.sh dev
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	$(BIN)/python -m tests.bench.documents

bench-retrieval: test-models
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	$(BIN)/python -m tests.bench.retrieval

bench-embedding: test-models
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	$(BIN)/python -m tests.bench.embedding

bench-support:
	@packaging/setup.sh dev
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	$(BIN)/python -m tests.bench.support

bench-judge: models
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	$(BIN)/python -m tests.bench.judge

bench-copilot: test-models models
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.bench.copilot

bench-ui:
	@packaging/setup.sh dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.bench.ui

bench-markdown:
	@packaging/setup.sh dev
	test -d "$(DONJON_DATA)" || { echo "DONJON_DATA must name the folder of the unpacked data"; exit 2; }
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.bench.markdown

bench-search: test-models
	$(BIN)/python -m tests.bench.library_memory; code=$$?; $(BIN)/python -m tests.bench.search_scale && exit $$code

bench-7b: test-models
	$(BIN)/python -m tests.bench.large

bench-gpu: test-models models
	$(BIN)/python -m tests.bench.gpu

package:
	@packaging/setup.sh package
	packaging/package.sh

# Keeps .donjon: the models, the built wheel and what the person has stored.
clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.donjon/*' -prune -exec rm -rf {} +
