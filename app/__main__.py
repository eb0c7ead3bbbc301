"""Picks the door from the command line and opens it: the window, the command line, or a worker."""

import os
import sys
from pathlib import Path


def main() -> int:
    """Open one door; nothing of the others is imported."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from app.worker.start import start

        return start(arguments[1:])
    if not arguments and has_display():
        from app.cli.home import home_folder

        return open_window(home_folder())
    from app.cli.commands import run
    from app.cli.doors import Doors
    from app.composition import open_services, resources_folder

    return run(arguments, Doors(open_services, resources_folder(), open_window, has_display()))


def open_window(home: Path) -> int:
    """Open the window on a home."""
    from app.composition import open_services
    from app.ui.launch import launch

    return launch(home, open_services)


def has_display() -> bool:
    """Whether there is a screen to open a window on."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
