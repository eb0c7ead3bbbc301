"""The local API: what it adds to each token, and what several clients get at once."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from app.adapters.data_class_file import DataClassFile
from app.api.server import ApiServer
from app.composition import Services, open_services
from app.domain.access import Scope
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.events import Token
from app.domain.models import InstalledModel, Sampling
from app.services.completions import CompletionRequest, Completions
from app.services.guard import Guard
from app.services.models import Models
from app.services.turn import ChatSettings
from tests.bench.table import Row
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import MODEL, FakeInspector, FakeKeptStates, FakeStore, loaded_models

REPLAYED = 2000  # tokens that cost nothing to make, so that what is measured is the way they take
ROUNDS = 5
CLIENTS = 4
TOKENS = 64


def measure(model: InstalledModel, models: Path, folder: Path) -> list[Row]:
    """All figures of the API, taken in one run; `folder` becomes a home."""
    with open_services(folder / "home", "bench", models_folder=models) as services:
        return [_overhead(services), *_concurrency(services, model)]


def _overhead(services: Services) -> Row:
    """The same tokens from the same service, taken directly and over the API, in turn."""
    replay = FakeGenerator(["token "] * REPLAYED, context=10**6)
    loaded = loaded_models(lambda _model, _load: replay)
    models = Models(FakeStore(), FakeInspector(), loaded, lambda: "", FakeKeptStates())
    settings = ChatSettings(Sampling(max_tokens=REPLAYED), passages=1)
    nothing: Any = None  # is grounded, embedded or gone through here
    classes = DataClassFile(services.home / "data_classes.json")
    completions = Completions(
        nothing, nothing, models, Guard(services.audit), nothing, lambda: settings, classes, nothing
    )
    request = CompletionRequest("bench", MODEL.id, (PromptMessage("user", "Go on."),), settings.sampling)
    direct: list[float] = []
    served: list[float] = []
    with _client(replace(services, completions=completions, models=models), "replay") as client:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            tokens = sum(isinstance(event, Token) for event in completions.complete(request, Cancel()))
            direct.append(time.perf_counter() - started)
            started = time.perf_counter()
            if _ask(client, MODEL.id, "Go on.", REPLAYED) != tokens:
                raise RuntimeError("not all tokens came")
            served.append(time.perf_counter() - started)
    each = (statistics.median(served) - statistics.median(direct)) / REPLAYED * 1000
    figures = f"{statistics.median(served):.3f} − {statistics.median(direct):.3f} s for {REPLAYED} tokens"
    return Row("local API, added to each token, ms", each, "≤ 1", each <= 1, f"{figures}, median of {ROUNDS}")


def _concurrency(services: Services, model: InstalledModel) -> list[Row]:
    """Tokens per second of several clients together against one alone, in turn; and of the slowest against the mean."""
    gains: list[float] = []
    shares: list[float] = []
    figures = ""
    with _client(services, "several") as client:
        _ask(client, model.id, "Warm up.", 1)
        for number in range(3):
            (alone,) = _rates(client, model.id, 1, number)
            rates = _rates(client, model.id, CLIENTS, number)
            gains.append(sum(rates) / alone)
            shares.append(min(rates) / statistics.mean(rates))
            figures = f"{sum(rates):.1f} ÷ {alone:.1f} tokens/s (last of 3)"
    gain, share = statistics.median(gains), statistics.median(shares)
    return [
        Row(f"{CLIENTS} clients of the API ÷ one, tokens/s", gain, "≥ 1.3", gain >= 1.3, figures),
        Row(f"the slowest of {CLIENTS} clients ÷ their mean", share, "≥ 0.5", share >= 0.5, "median of 3"),
    ]


def _rates(client: httpx2.Client, model: str, clients: int, round_number: int) -> list[float]:
    """Each client's tokens per second, from the moment that all begin."""
    rates: list[float] = []
    begin = threading.Barrier(clients)

    def ask(number: int) -> None:
        begin.wait()
        started = time.perf_counter()
        tokens = _ask(client, model, f"{round_number}.{number}. Write a long story about a lighthouse.", TOKENS)
        rates.append(tokens / (time.perf_counter() - started))

    threads = [threading.Thread(target=ask, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rates


def _ask(client: httpx2.Client, model: str, question: str, max_tokens: int) -> int:
    """Stream an answer; how many pieces of text came."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": question}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": True,
    }
    with client.stream("POST", "chat/completions", json=body) as response:
        received = b"".join(response.iter_bytes())
    return received.count(b'"delta":{"content"')


@contextmanager
def _client(services: Services, name: str) -> Iterator[httpx2.Client]:
    """A client of a server over these services."""
    server = ApiServer(services, 0)
    server.start()
    headers = {"Authorization": f"Bearer {services.access.create(name, [Scope.CHAT])}"}
    try:
        with httpx2.Client(base_url=server.base_url, headers=headers, timeout=600, trust_env=False) as client:
            yield client
    finally:
        server.stop()
