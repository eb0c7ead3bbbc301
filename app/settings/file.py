"""Settings in and out of a TOML file that people edit by hand: their comments and their order are kept."""

import copy
import difflib
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from app.domain.errors import AppError, ErrorCode
from app.settings.table import TABLE, Setting, T, Value

_ROWS = {setting.key: setting for setting in TABLE}


class Settings:
    """The values of a settings file; a setting that is not in it has its default."""

    def __init__(self, path: Path, document: tomlkit.TOMLDocument, values: dict[str, Value]) -> None:
        self._path = path
        self._document = document
        self._values = values

    def get(self, setting: Setting[T]) -> T:
        """The setting's value."""
        value = self._values.get(setting.key, setting.default)
        return setting.kind(value)

    def set(self, setting: Setting[T], value: T) -> None:
        """Change a setting and write the file; what is not written is not changed.

        Raises AppError SETTINGS_INVALID for a value that does not fit, HOME_NOT_WRITABLE.
        """
        reason = setting.misfit(value)
        if reason:
            raise _invalid(self._path, setting.key, reason)
        section, name = setting.key.split(".")
        document = copy.deepcopy(self._document)
        if section not in document:
            document[section] = tomlkit.table()
        document[section][name] = value
        staged = self._path.with_suffix(".new")
        try:
            staged.write_text(tomlkit.dumps(document), encoding="utf-8")
            staged.replace(self._path)
        except OSError as error:
            raise AppError(
                ErrorCode.HOME_NOT_WRITABLE, path=str(self._path), reason=error.strerror or str(error)
            ) from error
        self._document = document
        self._values[setting.key] = value


def read_settings(path: Path) -> Settings:
    """The settings of a file; all defaults if there is none.

    Raises AppError SETTINGS_INVALID, naming the file and the key, for what is not TOML, unknown, or does not fit.
    """
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError, OSError) as error:
        raise AppError(ErrorCode.SETTINGS_INVALID, path=str(path), key="", reason=str(error)) from error
    values: dict[str, Value] = {}
    for section, content in document.unwrap().items():
        if not isinstance(content, dict):
            raise _unknown(path, section)
        for name, value in content.items():
            key = f"{section}.{name}"
            if key not in _ROWS:
                raise _unknown(path, key)
            reason = _ROWS[key].misfit(value)
            if reason:
                raise _invalid(path, key, reason)
            values[key] = value
    return Settings(path, document, values)


def _unknown(path: Path, key: str) -> AppError:
    close = difflib.get_close_matches(key, _ROWS, n=1) or [
        known for known in _ROWS if known.rpartition(".")[2] == key.rpartition(".")[2]
    ]
    return _invalid(path, key, "is not a setting" + (f"; did you mean {close[0]}?" if close else ""))


def _invalid(path: Path, key: str, reason: str) -> AppError:
    return AppError(ErrorCode.SETTINGS_INVALID, path=str(path), key=key, reason=f"{key} {reason}")
