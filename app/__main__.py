"""Picks the door from the command line and opens it: the window, the command line, or a worker."""

import sys


def main() -> int:
    """Open one door; nothing of the others is imported."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from app.worker.start import start

        return start(arguments[1:])
    from app.cli.commands import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
