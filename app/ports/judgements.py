"""Where judgements and their templates are kept."""

from typing import Protocol

from app.domain.errors import AppError
from app.domain.judge import Batch, Case, Judged, Review, Row, Template, Version


class JudgementStore(Protocol):
    """Judged documents with their versions, what people said to them, and folders that are judged."""

    def cases(self) -> list[Case]:
        """All cases, the latest judged first."""
        ...

    def case(self, case_id: int) -> Case:
        """One case. Raises AppError UNKNOWN_CASE."""
        ...

    def judged(self, case_id: int) -> Judged:
        """The document of a case as it was read. Raises AppError UNKNOWN_CASE."""
        ...

    def add(self, judged: Judged, version: Version, batch_id: int | None = None) -> Case:
        """Keep a judgement: a version of the case of this content and template, or of a new one."""
        ...

    def versions(self, case_id: int) -> list[Version]:
        """All versions of a case, in order."""
        ...

    def remove(self, case_id: int) -> None:
        """Forget a case with all of its versions. Raises AppError UNKNOWN_CASE."""
        ...

    def forget_document(self, content_hash: str) -> None:
        """Forget all cases of a document."""
        ...

    def review(self, review: Review) -> None:
        """Keep what a person says to a field of a version; it takes the place of what they said before."""
        ...

    def reviews(self, case_id: int | None = None) -> list[Review]:
        """What people said, of one case or of all; the oldest first."""
        ...

    def batches(self) -> list[Batch]:
        """All folders that are judged, the latest first."""
        ...

    def batch(self, batch_id: int) -> Batch:
        """One of them, with its rows. Raises AppError UNKNOWN_BATCH."""
        ...

    def add_batch(self, batch: Batch) -> Batch:
        """Keep a folder and its rows, with the number it gets."""
        ...

    def set_row(self, batch_id: int, row: Row) -> None:
        """Write down what became of a file."""
        ...

    def remove_batch(self, batch_id: int) -> None:
        """Forget a folder and the cases that were judged for it. Raises AppError UNKNOWN_BATCH."""
        ...


class TemplateStore(Protocol):
    """The templates: those shipped, those of the company, and the person's own."""

    def all(self) -> list[Template]:
        """All that can be read, by name; an own one takes the place of others of its id, the company's of shipped."""
        ...

    def problems(self) -> list[AppError]:
        """What is wrong with the others: TEMPLATE_INVALID with the line."""
        ...

    def put(self, template: Template) -> None:
        """Keep an own template. Raises AppError HOME_NOT_WRITABLE."""
        ...

    def remove(self, template_id: str) -> None:
        """Delete an own template. Raises AppError UNKNOWN_TEMPLATE, HOME_NOT_WRITABLE."""
        ...
