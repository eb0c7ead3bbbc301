"""Templates of judgements as TOML files in three folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

from app.adapters.translated_files import ENGLISH, originals, translation
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Origin, Template
from app.domain.judge_templates import MOST_CHARACTERS, read_template, write_template
from app.domain.judge_words import in_words
from app.domain.translation import TEMPLATE_TEXTS, differences


class TemplateFiles:
    """Implements `ports.judgements.TemplateStore`. Files are read each time: an edited one counts at once."""

    def __init__(
        self,
        shipped: Path,
        company: Callable[[], Path | None],
        own: Path,
        language: Callable[[], str] = lambda: ENGLISH,
    ) -> None:
        self._shipped = shipped
        self._company = company
        self._own = own
        self._language = language

    def all(self) -> list[Template]:
        """See the port."""
        found = {one.id: one for one in self._read() if isinstance(one, Template)}
        return sorted(found.values(), key=lambda template: template.name.casefold())

    def problems(self) -> list[AppError]:
        """See the port."""
        return [one for one in self._read() if isinstance(one, AppError)]

    def put(self, template: Template) -> None:
        """See the port."""
        path = self._own / f"{template.id}.toml"
        text = write_template(template)
        read_template(text, template.id)
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise _unwritable(path, error) from error

    def remove(self, template_id: str) -> None:
        """See the port."""
        path = next((path for path in originals(self._own) if path.stem == template_id), None)
        if path is None:
            raise AppError(ErrorCode.UNKNOWN_TEMPLATE, template=template_id)
        try:
            path.unlink()
        except OSError as error:
            raise _unwritable(path, error) from error

    def _read(self) -> Iterator[Template | AppError]:
        folders: tuple[tuple[Path | None, Origin], ...] = (
            (self._shipped, "shipped"),
            (self._company(), "company"),
            (self._own, "own"),
        )
        for folder, origin in folders:
            for path in originals(folder) if folder is not None else ():
                template = _template(path, path.stem, origin)
                yield template
                translated = translation(path, self._language())
                if translated is not None and isinstance(template, Template):
                    yield _translated(translated, template)


def _translated(path: Path, original: Template) -> Template | AppError:
    """The same template in other words, which stands in for it, or what is wrong with the file."""
    template = _template(path, original.id, original.origin)
    if isinstance(template, Template):
        for reason in differences(original, template, TEMPLATE_TEXTS):
            return AppError(ErrorCode.TEMPLATE_INVALID, template=path.stem, line=1, reason=reason)
        return in_words(original, template)
    return template


def _template(path: Path, template_id: str, origin: Origin) -> Template | AppError:
    try:
        with path.open("rb") as file:
            untrusted = file.read(4 * MOST_CHARACTERS + 1)  # a character has up to four bytes
        return read_template(untrusted.decode(), template_id, origin)
    except AppError as error:
        return error
    except (OSError, UnicodeDecodeError) as error:
        return AppError(ErrorCode.TEMPLATE_INVALID, template=path.stem, line=1, reason=str(error)[:200])


def _unwritable(path: Path, error: OSError) -> AppError:
    return AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(path), reason=error.strerror or str(error))
