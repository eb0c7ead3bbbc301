"""Starts the worker program that the command line names."""

import signal

from app.worker.processor import use_newer_instructions
from app.worker.serve import claim_stdout


def start(arguments: list[str]) -> int:
    """Run one worker program until the app goes away. The pipes are claimed before any native library can print."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches all its processes; the app decides
    pipes = claim_stdout()
    match arguments:
        case ["generate"]:
            use_newer_instructions()
            from app.worker.generate import run
        case ["library"]:
            from app.worker.library import run
        case ["devices"]:
            from app.worker.devices import run
        case ["parse"]:
            from app.worker.parse import run
        case ["export", model, model_hash, target]:
            from app.worker.onnx_export import export_for

            export_for(pipes, model, model_hash, target)
            return 0
        case _:
            return 2
    run(pipes)
    return 0
