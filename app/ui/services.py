"""What the window is given to work with."""

from typing import Protocol

from app.services.appeals import Appeals
from app.services.chat import Chat
from app.services.chat_transfer import Transfer
from app.services.conversations import Conversations
from app.services.copilot import Copilot
from app.services.diagnostics import Diagnostics
from app.services.experiments import Experiments
from app.services.folders import Folders
from app.services.gateway import Gateway
from app.services.hygiene import Hygiene
from app.services.judge import Judge
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.library import Library
from app.services.models import Models
from app.services.playbooks import Playbooks
from app.services.projects import Projects
from app.services.prompt_library import PromptLibrary
from app.services.questions import Questions
from app.services.retention import Retention
from app.services.showing import Showing
from app.services.titles import Titles
from app.services.viewing import Viewing
from app.settings.file import Settings


class Services(Protocol):
    """The use cases that the window offers."""

    @property
    def chat(self) -> Chat:
        """Conversations."""

    @property
    def projects(self) -> Projects:
        """What conversations have in common."""

    @property
    def conversations(self) -> Conversations:
        """What is done with conversations beside asking."""

    @property
    def transfer(self) -> Transfer:
        """Conversations as files."""

    @property
    def titles(self) -> Titles:
        """Names for conversations."""

    @property
    def showing(self) -> Showing:
        """What a person shows, as text."""

    @property
    def library(self) -> Library:
        """Documents."""

    @property
    def hygiene(self) -> Hygiene:
        """Looking through documents."""

    @property
    def prompt_library(self) -> PromptLibrary:
        """Prompts to fill in."""

    @property
    def questions(self) -> Questions:
        """What search is tested with."""

    @property
    def experiments(self) -> Experiments:
        """Ways of searching, compared."""

    @property
    def judge(self) -> Judge:
        """Judgements."""

    @property
    def judge_tables(self) -> JudgeTables:
        """Folders of judgements."""

    @property
    def judge_exports(self) -> JudgeExports:
        """Judgements as files."""

    @property
    def playbooks(self) -> Playbooks:
        """Guided decision trees."""

    @property
    def copilot(self) -> Copilot:
        """Next steps for what is shown."""

    @property
    def folders(self) -> Folders:
        """Folders that are kept in step with."""

    @property
    def retention(self) -> Retention:
        """How long things are kept."""

    @property
    def viewing(self) -> Viewing:
        """Documents at a place."""

    @property
    def models(self) -> Models:
        """Models."""

    @property
    def gateway(self) -> Gateway:
        """The company's models."""

    @property
    def appeals(self) -> Appeals:
        """Objections to verdicts of rails."""

    @property
    def diagnostics(self) -> Diagnostics:
        """What may be told to somebody who helps."""

    @property
    def settings(self) -> Settings:
        """The person's settings."""
