"""With the window open, the command line asks through it; other programs only once the person says so."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.__main__ import start_api
from app.composition import Services, open_services
from app.domain.access import Scope
from app.settings.table import API_ENABLED, API_PORT
from app.ui.background import Background
from app.ui.local_api import LocalApi
from tests.conftest import REPOSITORY
from tests.end2end.test_command_line import with_models

CHAT = "smollm2-135m"


@pytest.fixture
def services(tmp_path: Path, models_folder: Path) -> Iterator[Services]:
    with open_services(with_models(tmp_path / "home", models_folder, max_tokens=16), "window") as services:
        services.settings.set(API_PORT, 0)
        yield services


@contextmanager
def opened(services: Services) -> Iterator[LocalApi]:
    """The API as the window has it."""
    background = Background()
    api = LocalApi(lambda others: start_api(services, others), services.settings, background)
    yield api
    api.stop()
    background.close()


def list_models(services: Services, qtbot: QtBot) -> "subprocess.CompletedProcess[str]":
    """Ask from another process, while this one goes on."""
    command = [sys.executable, "-m", "app", "--home", str(services.home), "models", "list", "--json"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ, stdout=-1, stderr=-1, text=True)
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=60_000)
    out, err = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def test_our_own_command_line_gets_in_and_nobody_else(services: Services, qtbot: QtBot, qapp: QApplication) -> None:
    with opened(services) as api:
        assert list_models(services, qtbot).returncode == 4, "nothing listens yet, and the home is held"
        api.apply()
        qtbot.waitUntil(lambda: (services.home / "api" / "address.json").exists(), timeout=30_000)
        listed = list_models(services, qtbot)
        assert listed.returncode == 0, listed.stderr
        assert CHAT in [model["id"] for model in json.loads(listed.stdout)["models"]]
        made = services.access.create("notes", tuple(Scope))
        port = json.loads((services.home / "api" / "address.json").read_text())["port"]
        with pytest.raises(openai.NotFoundError):
            openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=made, max_retries=0).models.list()


def test_the_setting_lets_others_in_and_shuts_them_out(services: Services, qtbot: QtBot, qapp: QApplication) -> None:
    with opened(services) as api:
        services.settings.set(API_ENABLED, True)
        with qtbot.waitSignal(api.opened, timeout=30_000) as told:
            api.apply()
        made = services.access.create("notes", tuple(Scope))
        client = openai.OpenAI(base_url=told.args[0], api_key=made, max_retries=0)
        assert CHAT in [model.id for model in client.models.list()]
        services.settings.set(API_ENABLED, False)
        api.apply()
        with pytest.raises(openai.APIConnectionError):
            client.models.list()
