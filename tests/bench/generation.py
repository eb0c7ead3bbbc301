"""Generation through the app against the plain loop: decode speed, first token of a follow-up, time to cancel."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.adapters.llama_process import LlamaProcess
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.events import GenerationEnded, PromptProgress, Token
from app.domain.models import GenerationRequest, InstalledModel, KvStore, LoadSettings, Sampling
from app.worker.processor import PLAIN
from tests.bench.table import Row

DECODE_TOKENS = 24  # few, so that both halves of a pair meet the machine in the same state
PAIRS = 10  # of a launch
CANCELS = 20
CLIENTS = 4
CLIENT_TOKENS = 64
TOPICS = tuple(f"Write a long story about {what}." for what in ("a lighthouse", "a canal", "a market", "a railway"))
HISTORY = "The harbour office keeps a record of every ship, its cargo, its crew and the hour of its arrival. " * 36


def measure(model: InstalledModel, quarantine: Path, threads: int) -> list[Row]:
    """All figures of one model, taken in one run."""
    settings = LoadSettings(context=8192, threads=threads)
    decoding = decode_ratio(model, settings, quarantine)
    generator = LlamaProcess(model, settings, quarantine)
    try:
        generator.load()
        rows = [decoding, *_follow_up(generator), *_several(generator), *_cancel(generator)]
    finally:
        generator.close()
    return [*rows, *_reopened(model, quarantine, threads), prompt_ratio(model, settings)]


def _request(conversation: str, *texts: str, max_tokens: int) -> GenerationRequest:
    roles = ("user", "assistant")
    messages = tuple(PromptMessage(roles[n % 2], text) for n, text in enumerate(texts))  # type: ignore[arg-type]
    return GenerationRequest(conversation, messages, Sampling(temperature=0.0, max_tokens=max_tokens))


def decode_ratio(
    model: InstalledModel, settings: LoadSettings, quarantine: Path, tokens: int = DECODE_TOKENS, launches: int = 5
) -> Row:
    """In pairs that follow each other closely, so that a noisy machine hits both alike; context and prompt as long.

    Of several launches of both: where the memory of a process happens to lie makes it faster or slower for good.
    """
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(launches):
        generator = LlamaProcess(model, settings, quarantine)
        try:
            prompt = _decode(generator, tokens)[1]  # what is touched for the first time is slower
            with _PlainLoop(model.path, settings.threads, generator.load().context, prompt) as loop:
                loop.decode(tokens)
                for _ in range(PAIRS):
                    ours.append(_decode(generator, tokens)[0])
                    plain.append(loop.decode(tokens))
        finally:
            generator.close()
    ratios = [one / other for one, other in zip(ours, plain, strict=True)]
    ratio = statistics.median(ratios)
    quarters = statistics.quantiles(ratios, n=4)
    figures = (
        f"{statistics.median(ours):.1f} ÷ {statistics.median(plain):.1f} tokens/s, median of {len(ratios)} pairs of "
        f"{tokens} tokens in {launches} launches, half of them from {quarters[0]:.2f} to {quarters[2]:.2f}"
    )
    return Row("decode, app ÷ plain llama_cpp loop", ratio, "≥ 0.97", ratio >= 0.97, figures)


def _decode(generator: LlamaProcess, tokens: int) -> tuple[float, int]:
    """Tokens per second, and the tokens of the prompt.

    Time counts from the prompt's last token to the end: not every token brings text, so their events do not tell how
    many there were.
    """
    request = _request("decode", "Write a long story about a lighthouse keeper and the sea.", max_tokens=tokens + 1)
    request = replace(request, logprobs=True)  # as the chat asks
    read = 0.0
    for event in generator.generate(request, Cancel()):
        if isinstance(event, PromptProgress):
            read = time.perf_counter()
        if isinstance(event, GenerationEnded):
            return (event.timing.answer_tokens - 1) / (time.perf_counter() - read), event.timing.prompt_tokens
    raise RuntimeError("never ended")


class _PlainLoop:
    """The yardstick in a process of its own; see `plain_loop`."""

    def __init__(
        self, path: str, threads: int, context: int, prompt: int, environment: Mapping[str, str] | None = None
    ) -> None:
        command = [sys.executable, "-m", "tests.bench.plain_loop", path, *map(str, (threads, context, prompt))]
        self._process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.prompt_s = float(self._process.stdout.readline())

    def __enter__(self) -> "_PlainLoop":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input ends it

    def decode(self, tokens: int) -> float:
        """Tokens per second."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{tokens}\n")
        self._process.stdin.flush()
        return tokens / float(self._process.stdout.readline())


def prompt_ratio(model: InstalledModel, settings: LoadSettings, tokens: int = 400, rounds: int = 5) -> Row:
    """How much sooner a prompt is read with the processor's newer instructions than with what every one has."""
    seconds: dict[str, list[float]] = {"": [], "1": []}
    for _ in range(rounds):
        for plain, taken in seconds.items():
            with _PlainLoop(model.path, settings.threads, 2048, tokens, {PLAIN: plain} if plain else {}) as loop:
                taken.append(loop.prompt_s)
    newer, every = (statistics.median(taken) for taken in seconds.values())
    figures = f"{tokens / newer:.0f} ÷ {tokens / every:.0f} tokens/s on {tokens} tokens, median of {rounds}"
    return Row("reading a prompt, this processor's instructions ÷ any's", every / newer, "≥ 1", every >= newer, figures)


