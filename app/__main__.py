"""Picks the door from the command line and opens it: the window, its gallery, the command line, or a worker."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.api.server import ApiServer
    from app.composition import Services


def main() -> int:
    """Open one door; nothing of the others is imported."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from app.worker.start import start

        return start(arguments[1:])
    if arguments == ["--gallery"] and has_display():
        from app.ui.gallery import show_gallery

        return show_gallery()
    if not arguments and has_display():
        from app.cli.home import home_folder

        return open_window(home_folder())
    from app.cli.commands import run
    from app.cli.doors import Doors
    from app.composition import open_access, open_reader, open_services, resources_folder

    doors = Doors(open_services, open_reader, open_access, serve, resources_folder(), open_window, has_display())
    return run(arguments, doors)


@contextmanager
def serve(home: Path, port: int | None) -> Iterator[str]:
    """Serve the local API of a home, on its own port unless another is named; yields the base URL."""
    from app.api.server import ApiServer
    from app.cli.upkeep import retaining
    from app.composition import open_services

    with open_services(home, "local API") as services, retaining(services.retention):
        server = ApiServer(services, port)
        server.start()
        try:
            yield server.base_url
        finally:
            server.stop()


def open_window(home: Path) -> int:
    """Open the window on a home; the local API starts beside it."""
    from app.composition import open_services
    from app.ui.launch import launch

    return launch(home, open_services, start_api)


def start_api(services: "Services", for_others: bool) -> "ApiServer":
    """Start the local API of open services: for other programs on its own port, else for our own on any."""
    from app.api.server import ApiServer

    server = ApiServer(services, None if for_others else 0, for_others=for_others)
    server.start()
    return server


def has_display() -> bool:
    """Whether there is a screen to open a window on."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
