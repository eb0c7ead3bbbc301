"""What goes on beside `donjon serve`, as it does beside the window: forgetting what is due."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.terminal import report
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled
from app.services.retention import Retention


@contextmanager
def retaining(retention: Retention) -> Iterator[None]:
    """Forget what is due now and every day, until the block ends; why it could not goes to standard error."""
    ended = Cancel()

    def follow() -> None:
        try:
            for _ in retention.follow(ended):
                pass
        except Cancelled:
            return
        except AppError as error:
            report(error, as_json=False)

    thread = threading.Thread(target=follow, name="retention")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
