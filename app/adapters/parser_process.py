"""Untrusted files, read in a process that may die of them."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.adapters.worker_process import WorkerProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.formats import BY_SUFFIX, MAY_HOLD_PICTURES, PICTURES, UNNAMED_PICTURE
from app.domain.library import ParsedDocument
from app.domain.models import ModelHeader
from app.wire.messages import FromParse, Inspected, InspectModel, PageRead, Parsed, ParseFile, ReadPicture

TIME_LIMIT_S = 120.0
OCR_LIMIT_S = 1080.0  # what the worker allows itself for recognising text, one page more, and the rest
FILES_PER_PROCESS = 50  # good ones; what a parser leaves behind in memory goes with its process

_DEATHS: Final = frozenset({ErrorCode.WORKER_DIED, ErrorCode.WORKER_PROTOCOL, ErrorCode.INTERNAL})


class ParserProcess:
    """Implements `ports.parser.Parser`, `ports.picture_reader.PictureReader` and `ports.inspector.Inspector`.

    One file at a time.
    A process that read a file without fault, or refused a model's header as it should, reads the next; any other fault
    ends it.
    """

    def __init__(self, time_limit: float = TIME_LIMIT_S, wants_ocr: Callable[[], bool] = lambda: False) -> None:
        """`wants_ocr`: whether pictures in folders and inside other files are read; such files may take longer.

        A picture that is given by itself is read in any case, where this Donjon can.
        """
        self._time_limit = time_limit
        self._wants_ocr = wants_ocr
        self._worker: WorkerProcess[FromParse] = WorkerProcess("parse", FromParse)
        self._files = 0
        self._lock = threading.Lock()

    @property
    def suffixes(self) -> frozenset[str]:
        """See `Parser.suffixes`."""
        return frozenset(BY_SUFFIX) if self._wants_ocr() else frozenset(BY_SUFFIX) - PICTURES

    def parse(self, path: Path, cancel: Cancel, on_page: Callable[[int, int], None] | None = None) -> ParsedDocument:
        """See `Parser.parse`."""
        kind = BY_SUFFIX.get(path.suffix.lower())
        ocr = kind == "picture" or (kind in MAY_HOLD_PICTURES and self._wants_ocr())
        message = ParseFile(request=self._worker.next_request(), path=str(path.absolute()), ocr=ocr)
        return self._read(message, str(path), OCR_LIMIT_S if ocr else self._time_limit, cancel, on_page)

    def read_picture(self, picture: bytes, cancel: Cancel) -> str:
        """See `PictureReader.read_picture`."""
        message = ReadPicture(request=self._worker.next_request(), picture=picture)
        return self._read(message, UNNAMED_PICTURE, self._time_limit, cancel).text

    def inspect(self, path: Path) -> ModelHeader:
        """See `Inspector.inspect`."""
        if not path.is_file():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        with self._lock:
            try:
                message = InspectModel(request=self._worker.next_request(), path=str(path.absolute()))
                return self._worker.ask(message, Inspected, time_limit=self._time_limit).header
            except AppError as error:
                if error.code not in _DEATHS and error.code is not ErrorCode.WORKER_SILENT:
                    raise  # a refusal is what it is there for: it reads the next file as well
                self._worker.stop()
                raise AppError(ErrorCode.MODEL_INVALID, path=str(path), reason="reading it failed") from error

    def close(self) -> None:
        """End the process."""
        self._worker.stop()

    def _read(
        self,
        message: ParseFile | ReadPicture,
        name: str,
        time_limit: float,
        cancel: Cancel,
        on_page: Callable[[int, int], None] | None = None,
    ) -> ParsedDocument:
        with self._lock:
            cancel.check()
            if self._files >= FILES_PER_PROCESS:
                self._worker.stop()
                self._files = 0
            self._files += 1
            try:
                for reply in self._worker.request(message, Parsed, cancel, time_limit):
                    match reply:
                        case PageRead(done=done, total=total) if on_page is not None:
                            on_page(done, total)
                        case Parsed(document=document):
                            return document
                raise AppError(ErrorCode.WORKER_PROTOCOL, worker="parse", detail="no document")
            except AppError as error:
                self._worker.stop()
                raise _as_problem(error, name, time_limit) from error


def _as_problem(error: AppError, name: str, time_limit: float) -> AppError:
    """What a death means for the file."""
    if error.code is ErrorCode.WORKER_SILENT:
        return AppError(ErrorCode.PARSE_TIMEOUT, path=name, seconds=round(time_limit))
    if error.code in _DEATHS:
        last = str(error.facts.get("detail") or error.facts.get("error") or f"exit {error.facts.get('exit', '?')}")
        reason = last.strip().splitlines()[-1][:200] if last.strip() else "it ended without a word"
        return AppError(ErrorCode.PARSE_CRASHED, path=name, reason=reason)
    return error
