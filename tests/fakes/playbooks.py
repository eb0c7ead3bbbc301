"""The playbooks that are shipped, run for real, by a model and a library that say what the test has written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from app.adapters.playbook_files import PlaybookFolders
from app.adapters.sqlite_playbook_runs import SqlitePlaybookRuns
from app.domain.cancel import Cancel
from app.domain.chat import Citation
from app.domain.events import Retrieved, Token
from app.domain.library import Passage
from app.domain.models import InstalledModel, Sampling
from app.domain.query import Search
from app.domain.support import Checked
from app.ports.generator import Generator
from app.services.classifier import Classified, Classifier
from app.services.completions import Completed, CompletionEvent, CompletionRequest, Completions
from app.services.copilot import Copilot
from app.services.grounding import Grounding
from app.services.models import Models
from app.services.playbooks import PlaybookPrompts, Playbooks
from tests.fakes.generator import FakeGenerator

SHIPPED = Path(__file__).parents[2] / "resources" / "playbooks"
PASSAGE = Passage(3, "Travel policy.pdf", "/Travel policy.pdf", "h", 3, 0, 11, "", "Book early.", 0.9, {})
CITATION = Citation(1, 3, "Travel policy.pdf", "/Travel policy.pdf", "h", 3, 0, 11, "Book early.")


@dataclass
class ScriptedCompletions:
    """Implements `Completions.complete`: an answer for questions to the library, another for all else."""

    looked_up: str = "Book early. [1]"  # "" where the documents say nothing
    written: Sequence[str] = ("Dear ", "all, ", "it is being looked at.")
    fails: Exception | None = None
    asked: list[CompletionRequest] = field(default_factory=list)

    def sampling(self) -> Sampling:
        """See `Completions.sampling`."""
        return Sampling()

    def complete(self, request: CompletionRequest, cancel: Cancel) -> Iterator[CompletionEvent]:
        """See `Completions.complete`."""
        self.asked.append(request)
        if self.fails is not None:
            raise self.fails
        if request.everywhere or request.collection is not None:
            yield Retrieved(1, (PASSAGE,) if self.looked_up else ())
            yield Token(self.looked_up)
            yield Completed(self.looked_up, Checked(self.looked_up, (CITATION,), bool(self.looked_up), ()))
            return
        for piece in self.written:
            cancel.check()
            yield Token(piece)
        yield Completed("".join(self.written))


@dataclass
class ScriptedClassifier:
    """Implements `Classifier.classify`: the first class, as sure as the test says."""

    confidence: float = 0.9
    asked: list[str] = field(default_factory=list)
    warmed: int = 0

    def warm(self, question: str, classes: Sequence[tuple[str, str]], purpose: str, cancel: Cancel) -> None:
        """See `Classifier.warm`."""
        self.warmed += 1

    def classify(
        self, question: str, untrusted_text: str, classes: Sequence[tuple[str, str]], purpose: str, cancel: Cancel
    ) -> Classified:
        """See `Classifier.classify`."""
        cancel.check()
        self.asked.append(untrusted_text)
        rest = (1 - self.confidence) / (len(classes) - 1)
        return Classified(0, (self.confidence, *[rest] * (len(classes) - 1)), "Fake")


class _Documents:
    def documents(self, search: Search) -> int:
        """As `Grounding.documents`."""
        return 0 if search.collections == ("Nowhere",) else 4


@dataclass
class OneModel:
    context: int = 4096
    forgotten: list[str] = field(default_factory=list)

    def find(self, role: str) -> InstalledModel:
        """As `Models.find`."""
        return InstalledModel("fake", "Fake", "chat", "/fake.gguf", 1, "0" * 64, "MIT")

    def generator(self, model: InstalledModel) -> Generator:
        """As `Models.generator`."""
        return FakeGenerator(context=self.context)

    def forget(self, conversation: str) -> None:
        """As `Models.forget`."""
        self.forgotten.append(conversation)


def scripted_playbooks(
    folder: Path,
    completions: ScriptedCompletions | None = None,
    classifier: ScriptedClassifier | None = None,
    files: Sequence[Path] = (SHIPPED,),
    language: str = "en",
) -> Playbooks:
    """Playbooks whose runs are kept in a real file of `folder`."""
    return Playbooks(
        PlaybookFolders(files, lambda: language),
        SqlitePlaybookRuns(folder / "playbooks.db"),
        cast(Completions, completions or ScriptedCompletions()),
        cast(Classifier, classifier or ScriptedClassifier()),
        cast(Grounding, _Documents()),
        cast(Models, OneModel()),
        PlaybookPrompts("{question} {fence} {text}", "{instruction} {fence} {facts}"),
    )


def scripted_copilot(
    completions: ScriptedCompletions | None = None,
    classifier: ScriptedClassifier | None = None,
    models: OneModel | None = None,
    *,
    ask_model: bool = True,
) -> Copilot:
    """The quick copilot on a scripted model."""
    return Copilot(
        cast(Models, models or OneModel()),
        cast(Completions, completions or ScriptedCompletions()),
        cast(Classifier, classifier or ScriptedClassifier()),
        "{instruction} {fence} {text}",
        lambda: ask_model,
    )
