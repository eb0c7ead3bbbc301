"""What all tests share: an offscreen screen, a home of their own, and the small real models."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """The folder of real models that `make test` has fetched."""
    return Path(os.environ.get("DONJON_TEST_MODELS", REPOSITORY / ".donjon" / "models"))


@pytest.fixture(scope="session")
def test_chat_model(models_folder: Path) -> Path:
    """SmolLM2-135M-Instruct: fast, not clever."""
    return models_folder / "smollm2-135m" / "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="session")
def embedder(models_folder: Path) -> Path:
    """all-MiniLM-L6-v2."""
    return models_folder / "all-minilm-l6-v2"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    return tmp_path / "home"
