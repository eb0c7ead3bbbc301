"""`donjon models …`: list, fit, get, import, bundle, inspect."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from app.cli import shapes
from app.cli.doors import ModelList, Services
from app.cli.terminal import ProgressLine, note, report, say, say_json
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.fit_texts import LABELS, remedy, settings_text, size_text, why
from app.domain.models import CatalogueEntry, InstalledModel

Result = TypeVar("Result")

_MEGABYTE = 1_000_000


def say_models(models: ModelList, *, as_json: bool) -> None:
    """List the models that are here and those that can be fetched."""
    installed = models.installed()
    for problem in models.catalogue_problems():
        report(problem, as_json=as_json)
    here = {model.id for model in installed}
    others = [entry for entry in models.catalogue() if entry.id not in here and not entry.hidden]
    if as_json:
        listed = [shapes.model(model, installed=True) for model in installed]
        say_json({"models": listed + [shapes.model(entry, installed=False) for entry in others]})
        return
    current = models.current()
    for model in installed:
        name = f"{model.name}: changes {model.base}" if model.base else model.name
        answers = "answers" if current is not None and model.id == current.id else "shared" if model.shared else "here"
        say(f"{answers:<10} {model.id:<24} {model.role:<7} {model.size // _MEGABYTE:>6} MB  {name}")
    for entry in others:
        size = f"{entry.size // _MEGABYTE:>6} MB" if entry.size else f"{'unknown':>9}"  # the hub will say
        name = f"{entry.name}: {entry.recommended_for}" if entry.recommended_for else entry.name
        say(f"{'available':<10} {entry.id:<24} {entry.role:<7} {size}  {name}")


def fit(services: Services, model_ids: Sequence[str], *, as_json: bool) -> None:
    """Say which models fit into this machine's memory; all of them if none is named."""
    installed = {model.id: model for model in services.models.installed()}
    known: dict[str, InstalledModel | CatalogueEntry] = {entry.id: entry for entry in services.models.catalogue()}
    hidden = {entry.id for entry in services.models.catalogue() if entry.hidden and entry.id not in installed}
    known |= installed
    wanted = model_ids or [model_id for model_id, model in known.items() if model.role == "chat"]
    for model_id in wanted:
        if model_id not in known:
            raise AppError(ErrorCode.UNKNOWN_MODEL, model=model_id)
    machine = services.models.machine()
    chosen = [known[model_id] for model_id in wanted if model_ids or model_id not in hidden]
    verdicts = [(model, services.models.fit(model)) for model in chosen]
    if as_json:
        models = [shapes.verdict(model.id, model.id in installed, verdict) for model, verdict in verdicts if verdict]
        say_json({"machine": shapes.machine(machine), "models": models})
        return
    say(f"Memory: {size_text(machine.available)} of {size_text(machine.total)} can be had.")
    for device in machine.devices:
        say(f"{device.name}: {device.description}, {size_text(device.free)} of {size_text(device.total)} free")
    say()
    for model, verdict in verdicts:
        if verdict is None:
            say(f"{'unknown':<13} {model.id:<24} nobody has said its size")
            continue
        about = "" if model.id in installed else "about "
        say(f"{LABELS[verdict.fits]:<13} {model.id:<24} {about}{size_text(verdict.need.total)} on {verdict.device}")
        details = ". ".join(part for part in (why(verdict), remedy(verdict)) if part)
        if details and verdict.fits != "fits":
            say(f"{'':<13} {details[0].upper()}{details[1:]}")


def get(services: Services, model_ids: Sequence[str], cancel: Cancel, *, as_json: bool) -> None:
    """Fetch models of the catalogue, one after the other."""
    before = {model.id for model in services.models.installed()}
    fetched: list[InstalledModel] = []
    for model_id in model_ids:
        if model_id not in before:
            note(f"Fetching {model_id}; if you stop it, the next time goes on from there")
        fetched += _watched(services.models.fetch(model_id, cancel))
    if as_json:
        say_json({"models": [shapes.model(model, installed=True) for model in fetched]})
        return
    for model in fetched:
        if model.id not in before:
            say(f"{model.id} is here, {model.size // _MEGABYTE} MB, SHA-256 verified")


def _watched(items: Iterator[DownloadProgress | Result]) -> Iterator[Result]:
    """Show what is progress, pass on what is not."""
    progress = ProgressLine()
    try:
        for item in items:
            if isinstance(item, DownloadProgress):
                progress.show(how_far(item), item.done, item.total)
            else:
                yield item
    finally:
        progress.clear()


def how_far(item: DownloadProgress) -> str:
    """Megabytes, speed and time left, as far as known."""
    text = f"{item.done // _MEGABYTE} of {item.total // _MEGABYTE} MB"
    if item.bytes_per_s:
        text += f", {item.bytes_per_s / _MEGABYTE:.1f} MB/s"
    if item.left_s is not None and item.done < item.total:
        minutes = round(item.left_s / 60)
        text += f", {minutes} min left" if minutes > 1 else f", {item.left_s:.0f} s left"
    return text


def take(services: Services, path: Path, *, as_json: bool) -> None:
    """Import a GGUF file."""
    model = services.models.import_file(path)
    if as_json:
        say_json(shapes.model(model, installed=True))
    else:
        say(f"{model.id}: {model.name}")


def take_bundle(services: Services, folder: Path, trust: str, cancel: Cancel, *, as_json: bool) -> None:
    """Import all models of a bundle."""
    models = list(_watched(services.bundles.install(folder, trust, cancel)))
    if as_json:
        say_json({"models": [shapes.model(model, installed=True) for model in models]})
        return
    for model in models:
        say(f"{model.id} is here, {model.size // _MEGABYTE} MB, signature and SHA-256 verified")


def bundle(
    services: Services, model_ids: Sequence[str], out: Path, key: Path | None, cancel: Cancel, *, as_json: bool
) -> None:
    """Write a bundle, and say with which key it has to be trusted."""
    for written in _watched(services.bundles.write(model_ids, out, key, cancel)):
        if as_json:
            say_json({"path": written.path, "key": written.key, "models": list(written.models)})
        else:
            say(f"{written.path} holds {', '.join(written.models)}. Take it in with:")
            say(f"  donjon models import {written.path} --trust {written.key}")


def remove(services: Services, model_id: str, *, as_json: bool) -> None:
    """Delete a model's files."""
    model = services.models.remove(model_id)
    if as_json:
        say_json({"removed": shapes.model(model, installed=False)})
    else:
        say(f"{model.id} is removed, {size_text(model.size)} are free again")


def inspect(services: Services, path: Path, *, as_json: bool) -> None:
    """Say what a model file says of itself."""
    header = services.models.inspect(path)
    facts = shapes.header(header)
    verdict = None if header.adapter else services.models.fit_file(header)
    if verdict is not None:
        facts |= {"memory": verdict.need.total, "fits": verdict.fits}
    if as_json:
        say_json(facts)
        return
    if verdict is not None:
        facts["memory"] = f"{size_text(verdict.need.total)} with {settings_text(verdict.settings)}"
        facts["fits"] = ": ".join(part for part in (LABELS[verdict.fits], why(verdict)) if part)
    for name, value in facts.items():
        say(f"{name.replace('_', ' '):<18} {value}")
