"""The memory estimate against what the generate worker really took at its peak."""

from pathlib import Path

import psutil

from app.adapters.llama_process import LlamaProcess
from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.fit import need
from app.domain.models import GenerationRequest, InstalledModel, KvType, LoadSettings, Sampling
from tests.bench.table import Row

MOST_OFF = 0.10
PROMPT = "All hands on deck, and the lamps lit by six. " * 10
CASES: tuple[tuple[int, KvType], ...] = ((8192, "f16"), (2048, "f16"), (8192, "q8_0"))


def measure(models: list[InstalledModel], quarantine: Path) -> list[Row]:
    """Every model with every setting."""
    return [_row(model, context, kv, quarantine) for model in models for context, kv in CASES]


def _row(model: InstalledModel, context: int, kv: KvType, quarantine: Path) -> Row:
    settings = LoadSettings(context=context, kv_type=kv, gpu_layers=0)
    parser = ParserProcess()
    try:
        estimate = need(parser.inspect(Path(model.path)), settings).total
    finally:
        parser.close()
    measured = _peak(model, settings, quarantine)
    off = estimate / measured - 1
    figures = f"estimate {estimate / 1e6:.0f} MB, measured {measured / 1e6:.0f} MB"
    return Row(f"memory of {model.name}, context {context}, {kv}", off, "within ±0.10", abs(off) <= MOST_OFF, figures)


def _peak(model: InstalledModel, settings: LoadSettings, quarantine: Path) -> int:
    """Resident memory in bytes after a prompt and an answer; the KV state is touched whole when it is made."""
    generator = LlamaProcess(model, settings, quarantine)
    request = GenerationRequest("memory", (PromptMessage("user", PROMPT),), Sampling(max_tokens=16))
    try:
        for _ in generator.generate(request, Cancel()):
            pass
        assert generator.pid is not None
        return int(psutil.Process(generator.pid).memory_info().rss)
    finally:
        generator.close()
