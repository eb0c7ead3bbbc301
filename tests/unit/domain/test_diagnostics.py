"""Diagnostics tell nothing that a person typed, wrote or named, whatever it looks like and wherever it stands."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.diagnostics import OWN, SET, ChangedSetting, Failure, Findings, LibraryCounts, as_text, diagnostics
from app.domain.fit import Device, Machine
from app.domain.models import InstalledModel

FINDINGS = Findings(
    versions={"donjon": "0.1.0", "llama-cpp-python": "0.3.16+cpu"},
    system="Linux",
    system_version="6.8.0-45-generic",
    processor="x86_64",
    cores=8,
    machine=Machine(4 * 2**30, 16 * 2**30, (Device("CUDA0", "NVIDIA RTX 4070", "gpu", 2**30, 8 * 2**30),), True),
    settings=(
        ChangedSetting("ui.theme", "dark", ("system", "light", "dark")),
        ChangedSetting("gateway.url", "https://anna:pa55@llm.example/v1"),
        ChangedSetting("model.temperature", 0.7),
    ),
    models=(
        InstalledModel("qwen", "Qwen", "chat", "/home/anna/q.gguf", 2**30, "", ""),
        InstalledModel("anna-s-novel", "Anna's novel", "chat", "/home/anna/n.gguf", 2**20, "", ""),
    ),
    catalogue=("qwen",),
    library=LibraryCounts(3, 40, 1, 1),
    failures=(Failure("2026-11-23T10:00:00+00:00", "worker_died"),),
    broken={"hardware": "worker_silent"},
)

hidden = st.text(min_size=4).map(lambda text: f"Qz{text}zQ")  # a mark that no known word has
likely = st.sampled_from(
    ["sk-ant-api03-QzQzQz", "/home/QzAnna/zQ", "https://Qz:zQ@host/", "4111 1111 1111 1111 zQ", "NVIDIA Qz", "7.Qz"]
)
secrets = st.one_of(hidden, likely)


def test_what_helps_is_told() -> None:
    told = diagnostics(FINDINGS)
    assert told["versions"] == {"donjon": "0.1.0", "llama-cpp-python": "0.3.16"}
    assert told["settings"] == {"ui.theme": "dark", "gateway.url": SET, "model.temperature": "0.7"}
    assert told["models"] == [
        {"id": "qwen", "role": "chat", "runs": "device", "megabytes": 1024},
        {"id": OWN, "role": "chat", "runs": "device", "megabytes": 1},
    ]
    assert told["errors"] == [{"at": "2026-11-23T10:00:00+00:00", "code": "worker_died"}]
    text = as_text(told)
    assert "backend CUDA" in text
    assert "documents: 3" in text
    assert "anna" not in text.casefold()


@given(secrets, secrets)
def test_no_secret_and_no_content_passes(one: str, other: str) -> None:
    device = Device(one, other, "gpu", 1, 1)
    told = diagnostics(
        replace(
            FINDINGS,
            versions={"donjon": one},
            system=one,
            system_version=other,
            processor=one,
            machine=Machine(1, 1, (device,)),
            settings=(ChangedSetting("gateway.url", one), ChangedSetting("model.chat", other, ("a", "b"))),
            models=(InstalledModel(one, other, "chat", one, 1, other, one),),
            failures=(Failure(one, other), Failure(other, one)),
            broken={"library": one},
        )
    )
    for told_as in (json.dumps(told, ensure_ascii=False), as_text(told)):
        assert one not in told_as
        assert other not in told_as
        assert "Qz" not in told_as
        assert "4111" not in told_as.replace(" ", "")
