"""Fetching from a hub that is on this machine and misbehaves in every way we know of."""

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.catalogue import Catalogue
from app.adapters.http_client import Timeouts, http_client
from app.adapters.https_source import HttpsSource, mirrored, redirected
from app.adapters.model_source import SourceFailure
from app.adapters.model_store import FolderModelStore
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel
from tests.conftest import REPOSITORY
from tests.fakes.hub import Hub, serving

CONTENT = bytes(range(256)) * 2000  # 512 kB


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(CONTENT)) as hub:
        yield hub


@pytest.fixture
def other() -> Iterator[Hub]:
    """Another place, with the same files."""
    with serving(Hub(CONTENT)) as hub:
        yield hub


def store_at(folder: Path, *, mirror: str = "", silence_s: float = 20.0) -> FolderModelStore:
    source = HttpsSource(lambda: http_client("test", timeouts=Timeouts(read=silence_s)), mirror, waits_s=(0.01, 0.01))
    return FolderModelStore(folder, Catalogue(REPOSITORY / "resources" / "models.toml"), lambda _: source)


def entry_of(hub: Hub, **changes: object) -> CatalogueEntry:
    source = f"{hub.url}/small/resolve/main/small.gguf"
    entry = CatalogueEntry("small", "Small", "chat", "small.gguf", len(hub.content), hub.sha256, "MIT", source)
    return replace(entry, **changes)  # type: ignore[arg-type]


def fetch(store: FolderModelStore, entry: CatalogueEntry) -> InstalledModel:
    *_, model = store.fetch(entry, Cancel())
    assert isinstance(model, InstalledModel)
    assert Path(model.path).read_bytes() == CONTENT
    assert store.installed() == [model]
    return model


def refused(store: FolderModelStore, entry: CatalogueEntry, code: ErrorCode = ErrorCode.DOWNLOAD_FAILED) -> str:
    """Why it is; nothing looks installed afterwards."""
    with pytest.raises(AppError) as error:
        list(store.fetch(entry, Cancel()))
    assert error.value.code is code
    assert store.installed() == []
    assert not list(store.folder.glob("[!.]*"))
    return str(error.value.facts.get("reason", ""))


def interrupt(store: FolderModelStore, entry: CatalogueEntry, at: int) -> int:
    """Stop a fetch once `at` bytes are here; how many are kept."""
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for item in store.fetch(entry, cancel):
            if isinstance(item, DownloadProgress) and item.done >= at:
                cancel.set()
    return (store.folder / ".fetching" / "small" / "part").stat().st_size


