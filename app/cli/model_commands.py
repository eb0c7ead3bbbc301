"""`donjon models …`: list, get, import, inspect."""

from collections.abc import Sequence
from pathlib import Path

from app.cli import shapes
from app.cli.doors import Services
from app.cli.terminal import ProgressLine, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.events import DownloadProgress
from app.domain.models import InstalledModel

_MEGABYTE = 1_000_000


def say_models(services: Services, *, as_json: bool) -> None:
    """List the models that are here and those that can be fetched."""
    installed = services.models.installed()
    here = {model.id for model in installed}
    others = [entry for entry in services.models.catalogue() if entry.id not in here and not entry.hidden]
    if as_json:
        models = [shapes.model(model, installed=True) for model in installed]
        say_json({"models": models + [shapes.model(entry, installed=False) for entry in others]})
        return
    current = services.models.current()
    for model in installed:
        answers = "answers" if current is not None and model.id == current.id else "here"
        say(f"{answers:<10} {model.id:<24} {model.role:<6} {model.size // _MEGABYTE:>6} MB  {model.name}")
    for entry in others:
        say(f"{'available':<10} {entry.id:<24} {entry.role:<6} {entry.size // _MEGABYTE:>6} MB  {entry.name}")


def get(services: Services, model_ids: Sequence[str], cancel: Cancel, *, as_json: bool) -> None:
    """Fetch models of the catalogue, one after the other."""
    before = {model.id for model in services.models.installed()}
    fetched: list[InstalledModel] = []
    for model_id in model_ids:
        progress = ProgressLine()
        if model_id not in before:
            note(f"Fetching {model_id}")
        try:
            for item in services.models.fetch(model_id, cancel):
                if isinstance(item, DownloadProgress):
                    megabytes = f"{item.done // _MEGABYTE} of {item.total // _MEGABYTE} MB"
                    progress.show(f"{item.model} {megabytes}", item.done, item.total)
                else:
                    fetched.append(item)
        finally:
            progress.clear()
    if as_json:
        say_json({"models": [shapes.model(model, installed=True) for model in fetched]})
        return
    for model in fetched:
        if model.id not in before:
            say(f"{model.id} is here, {model.size // _MEGABYTE} MB, SHA-256 verified")


def take(services: Services, path: Path, *, as_json: bool) -> None:
    """Import a GGUF file."""
    model = services.models.import_file(path)
    if as_json:
        say_json(shapes.model(model, installed=True))
    else:
        say(f"{model.id}: {model.name}")


def inspect(services: Services, path: Path, *, as_json: bool) -> None:
    """Say what a model file says of itself."""
    header = shapes.header(services.models.inspect(path))
    if as_json:
        say_json(header)
        return
    for name, value in header.items():
        say(f"{name.replace('_', ' '):<18} {value}")
