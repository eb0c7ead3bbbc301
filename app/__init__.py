"""Donjon: a local-first copilot whose model, documents and questions stay on this machine."""

__version__ = "0.1.0"