def test_a_file_comes_whole(hub: Hub, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    model = fetch(store, entry_of(hub))
    assert model.sha256 == hub.sha256
    assert [path.name for path in (tmp_path / ".fetching").iterdir()] == ["small.lock"]


def test_progress_ends_with_the_whole_and_nothing_left(hub: Hub, tmp_path: Path) -> None:
    seen = [p for p in store_at(tmp_path).fetch(entry_of(hub), Cancel()) if isinstance(p, DownloadProgress)]
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert (seen[-1].done, seen[-1].total, seen[-1].left_s) == (len(CONTENT), len(CONTENT), 0.0)


def test_a_stopped_fetch_goes_on_where_it_stood(hub: Hub, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    kept = interrupt(store, entry_of(hub), 100_000)
    assert kept >= 100_000
    fetch(store, entry_of(hub))
    assert hub.asked[-1][1] == f"bytes={kept}-"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(breaks=st.lists(st.integers(1, 60_000), min_size=1, max_size=8))
def test_a_connection_that_breaks_anywhere_costs_no_byte_twice(
    tmp_path_factory: pytest.TempPathFactory, breaks: list[int]
) -> None:
    content = bytes(range(256)) * 200
    with serving(Hub(content, "break", faults=len(breaks), block=4096)) as hub:
        plan = iter(breaks)
        answer = hub.answer

        def answer_so_far(handler: object) -> None:
            hub.break_after = next(plan, len(content))
            answer(handler)  # type: ignore[arg-type]

        hub.answer = answer_so_far  # type: ignore[method-assign]
        store = store_at(tmp_path_factory.mktemp("breaks"))
        *_, model = store.fetch(entry_of(hub), Cancel())
        assert isinstance(model, InstalledModel)
        assert Path(model.path).read_bytes() == content
        assert hub.sent == len(content)


def test_a_server_without_ranges_starts_over(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    store = store_at(tmp_path)
    interrupt(store, entry_of(hub), 100_000)
    fetch(store, entry_of(hub))


def test_another_version_at_the_server_is_not_joined_to_the_old_one(hub: Hub, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    interrupt(store, entry_of(hub), 100_000)
    hub.etag = '"v2"'
    fetch(store, entry_of(hub))
    assert hub.sent >= len(CONTENT) + 100_000


def test_what_a_changed_catalogue_asks_for_begins_anew(hub: Hub, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    interrupt(store, entry_of(hub, sha256="0" * 64), 100_000)
    fetch(store, entry_of(hub))
    assert hub.asked[-1][1] == ""


def test_the_hub_says_what_the_catalogue_does_not_know(hub: Hub, tmp_path: Path) -> None:
    hub.names_hash = True
    model = fetch(store_at(tmp_path), entry_of(hub, sha256="", size=0))
    assert (model.sha256, model.size) == (hub.sha256, len(CONTENT))


def test_without_anybody_s_word_nothing_is_taken(hub: Hub, tmp_path: Path) -> None:
    assert "which file it is to be" in refused(store_at(tmp_path), entry_of(hub, sha256="", size=0))
    assert not (tmp_path / ".fetching" / "small" / "part").exists()


def test_a_hub_that_offers_another_file_is_refused_before_it_is_sent(hub: Hub, tmp_path: Path) -> None:
    hub.names_hash = True
    assert "another file" in refused(store_at(tmp_path), entry_of(hub, sha256="0" * 64))
    assert not (tmp_path / ".fetching" / "small" / "part").exists()


def test_a_file_that_changed_at_the_hub_is_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    hub.names_hash = True
    store, entry = store_at(tmp_path), entry_of(hub, sha256="", size=0)
    interrupt(store, entry, 100_000)
    hub.content, hub.etag = CONTENT[::-1], '"v2"'
    *_, model = store.fetch(entry, Cancel())
    assert isinstance(model, InstalledModel)
    assert Path(model.path).read_bytes() == CONTENT[::-1]


def test_a_wrong_hash_leaves_nothing_behind(hub: Hub, tmp_path: Path) -> None:
    refused(store_at(tmp_path), entry_of(hub, sha256="0" * 64), ErrorCode.HASH_MISMATCH)
    assert [path.name for path in (tmp_path / ".fetching").iterdir()] == ["small.lock"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("page", "web page"),
        ("packed", "packs"),
        ("more", "has 512004 bytes there, it should have 512000"),
        ("wrong length", "has 512007 bytes there"),
        ("endless", "more comes than the 512000 bytes"),
    ],
)
def test_what_is_not_the_file_is_refused(hub: Hub, tmp_path: Path, fault: str, reason: str) -> None:
    hub.fault = fault
    assert reason in refused(store_at(tmp_path), entry_of(hub))


def test_another_piece_than_asked_for_is_refused(hub: Hub, tmp_path: Path) -> None:
    store = store_at(tmp_path)
    kept = interrupt(store, entry_of(hub), 100_000)
    hub.fault = "other range"
    assert "another piece" in refused(store, entry_of(hub))
    assert (tmp_path / ".fetching" / "small" / "part").stat().st_size == kept
    hub.fault = ""
    fetch(store, entry_of(hub))


def test_a_truncated_file_is_refused_and_kept_for_the_next_time(hub: Hub, tmp_path: Path) -> None:
    hub.fault, hub.break_after = "break", 100_000
    hub.ranges = False  # so that it never gets further
    assert "broke off" in refused(store_at(tmp_path), entry_of(hub))
    hub.fault, hub.ranges = "", True
    fetch(store_at(tmp_path), entry_of(hub))
    assert hub.asked[-1][1] == "bytes=100000-"


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "no such file"), (403, "does not allow"), (401, "sign-in"), (418, "HTTP 418")]
)
def test_a_refusal_is_not_asked_again(hub: Hub, tmp_path: Path, status: int, reason: str) -> None:
    hub.fault, hub.status = "status", status
    assert reason in refused(store_at(tmp_path), entry_of(hub))
    assert len(hub.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_wants(hub: Hub, tmp_path: Path, status: int) -> None:
    hub.fault, hub.status, hub.faults, hub.retry_after = "status", status, 2, "0"
    fetch(store_at(tmp_path), entry_of(hub))
    assert len(hub.asked) == 3


def test_a_server_that_stays_busy_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.fault = "status"
    assert "HTTP 503" in refused(store_at(tmp_path), entry_of(hub))
    assert len(hub.asked) == 3


def test_a_server_that_goes_silent_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.fault, hub.break_after = "stall", 100_000
    hub.ranges = False
    assert "silent" in refused(store_at(tmp_path, silence_s=0.3), entry_of(hub))


def test_a_server_that_never_answers_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.fault = "silent"
    assert "silent" in refused(store_at(tmp_path, silence_s=0.3), entry_of(hub))


@pytest.mark.parametrize("fault", ["stall", "silent"])
def test_stopping_does_not_wait_for_a_silent_server(hub: Hub, tmp_path: Path, fault: str) -> None:
    hub.fault, hub.break_after = fault, 100_000
    cancel = Cancel()
    stopper = threading.Timer(0.3, cancel.set)
    stopper.start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        list(store_at(tmp_path).fetch(entry_of(hub), cancel))
    assert time.monotonic() - started < 10  # the server would be silent for 20


def test_over_tls_it_is_all_the_same(certificate: Path, tmp_path: Path) -> None:
    catalogue = Catalogue(REPOSITORY / "resources" / "models.toml")
    with serving(Hub(CONTENT), certificate) as hub:
        stranger = FolderModelStore(tmp_path / "models", catalogue, lambda _: HttpsSource(lambda: http_client("test")))
        assert "not trusted" in refused(stranger, entry_of(hub))
        source = HttpsSource(lambda: http_client("test", extra_ca=certificate))
        store = FolderModelStore(tmp_path / "models", catalogue, lambda _: source)
        kept = interrupt(store, entry_of(hub), 100_000)
        hub.fault, hub.break_after = "stall", 100_000
        cancel = Cancel()
        threading.Timer(0.5, cancel.set).start()
        started = time.monotonic()
        with pytest.raises(Cancelled):
            list(store.fetch(entry_of(hub), cancel))
        assert time.monotonic() - started < 10
        assert hub.asked[-1][1] == f"bytes={kept}-"
        hub.fault = ""
        fetch(store, entry_of(hub))


def test_nobody_there_is_said_at_once(hub: Hub, tmp_path: Path) -> None:
    entry = entry_of(hub, source="http://127.0.0.1:9/small.gguf")
    assert refused(store_at(tmp_path), entry).startswith("no connection")


def test_a_hub_may_send_us_on_within_itself(hub: Hub, tmp_path: Path) -> None:
    hub.location, hub.names_hash = "/files/small.gguf", True
    fetch(store_at(tmp_path), entry_of(hub, sha256="", size=0))
    assert [path for path, _ in hub.asked] == ["/small/resolve/main/small.gguf", "/files/small.gguf"]


def test_a_redirect_to_another_place_is_refused(hub: Hub, other: Hub, tmp_path: Path) -> None:
    hub.location = f"{other.url}/files/small.gguf"
    assert "not permitted" in refused(store_at(tmp_path), entry_of(hub))
    assert other.asked == []


@pytest.mark.parametrize(
    "location",
    [
        "http://files.hub.example/x",  # without encryption
        "https://hub.example.evil.example/x",
        "https://nothub.example/x",
        "https://files.hub.example:444/x",
        "https://me@files.hub.example/x",
        "file:///etc/passwd",
        "https:///x",
    ],
)
def test_a_redirect_that_only_looks_permitted_is_refused(hub: Hub, tmp_path: Path, location: str) -> None:
    hub.location = location
    refused(store_at(tmp_path), entry_of(hub, redirects=("hub.example",)))
    assert len(hub.asked) == 1


@given(st.text("abehlmopux.-", min_size=1, max_size=30))
def test_only_a_permitted_host_and_what_is_below_it_is_gone_to(host: str) -> None:
    origin = httpx2.URL("https://start.example/x")
    try:
        url = httpx2.URL(f"https://{host}/y")
        assert redirected(origin, url, ("hub.example",)) == url
    except (SourceFailure, httpx2.InvalidURL):
        assert host not in ("hub.example", "a.hub.example")
    else:
        assert url.host == "hub.example" or url.host.endswith(".hub.example")


def test_a_permitted_host_is_asked(hub: Hub, tmp_path: Path) -> None:
    hub.location = "https://files.hub.example/x"
    asked: list[str] = []

    class Elsewhere(Exception):
        pass

    def permit(host: str, _purpose: str) -> None:
        asked.append(host)
        if host != "127.0.0.1":
            raise Elsewhere

    source = HttpsSource(lambda: http_client("test", permit=permit))
    store = FolderModelStore(tmp_path, Catalogue(REPOSITORY / "resources" / "models.toml"), lambda _: source)
    with pytest.raises(Elsewhere):
        list(store.fetch(entry_of(hub, redirects=("hub.example",)), Cancel()))
    assert asked == ["127.0.0.1", "files.hub.example"]


def hub_of_the_catalogue(request: httpx2.Request) -> httpx2.Response:
    """Answers as the hub of the shipped catalogue does: it names the file, and sends on to where it is stored."""
    if request.url.host == "huggingface.co":
        return httpx2.Response(
            302,
            headers={
                "Location": "https://cas-bridge.xethub.hf.co/xet-bridge-us/1?X-Amz-Signature=2",
                "X-Linked-Etag": f'"{hashlib.sha256(CONTENT).hexdigest()}"',
                "X-Linked-Size": str(len(CONTENT)),
            },
        )
    assert request.url.host == "cas-bridge.xethub.hf.co"
    start = int(request.headers.get("Range", "bytes=0-")[6:-1])
    headers = {"ETag": '"stored"', "Content-Type": "application/octet-stream"}
    if not start:
        return httpx2.Response(200, headers=headers, content=iter([CONTENT]))
    assert request.headers["If-Range"] == '"stored"'
    headers["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    return httpx2.Response(206, headers=headers, content=iter([CONTENT[start:]]))


def test_a_model_that_is_not_pinned_is_pinned_by_the_hub_of_the_shipped_catalogue(tmp_path: Path) -> None:
    source = HttpsSource(lambda: httpx2.Client(transport=httpx2.MockTransport(hub_of_the_catalogue)))
    store = FolderModelStore(tmp_path, Catalogue(REPOSITORY / "resources" / "models.toml"), lambda _: source)
    [entry] = [replace(known, sha256="", size=0) for known in store.catalogue() if known.id == "qwen3-8b"]
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for _ in store.fetch(entry, cancel):
            cancel.set()
    (tmp_path / ".fetching" / "qwen3-8b" / "part").write_bytes(CONTENT[:1000])
    model = fetch(store, entry)
    assert (model.sha256, model.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_authorities_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    entry = CatalogueEntry("small", "Small", "chat", "small.gguf", 1, "0" * 64, "MIT", "https://hub.example/x")
    source = HttpsSource(lambda: http_client("test", extra_ca=tmp_path / "none.pem"))
    store = FolderModelStore(tmp_path, Catalogue(REPOSITORY / "resources" / "models.toml"), lambda _: source)
    assert "certificate authorities" in refused(store, entry)


def test_a_server_that_sends_us_round_in_circles_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.location = "/again"
    assert "circles" in refused(store_at(tmp_path), entry_of(hub))


def test_a_mirror_stands_in_for_the_hub(hub: Hub, tmp_path: Path) -> None:
    entry = entry_of(hub, source="http://hub.example/small/resolve/main/small.gguf?download=true")
    fetch(store_at(tmp_path, mirror=f"{hub.url}/proxy/"), entry)
    assert hub.asked[0][0] == "/proxy/small/resolve/main/small.gguf?download=true"
    assert mirrored("https://hub.example/a%20b", "") == httpx2.URL("https://hub.example/a%20b")


@pytest.mark.parametrize("mirror", ["models.example/hub", "http://models.example", "https://[", "file:///x"])
def test_a_mirror_that_is_none_is_said(hub: Hub, tmp_path: Path, mirror: str) -> None:
    refused(store_at(tmp_path, mirror=mirror), entry_of(hub))
    assert hub.asked == []


def test_a_mirror_that_sends_us_back_to_the_hub_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.location = "https://hub.example/x"
    entry = entry_of(hub, source="https://hub.example/x", redirects=("hub.example",))
    store = FolderModelStore(
        tmp_path,
        Catalogue(REPOSITORY / "resources" / "models.toml"),
        lambda _: HttpsSource(lambda: http_client("test"), hub.url),
    )
    assert "not permitted" in refused(store, entry)


def test_two_at_once_do_not_mix(hub: Hub, tmp_path: Path) -> None:
    first = store_at(tmp_path).fetch(entry_of(hub), Cancel())
    next(first)
    with pytest.raises(AppError) as busy:
        list(store_at(tmp_path).fetch(entry_of(hub), Cancel()))
    assert busy.value.code is ErrorCode.MODEL_BUSY
    *_, model = first
    assert isinstance(model, InstalledModel)
    assert store_at(tmp_path).installed() == [model]


def test_a_full_disk_is_told_before_the_first_byte(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.names_hash = True
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": len(CONTENT)}))
    refused(store_at(tmp_path), entry_of(hub, sha256="", size=0), ErrorCode.DISK_FULL)
    assert not (tmp_path / ".fetching" / "small" / "part").exists()
