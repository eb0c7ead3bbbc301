"""The table itself."""

from typing import Any

import pytest

from app.settings.table import TABLE, Setting


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.key)
def test_every_row_is_whole(setting: Setting[Any]) -> None:
    assert setting.key.count(".") == 1
    assert setting.label
    assert setting.help.endswith(".")
    assert setting.misfit(setting.default) == ""
    assert setting.misfit(object())


def test_keys_are_unique() -> None:
    keys = [setting.key for setting in TABLE]
    assert len(set(keys)) == len(keys)
