"""What the window works on for long, in words: while it lasts, and once it has ended."""

from collections.abc import Iterable

from app.ui.translate import tr


def under_way(keys: Iterable[str]) -> list[str]:
    """What would be broken off, of the jobs that run."""
    texts = {
        "answer": tr("an answer is being written"),
        "add": tr("documents are being added"),
        "fetch": tr("a model is being downloaded"),
        "import": tr("a model is being imported"),
        "lab": tr("an experiment is running"),
        "judgement": tr("a document is being judged"),
        "hygiene": tr("the documents are being checked"),
    }
    kinds = dict.fromkeys(key.split()[0] for key in keys)
    return [texts[kind] for kind in kinds if kind in texts]


def ended(key: str) -> str:
    """What there is to tell of a job that took long; "" for nothing."""
    texts = {
        "answer": tr("Your answer is written."),
        "add": tr("Your documents are added."),
        "fetch": tr("The model is downloaded."),
        "import": tr("The model is imported."),
        "lab": tr("The experiment is done."),
        "judgement": tr("The judgement is done."),
        "hygiene": tr("The documents are checked."),
    }
    return texts.get(key.split()[0], "")
