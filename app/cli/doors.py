"""What the command line is given from outside: the services, the shipped files and the window."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.services.audit import Audit
from app.services.bundles import ModelBundles
from app.services.chat import Chat
from app.services.gateway import Gateway
from app.services.library import Library
from app.services.models import Models


class Services(Protocol):
    """The use cases of one home."""

    @property
    def chat(self) -> Chat:
        """Conversations."""

    @property
    def library(self) -> Library:
        """The person's documents."""

    @property
    def models(self) -> Models:
        """The models of this machine."""

    @property
    def bundles(self) -> ModelBundles:
        """Models for machines without a network."""

    @property
    def gateway(self) -> Gateway:
        """The models beyond this device."""

    @property
    def audit(self) -> Audit:
        """The ledger."""


class OpenServices(Protocol):
    """Opens the services of a home, whose models may lie elsewhere; raises AppError HOME_IN_USE and others."""

    def __call__(self, home: Path, role: str, *, models_folder: Path | None = None) -> AbstractContextManager[Services]:
        """Take the home's lock and wire everything."""


@dataclass(frozen=True, slots=True)
class Doors:
    """All that the commands need."""

    open_services: OpenServices
    resources: Path
    open_window: Callable[[Path], int]
    has_display: bool
