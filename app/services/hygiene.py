"""Looking through a collection: what is in it twice, empty, secret, hidden or odd."""

from collections import Counter
from collections.abc import Iterator

from app.domain.cancel import Cancel
from app.domain.events import FileProgress
from app.domain.hygiene import (
    OTHER_VERSION,
    HygieneReport,
    find_copies,
    language,
    look_through,
    repeated_lines,
)
from app.domain.library import Document
from app.ports.passages import Passages
from app.services.library import Library


class Hygiene:
    """Reports on a collection, and removes what is there twice when asked."""

    def __init__(self, passages: Passages, library: Library) -> None:
        self._passages = passages
        self._library = library

    def report(self, collection: str | None, cancel: Cancel) -> Iterator[FileProgress | HygieneReport]:
        """Look through every document of a collection, None for all of this device; the last item is the report."""
        documents = [one for one in self._passages.documents(collection) if collection or one.where == "device"]
        texts: dict[int, str] = {}
        findings = []
        languages = Counter[str]()
        for number, document in enumerate(documents):
            cancel.check()
            yield FileProgress(document.path, number, len(documents))
            text = texts[document.id] = self._passages.text(document.id)
            findings += look_through(document, text, document.pages_without_text, document.notices)
            languages[language(text)] += 1
        findings += find_copies(documents, self._passages.similar(collection, OTHER_VERSION, cancel))
        findings += repeated_lines(texts, {document.id: document.name for document in documents})
        yield HygieneReport(len(documents), tuple(findings), dict(languages))

    def remove_copies(self, report: HygieneReport) -> list[Document]:
        """Forget the documents that are there twice, exactly or nearly; what they are copies of stays."""
        twice = [found.document_id for found in report.findings if found.kind in ("exact_copy", "near_copy")]
        return [self._library.remove(document_id) for document_id in dict.fromkeys(twice)]
