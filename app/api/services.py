"""What the server is given to work with."""

from typing import Protocol

from app.services.access import Access
from app.services.chat import Chat
from app.services.completions import Completions
from app.services.library import Library
from app.services.models import Models
from app.settings.file import Settings


class Services(Protocol):
    """The use cases that the server offers."""

    @property
    def access(self) -> Access:
        """Who may use it."""

    @property
    def chat(self) -> Chat:
        """Conversations, for Donjon's own command line."""

    @property
    def completions(self) -> Completions:
        """Generation and embedding."""

    @property
    def library(self) -> Library:
        """The documents."""

    @property
    def models(self) -> Models:
        """The models of this machine."""

    @property
    def settings(self) -> Settings:
        """The person's settings."""
