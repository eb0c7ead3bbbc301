"""The gateway: models beyond this device, what may be sent to them, and the key they want."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, Token
from app.domain.models import GenerationRequest, InstalledModel, Sampling
from app.domain.routing import GATEWAY_PREFIX, Bounds, Task
from app.ports.generator import Generator
from app.ports.secrets import Secrets
from app.services.guard import Guard

KEY_NAME: Final = "gateway"
SHORTEST_PASSPHRASE: Final = 8  # characters


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What a person has set about the gateway; off without an address."""

    url: str
    models: tuple[str, ...]
    bounds: Bounds
    task_models: dict[Task, str]


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """How the gateway is set up."""

    url: str
    models: tuple[str, ...]
    bounds: Bounds
    has_key: bool


@dataclass(frozen=True, slots=True)
class GatewayTest:
    """What a short request to the gateway brought."""

    model: str
    answer: str
    seconds: float


class Gateway:
    """The models of the gateway; thread-safe. `open_generator` makes one that asks a model by its name there."""

    def __init__(
        self,
        settings: Callable[[], GatewaySettings],
        secrets: Callable[[], Secrets],
        open_generator: Callable[[str], Generator],
        guard: Guard,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._open_generator = open_generator
        self._guard = guard
        self._lock = threading.Lock()
        self._open: dict[str, Generator] = {}

    def models(self) -> list[InstalledModel]:
        """The models that may be asked for by name; none without a gateway."""
        settings = self._settings()
        return [_remote(name) for name in settings.models] if settings.url else []

    def host(self) -> str:
        """The gateway's host, "" without one."""
        return urlsplit(self._settings().url).hostname or ""

    def first(self) -> InstalledModel | None:
        """The model that steps in for one of the device."""
        return next(iter(self.models()), None)

    def find(self, model_id: str) -> InstalledModel:
        """The model with the id. Raises AppError GATEWAY_NOT_CONFIGURED, UNKNOWN_MODEL."""
        models = self.models()
        if not models:
            raise AppError(ErrorCode.GATEWAY_NOT_CONFIGURED)
        for model in models:
            if model.id == model_id:
                return model
        raise AppError(ErrorCode.UNKNOWN_MODEL, model=model_id)

    def task_model(self, task: Task) -> str:
        """The model that a person has set for a task, "" for none."""
        return self._settings().task_models.get(task, "")

    def bounds(self) -> Bounds:
        """What may leave the machine."""
        return self._settings().bounds

    def generator(self, model: InstalledModel) -> Generator:
        """The generator of a model at the gateway."""
        with self._lock:
            if model.id not in self._open:
                self._open[model.id] = self._open_generator(model.name)
            return self._open[model.id]

    def status(self) -> GatewayStatus:
        """How it is set up. Raises AppError KEYRING_LOCKED."""
        settings = self._settings()
        return GatewayStatus(settings.url, settings.models, settings.bounds, bool(self._secrets().get(KEY_NAME)))

    def set_key(self, key: str, passphrase: str = "") -> None:
        """Keep the key for good, or forget it if it is ""; with a passphrase, in a file that only it opens.

        Without a keyring and a passphrase, the key can be used until this process ends.
        Raises AppError KEYRING_MISSING, KEYRING_LOCKED, HOME_NOT_WRITABLE, VAULT_PASSPHRASE_UNFIT.
        """
        if not key:
            self._secrets().delete(KEY_NAME)
        elif passphrase:
            if len(passphrase) < SHORTEST_PASSPHRASE:
                reason = f"it has less than {SHORTEST_PASSPHRASE} characters"
                raise AppError(ErrorCode.VAULT_PASSPHRASE_UNFIT, reason=reason)
            self._secrets().seal(KEY_NAME, key, passphrase)
        elif not self._secrets().set(KEY_NAME, key):
            raise AppError(ErrorCode.KEYRING_MISSING)

    def unlock(self, passphrase: str) -> None:
        """Open the file that holds the key. Raises AppError VAULT_WRONG_PASSPHRASE, VAULT_DAMAGED."""
        self._secrets().unlock(passphrase)

    def test(self, cancel: Cancel) -> Iterator[GatewayTest]:
        """Ask each model for one word. Raises AppError GATEWAY_*, LEDGER_UNWRITABLE."""
        if self.bounds().local_only:
            raise AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because="this Donjon is set to stay on the device")
        if not self.models():
            raise AppError(ErrorCode.GATEWAY_NOT_CONFIGURED)
        context: dict[str, JsonValue] = {"purpose": "gateway test"}
        messages = (PromptMessage("user", "Answer with the one word: ready"),)
        request = GenerationRequest("", messages, Sampling(temperature=0.0, max_tokens=16), data_class="public")
        for model in self.models():
            began, said = time.monotonic(), ""
            for event in self._guard.generate(self.generator(model), model, request, context, cancel):
                if isinstance(event, Token):
                    said += event.text
                if isinstance(event, GenerationEnded) and event.reason == "cancelled":
                    cancel.check()
            yield GatewayTest(model.name, said, time.monotonic() - began)

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            for generator in self._open.values():
                generator.close()
            self._open.clear()


def _remote(name: str) -> InstalledModel:
    return InstalledModel(f"{GATEWAY_PREFIX}{name}", name, "chat", "", 0, "", "", where="gateway")
