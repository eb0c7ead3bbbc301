"""Every error has a text, and no text hides an error behind another."""

import pytest

from app.domain.error_texts import TEXTS, explain
from app.domain.errors import AppError, ErrorCode


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_says_what_happened_and_what_to_do(code: ErrorCode) -> None:
    explanation = explain(AppError(code))
    assert explanation.what.endswith((".", "?"))
    assert explanation.advice.endswith(".")
    assert set(TEXTS) == set(ErrorCode)


def test_facts_stand_in_the_text() -> None:
    explanation = explain(AppError(ErrorCode.HOME_IN_USE, role="window", pid=42, since="10:00"))
    assert "process 42" in explanation.what
