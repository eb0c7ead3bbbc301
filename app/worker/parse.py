"""The parse worker: reads one untrusted file after another within limits, and dies of the worst of them alone."""

from pathlib import Path
from typing import BinaryIO, Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.wire.messages import Inspected, InspectModel, PageRead, Parsed, ParseFile, Rendered, RenderPage, ToParse
from app.worker.confinement import allow_processor_time, confine
from app.worker.gguf_header import read_header
from app.worker.parse_docx import parse_docx
from app.worker.parse_html import parse_html
from app.worker.parse_markdown import parse_markdown
from app.worker.parse_pdf import parse_pdf
from app.worker.parse_text import parse_text
from app.worker.render_page import render_page
from app.worker.serve import Job, Server

MAX_BYTES = 200 * 1024 * 1024
CPU_SECONDS = 180  # for one file: the app gives up sooner, unless it is gone

_BY_SUFFIX: Final = {
    **dict.fromkeys([".html", ".htm"], parse_html),
    **dict.fromkeys([".md", ".markdown"], parse_markdown),
    ".docx": parse_docx,
}


def handle(message: ToParse, job: Job) -> None:
    """Answer one request."""
    allow_processor_time(CPU_SECONDS)
    match message:
        case ParseFile(path=path):
            job.send(Parsed(request=job.request, document=_parse(Path(path), job)))
        case InspectModel(path=path):
            job.send(Inspected(request=job.request, header=read_header(Path(path))))
        case RenderPage(path=path, page=page, width=width, quote=quote):
            job.send(Rendered(request=job.request, image=render_page(Path(path), page, width, quote)))
        case _:
            raise TypeError(type(message).__name__)


def _parse(path: Path, job: Job) -> ParsedDocument:
    def on_page(done: int, total: int) -> None:
        job.check()
        job.send(PageRead(request=job.request, done=done, total=total))

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise AppError(ErrorCode.PARSE_TOO_LARGE, path=str(path), reason=f"{size // 2**20} MiB")
        if size == 0:
            raise AppError(ErrorCode.PARSE_EMPTY, path=str(path))
        if path.suffix.lower() == ".pdf":
            return parse_pdf(path, on_page)
        return _BY_SUFFIX.get(path.suffix.lower(), parse_text)(path)
    except OSError as error:
        raise AppError(ErrorCode.PARSE_UNREADABLE, path=str(path), reason=error.strerror or str(error)) from error


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    confine()
    Server[ToParse]("parse", ToParse, handle, pipes).run()