def _first_token(generator: LlamaProcess, request: GenerationRequest) -> tuple[float, int]:
    """Seconds to the first token, and the prompt's length."""
    started, total = time.perf_counter(), 0
    for event in generator.generate(request, Cancel()):
        if isinstance(event, PromptProgress):
            total = event.total
        if isinstance(event, Token):
            return time.perf_counter() - started, total
    raise RuntimeError("no token came")


def _follow_up(generator: LlamaProcess) -> list[Row]:
    ratios: list[float] = []
    figures = ""
    for number in range(3):
        name, question = f"follow-up {number}", f"{number}. {HISTORY}"
        cold, total = _first_token(generator, _request(name, question, max_tokens=1))
        warm, _ = _first_token(generator, _request(name, question, "Yes.", "And then?", max_tokens=1))
        ratios.append(warm / cold)
        figures = f"{warm:.2f} ÷ {cold:.2f} s on {total} tokens (last of 3)"
    ratio = statistics.median(ratios)
    return [Row("first token, follow-up ÷ cold", ratio, "≤ 0.10", ratio <= 0.10, figures)]


def _reopened(model: InstalledModel, quarantine: Path, threads: int) -> list[Row]:
    """The first token of a long conversation, then that of its next turn in a new process."""
    seconds: list[float] = []
    total = 0
    request = replace(_request("reopened", HISTORY * 4, max_tokens=1), keep=True)
    further = replace(_request("reopened", HISTORY * 4, "Yes.", "And then?", max_tokens=1), keep=True)
    store = KvStore(str(quarantine.parent / "kv"), 2 * 1024**3)
    for each in (request, further):
        generator = LlamaProcess(model, LoadSettings(context=8192, threads=threads), quarantine, store)
        generator.load()
        first, total = _first_token(generator, each)
        seconds.append(first)
        generator.close()
    ratio = seconds[1] / seconds[0]
    figures = f"{seconds[1]:.2f} ÷ {seconds[0]:.2f} s on {total} tokens"
    return [Row("first token, chat reopened after a restart ÷ cold", ratio, "≤ 0.15", ratio <= 0.15, figures)]


def _several(generator: LlamaProcess) -> list[Row]:
    """The same questions one after another, then all at once."""
    ratios: list[float] = []
    shares: list[float] = []
    figures = ""
    for number in range(3):
        alone, _ = _clients(generator, f"alone {number}", at_once=1)
        together, speeds = _clients(generator, f"together {number}", at_once=CLIENTS)
        ratios.append(together / alone)
        shares.append(min(speeds) / max(speeds))
        figures = f"{together:.1f} ÷ {alone:.1f} tokens/s (last of 3)"
    ratio, share = statistics.median(ratios), min(shares)
    return [
        Row(f"{CLIENTS} clients at once ÷ one, tokens/s", ratio, "≥ 1.3", ratio >= 1.3, figures),
        Row("slowest of them ÷ fastest", share, "≥ 0.5", share >= 0.5, f"least of 3 rounds of {CLIENTS}"),
    ]


def _clients(generator: LlamaProcess, name: str, at_once: int) -> tuple[float, list[float]]:
    """Tokens per second of all clients together, prompts included, and of each."""

    def ask(client: int) -> tuple[int, float]:
        started = time.perf_counter()
        request = _request(f"{name} {client}", f"{name} {client}: {TOPICS[client]}", max_tokens=CLIENT_TOKENS)
        end = list(generator.generate(request, Cancel()))[-1]
        assert isinstance(end, GenerationEnded)
        return end.timing.answer_tokens, time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(ask, range(CLIENTS)))
    total = sum(tokens for tokens, _ in answers) / (time.perf_counter() - started)
    return total, [tokens / seconds for tokens, seconds in answers]


def _cancel(generator: LlamaProcess) -> list[Row]:
    rows = []
    for stage, wait_for in (("prefill", PromptProgress), ("decode", Token)):
        delays = [_cancel_once(generator, f"{stage} {n}", wait_for, 0.01 + 0.007 * n) for n in range(CANCELS)]
        p95 = statistics.quantiles(delays, n=20)[-1] * 1000
        figures = f"median {statistics.median(delays) * 1000:.0f} ms, worst {max(delays) * 1000:.0f} ms of {CANCELS}"
        rows.append(Row(f"cancel during {stage}, p95 ms", p95, "≤ 50", p95 <= 50, figures))
    return rows


def _cancel_once(generator: LlamaProcess, name: str, wait_for: type, delay: float) -> float:
    """Seconds from the call to the worker's word that it is idle."""
    cancel = Cancel()
    called: list[float] = []

    def call() -> None:
        called.append(time.perf_counter())
        cancel.set()

    timer = threading.Timer(delay, call)
    for event in generator.generate(_request(name, f"{name} {HISTORY}", max_tokens=512), cancel):
        if isinstance(event, wait_for) and not timer.is_alive() and not called:
            timer.start()
        if isinstance(event, GenerationEnded):
            ended = time.perf_counter()
            if event.reason != "cancelled":
                raise RuntimeError(f"ended before it could be cancelled: {event.reason}")
            return ended - called[0]
    raise RuntimeError("never ended")
