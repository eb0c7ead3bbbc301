"""Pages of untrusted files, drawn in a process that may die of them."""

import threading
from pathlib import Path
from typing import Final

from app.adapters.worker_process import WorkerProcess
from app.domain.errors import AppError, ErrorCode
from app.domain.viewing import PageImage
from app.wire.messages import FromParse, Rendered, RenderPage

TIME_LIMIT_S: Final = 20.0


class PageRendererProcess:
    """Implements `ports.page_renderer.PageRenderer`, beside the process that reads files: a reader need not wait."""

    def __init__(self, time_limit: float = TIME_LIMIT_S) -> None:
        self._time_limit = time_limit
        self._worker: WorkerProcess[FromParse] = WorkerProcess("parse", FromParse)
        self._lock = threading.Lock()

    def can_render(self, path: Path) -> bool:
        """See `PageRenderer.can_render`."""
        return path.suffix.lower() == ".pdf"

    def render(self, path: Path, page: int, width: int, quote: str) -> PageImage:
        """See `PageRenderer.render`."""
        with self._lock:
            message = RenderPage(
                request=self._worker.next_request(), path=str(path.absolute()), page=page, width=width, quote=quote
            )
            try:
                return self._worker.ask(message, Rendered, time_limit=self._time_limit).image
            except AppError as error:
                self._worker.stop()
                if error.code is ErrorCode.PARSE_BROKEN:
                    raise
                raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason="drawing the page failed") from error

    def close(self) -> None:
        """End the process."""
        self._worker.stop()
