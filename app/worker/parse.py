"""The parse worker: reads one untrusted file after another within limits, and dies of the worst of them alone."""

import math
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import AppError, ErrorCode
from app.domain.formats import UNNAMED_PICTURE
from app.domain.library import ParsedDocument
from app.wire.messages import (
    Inspected,
    InspectModel,
    PageRead,
    Parsed,
    ParseFile,
    ReadPicture,
    Rendered,
    RenderPage,
    ToParse,
)
from app.worker.confinement import allow_processor_time, confine
from app.worker.gguf_header import read_header
from app.worker.parse_file import FileParser
from app.worker.render_page import render_page
from app.worker.serve import Job, Server
from app.worker.text_recognition import SECONDS, THREADS, TextRecognition, is_installed
from app.worker.untrusted_file import UntrustedFile

MAX_BYTES = 200 * 1024 * 1024
CPU_SECONDS = 180  # for one file: the app gives up sooner, unless it is gone


def handle(message: ToParse, job: Job) -> None:
    """Answer one request."""
    wanted = isinstance(message, ReadPicture) or (isinstance(message, ParseFile) and message.ocr)
    recognition = TextRecognition() if wanted and is_installed() else None
    allow_processor_time(CPU_SECONDS + (math.ceil(SECONDS) * THREADS if recognition else 0))
    match message:
        case ParseFile(path=path):
            job.send(Parsed(request=job.request, document=_parse(Path(path), job, recognition)))
        case ReadPicture(picture=picture):
            parser = FileParser(lambda _done, _total: job.check(), recognition)
            job.send(Parsed(request=job.request, document=parser.parse(UntrustedFile(UNNAMED_PICTURE, picture))))
        case InspectModel(path=path):
            job.send(Inspected(request=job.request, header=read_header(Path(path))))
        case RenderPage(path=path, page=page, width=width, quote=quote):
            job.send(Rendered(request=job.request, image=render_page(Path(path), page, width, quote)))
        case _:
            raise TypeError(type(message).__name__)


def _parse(path: Path, job: Job, recognition: TextRecognition | None) -> ParsedDocument:
    def on_page(done: int, total: int) -> None:
        job.check()
        job.send(PageRead(request=job.request, done=done, total=total))

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise AppError(ErrorCode.PARSE_TOO_LARGE, path=str(path), reason=f"{size // 2**20} MiB")
        return FileParser(on_page, recognition).parse(UntrustedFile.read(path))
    except OSError as error:
        raise AppError(ErrorCode.PARSE_UNREADABLE, path=str(path), reason=error.strerror or str(error)) from error


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    confine()
    Server[ToParse]("parse", ToParse, handle, pipes).run()
