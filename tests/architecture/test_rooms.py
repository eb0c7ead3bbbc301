"""The house as it is drawn: who may import whom, and what lives in one room only."""

import ast
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"

MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "settings": {"domain"},
    "ports": {"domain"},
    "services": {"domain", "ports", "settings"},
    "wire": {"domain"},
    "adapters": {"domain", "ports", "wire"},
    "worker": {"domain", "wire"},
    "__main__": {"composition", "ui", "cli", "api", "worker"},
    "composition": {"services", "adapters", "settings", "domain"},
    "ui": {"domain", "services", "settings"},
    "cli": {"domain", "services", "settings"},
    "api": {"domain", "services", "settings"},
}
ONLY_IN = {
    "ui": "PySide6 shiboken6",
    "worker": "llama_cpp torch sentence_transformers transformers chromadb onnxruntime numpy "
    "pypdfium2 docx selectolax lxml defusedxml charset_normalizer",
    "adapters": "httpx2 requests urllib3 ssl http urllib.request socket truststore keyring psycopg",
}
NEVER = {"httpx", "gguf", "optimum", "fitz"}
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc"}
STDLIB_ONLY = {"domain", "ports"}

FILES = sorted(APP.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(APP).with_suffix("").parts
    return parts[0]


def imports_of(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.append(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(APP)))
def test_a_room_imports_only_what_the_drawing_allows(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        assert imports_of(path) == []
        return
    for name in imports_of(path):
        top, *rest = name.split(".")
        if top == "app":
            if rest:
                assert rest[0] == room or rest[0] in MAY_IMPORT[room], f"{room} imports {name}"
            continue
        for only_room, packages in ONLY_IN.items():
            if room != only_room:
                assert not any(f"{name}.".startswith(f"{p}.") for p in packages.split()), f"{room} imports {name}"
        assert top not in NEVER, f"{path} imports {name}"


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) in STDLIB_ONLY], ids=lambda p: str(p.relative_to(APP)))
def test_the_inner_rooms_need_nothing_but_the_standard_library(path: Path) -> None:
    for name in imports_of(path):
        top = name.split(".")[0]
        assert top == "app" or top in sys.stdlib_module_names, name


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {".".join(("app", *p.relative_to(APP).with_suffix("").parts)): p for p in FILES}
    arrows = {name: {i for i in imports_of(path) if i in modules} for name, path in modules.items()}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path, name))
        if name in done:
            return
        for target in arrows[name]:
            walk(target, (*path, name))
        done.add(name)

    for name in modules:
        walk(name, ())


def test_there_is_one_way_out_by_http() -> None:
    """A client made elsewhere could leave out the check of certificates, the policy or the record."""
    ways_out = {"Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport", "create_connection"}
    for path in FILES:
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        if path.name != "http_client.py":
            assert not called & ways_out, f"{path}: {called & ways_out}"


def test_nothing_lies_deeper_than_its_room() -> None:
    for path in FILES:
        depth = len(path.relative_to(APP).parts)
        assert depth <= (3 if room_of(path) == "ui" else 2), path


def test_every_name_says_something() -> None:
    for path in FILES:
        assert not SAYS_NOTHING & set(path.relative_to(APP).with_suffix("").parts), path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not node.name.lower().endswith(("manager", "helper", "utils")), f"{path}: {node.name}"


def test_every_room_and_module_says_what_it_is_for() -> None:
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"
