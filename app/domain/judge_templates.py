"""Templates of judgements as TOML: read with the line of what is wrong, and written.

name = "Incident"
about = "a report of an outage or another incident"
version = 1

[[field]]
key = "severity"            letters, digits and underscores
name = "Severity"
kind = "choice"             text, choice, list, date, amount, yes_no, score
ask = "How bad it was."
choices = ["SEV 1", "SEV 2"]     of a choice
rubric = ["poor", "good"]        of a score: what 1, 2 … mean
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.judge import KINDS, Field, Origin, Template

MOST_FIELDS: Final = 30
MOST_CHARACTERS: Final = 64 * 1024
LONGEST: Final = 300  # characters of a text in it
_ID: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)$|\(at end of document\)$")
_TEMPLATE: Final = frozenset(("name", "about", "version", "field"))
_FIELD: Final = frozenset(("key", "name", "kind", "ask", "choices", "rubric"))


class _Wrong(Exception):
    """Something does not fit: in which field, counted from 0 (-1 for none), at which key, and why."""

    def __init__(self, reason: str, field: int = -1, key: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field, self.key = reason, field, key


def read_template(untrusted_text: str, template_id: str, origin: Origin = "own") -> Template:
    """The template that a file holds; its name is its id. Raises AppError TEMPLATE_INVALID."""
    try:
        if not _ID.fullmatch(template_id):
            raise _Wrong("its file's name must be lower-case letters, digits, hyphens and underscores")
        if len(untrusted_text) > MOST_CHARACTERS:
            raise _Wrong(f"it is longer than {MOST_CHARACTERS // 1024} KiB")
        return _template(tomllib.loads(untrusted_text), template_id, origin)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place.group(1)) if place and place.group(1) else untrusted_text.count("\n") + 1
        raise _invalid(template_id, line, _PLACE.sub("", str(error)).strip()) from error
    except _Wrong as wrong:
        raise _invalid(template_id, _line(untrusted_text, wrong.field, wrong.key), wrong.reason) from wrong


def write_template(template: Template) -> str:
    """The file of a template; `read_template` gives it back."""
    return "\n".join(_lines(template)) + "\n"


def id_of(name: str) -> str:
    """An id for a template of this name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().translate(str.maketrans("äöüß", "aous"))).strip("-")
    return plain[:60] if _ID.fullmatch(plain[:60]) else f"template-{plain}"[:60].rstrip("-")


def key_of(name: str, taken: Sequence[str] = ()) -> str:
    """A key for a field of this name that is not among those taken."""
    plain = id_of(name).replace("-", "_")[:36]
    return next(key for key in (plain, *(f"{plain}_{n}" for n in range(2, MOST_FIELDS + 2))) if key not in taken)


def _template(file: Mapping[str, object], template_id: str, origin: Origin) -> Template:
    _check_names(file, _TEMPLATE, -1)
    fields = file.get("field")
    if not isinstance(fields, list) or not 1 <= len(fields) <= MOST_FIELDS:
        raise _Wrong(f"it must have 1 to {MOST_FIELDS} fields, each under [[field]]")
    version = file.get("version", 1)
    if type(version) is not int or version < 1:
        raise _Wrong("version must be a whole number from 1", key="version")
    read = tuple(_field(field, number) for number, field in enumerate(fields))
    keys = [field.key for field in read]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise _Wrong(f"the key “{key}” is there twice", number, "key")
    return Template(template_id, _text(file, "name", -1), _text(file, "about", -1), read, version, origin)


def _field(field: object, number: int) -> Field:
    if not isinstance(field, dict):
        raise _Wrong("a field must be a table under [[field]]", number)
    _check_names(field, _FIELD, number)
    key, kind = _text(field, "key", number), next((kind for kind in KINDS if kind == field.get("kind")), None)
    if not _KEY.fullmatch(key):
        raise _Wrong("key must be lower-case letters, digits and underscores, a letter first", number, "key")
    if kind is None:
        raise _Wrong(f"kind must be one of {', '.join(KINDS)}", number, "kind")
    choices, rubric = _texts(field, "choices", number), _texts(field, "rubric", number)
    owned = (("choices", choices, "choice"), ("rubric", rubric, "score"))
    for name, texts, owner in owned:
        if texts and kind != owner:
            raise _Wrong(f"{name} belongs to a {owner}, and this is a {kind}", number, name)
    for name, texts, owner in owned:
        if kind == owner and not 2 <= len(texts) <= 20:
            raise _Wrong(f"a {owner} needs 2 to 20 {name}", number, name)
        if len(set(texts)) < len(texts):
            raise _Wrong(f"one of the {name} is there twice", number, name)
    return Field(key, _text(field, "name", number), kind, _text(field, "ask", number), choices, rubric)


def _check_names(table: Mapping[str, object], known: frozenset[str], field: int) -> None:
    for name in table:
        if name not in known:
            raise _Wrong(f"“{name}” means nothing here; known are {', '.join(sorted(known))}", field, name)


def _text(table: Mapping[str, object], name: str, field: int) -> str:
    text = table.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise _Wrong(f"{name} must be a text of 1 to {LONGEST} characters, in one line", field, name)
    return text.strip()


def _texts(table: Mapping[str, object], name: str, field: int) -> tuple[str, ...]:
    texts = table.get(name, [])
    if not isinstance(texts, list):
        raise _Wrong(f"{name} must be a list of texts", field, name)
    return tuple(_text({name: text}, name, field) for text in texts)


def _line(text: str, field: int, key: str) -> int:
    """The line of a key, or of its field if it is not there; the first if there is neither."""
    lines = text.splitlines()
    heads = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[\s*field\s*\]\]", line)]
    if field >= len(heads):
        return 1
    first = heads[field] if field >= 0 else 0
    last = next((head for head in heads if head > first), len(lines))
    named = (n for n in range(first, last) if key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", lines[n]))
    return next(named, first) + 1


def _lines(template: Template) -> Iterator[str]:
    yield f"name = {_quoted(template.name)}"
    yield f"about = {_quoted(template.about)}"
    yield f"version = {template.version}"
    for field in template.fields:
        yield "\n[[field]]"
        for name, text in (("key", field.key), ("name", field.name), ("kind", field.kind), ("ask", field.ask)):
            yield f"{name} = {_quoted(text)}"
        for name, texts in (("choices", field.choices), ("rubric", field.rubric)):
            if texts:
                yield f"{name} = [{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _invalid(name: str, line: int, reason: str) -> AppError:
    return AppError(ErrorCode.TEMPLATE_INVALID, template=name, line=line, reason=reason[:200])
