"""What a client is told of an error, and what not."""

import pytest

from app.api.refusals import as_refusal
from app.domain.errors import AppError, ErrorCode


@pytest.mark.parametrize(
    "place",
    [
        "/home/anna/x.gguf",
        "~/x.gguf",
        "C:\\Users\\anna\\x.gguf",
        "c:/Users/anna/x.gguf",
        "\\\\server\\anna\\x.gguf",
        "file:anna/x.gguf",
        "made from /home/anna/x",
        "x (at=/home/anna)",
    ],
)
def test_a_name_that_is_a_place_of_this_machine_is_left_out(place: str) -> None:
    for error in (
        AppError(ErrorCode.MODEL_NO_CHAT_TEMPLATE, model=place),
        AppError(ErrorCode.UNKNOWN_COLLECTION, collection=place),
        AppError(ErrorCode.MODEL_LOAD_FAILED, model="x", reason=place),
    ):
        said = as_refusal(error).message
        assert "anna" not in said
        assert ".gguf" not in said


def test_names_and_places_in_a_schema_are_said() -> None:
    assert "maker/model-7B" in as_refusal(AppError(ErrorCode.MODEL_NO_CHAT_TEMPLATE, model="maker/model-7B")).message
    assert "HR/Contracts" in as_refusal(AppError(ErrorCode.UNKNOWN_COLLECTION, collection="HR/Contracts")).message
    unfit = AppError(ErrorCode.SCHEMA_UNSUPPORTED, pointer="#/properties/a", reason="“not” is not supported")
    assert "#/properties/a" in as_refusal(unfit).message
