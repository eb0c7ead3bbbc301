"""The memory estimate and its verdict."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.fit import RESERVE, Device, Machine, best_settings, judge, judge_unseen, need
from app.domain.fit_texts import device_reason, device_text
from app.domain.models import CatalogueEntry, LoadSettings, ModelHeader

GIB = 1 << 30
# Llama-2-7B: 32 layers of 32 heads of 128 values.
LLAMA = ModelHeader(
    "llama", "Llama 2 7B", 6_738_415_616, "Q4_0", 4096, 32, True, "", 291, 3_825_807_040, 4096, 32000, 262144,
    {"Q4_0": 3_500_000_000},
)  # fmt: skip
SETTINGS = LoadSettings(context=4096)
CARD = Device("GPU0", "A card", "gpu", 8 * GIB, 8 * GIB)


def machine(gigabytes: float, *devices: Device, offload: bool = False) -> Machine:
    return Machine(round(gigabytes * GIB), 32 * GIB, devices, offload)


def test_the_kv_state_is_two_gib_at_sixteen_bits_and_about_half_at_eight() -> None:
    assert need(LLAMA, SETTINGS).kv == 2 * GIB
    assert need(LLAMA, replace(SETTINGS, kv_type="q8_0")).kv == 2 * GIB * 34 // 64


def test_weights_that_are_rearranged_count_twice() -> None:
    plain = need(LLAMA, replace(SETTINGS, extra_buffers=False)).weights
    assert plain == LLAMA.file_size
    assert need(LLAMA, SETTINGS).weights == plain + LLAMA.bytes_by_type["Q4_0"]


def test_the_context_is_at_most_what_the_model_was_trained_on() -> None:
    assert need(LLAMA, replace(SETTINGS, context=100_000)) == need(LLAMA, SETTINGS)
    assert need(LLAMA, replace(SETTINGS, context=0)) == need(LLAMA, SETTINGS)


def test_verdicts_follow_the_memory() -> None:
    total = need(LLAMA, SETTINGS).total / GIB
    reserve = RESERVE / GIB
    assert judge(LLAMA, SETTINGS, machine(2 * total + reserve)).fits == "fits"
    tight = judge(LLAMA, SETTINGS, machine(1.1 * total + reserve))
    assert (tight.fits, tight.reason) == ("slow", "tight")
    large = judge(LLAMA, SETTINGS, machine(0.9 * total + reserve))
    assert large.fits == "too_large"
    assert large.remedy == replace(SETTINGS, kv_type="q8_0", gpu_layers=0)
    hopeless = judge(LLAMA, SETTINGS, machine(2 + reserve))
    assert (hopeless.fits, hopeless.remedy) == ("too_large", None)


def test_a_card_takes_what_fits_on_it() -> None:
    whole = judge(LLAMA, SETTINGS, machine(30, CARD, offload=True))
    assert (whole.fits, whole.device, whole.settings.gpu_layers) == ("fits", "A card", 33)
    part = judge(LLAMA, SETTINGS, machine(30, replace(CARD, free=4 * GIB), offload=True))
    assert (part.fits, part.reason) == ("slow", "gpu_memory")
    assert 0 < part.settings.gpu_layers < 33
    without = judge(LLAMA, SETTINGS, machine(30, CARD, offload=False))
    assert (without.device, without.settings.gpu_layers, without.reason) == ("CPU", 0, "no_gpu_build")


def test_before_anything_is_here_the_size_judges() -> None:
    entry = CatalogueEntry("x", "X", "chat", "x.gguf", 4_900_000_000, "", "", "", 131072)
    assert judge_unseen(entry, SETTINGS, machine(24)).fits == "fits"
    assert judge_unseen(entry, SETTINGS, machine(4)).fits == "too_large"


@given(st.floats(0.5, 16), st.integers(512, 131072), st.sampled_from(["f16", "q8_0"]), st.integers(0, 1 << 20))
def test_the_settings_chosen_fit_or_nothing_does(gib: float, context: int, kv: str, kv_width: int) -> None:
    header = replace(LLAMA, kv_width=kv_width, context=131072)
    settings = LoadSettings(context=context, kv_type=kv)  # type: ignore[arg-type]
    verdict = best_settings(header, settings, machine(gib))
    assert (verdict.fits == "too_large") == (verdict.need.total > verdict.available)
    assert verdict.need == need(header, verdict.settings)
    assert need(header, settings).total >= verdict.need.total


def test_the_device_is_named_in_a_few_words_and_the_processor_with_its_reason() -> None:
    settings = replace(SETTINGS, threads=2)
    alone = judge(LLAMA, settings, machine(30))
    assert device_text(alone) == "CPU · 2 threads"
    assert device_reason(alone) == "Computes on the processor: this build computes on the processor only."
    assert "no graphics card" in device_reason(judge(LLAMA, settings, machine(30, offload=True)))
    full = judge(LLAMA, settings, machine(30, replace(CARD, free=0), offload=True))
    assert (full.device, full.reason) == ("CPU", "gpu_full")
    assert "has no room" in device_reason(full)
    card = Device("CUDA0", "A card", "gpu", 4 * GIB, 8 * GIB)
    part = judge(LLAMA, settings, machine(30, card, offload=True))
    assert device_text(part) == f"CUDA · {part.settings.gpu_layers} of 33 layers"
    assert device_reason(part) == "Computes on A card."
    assert Device("MTL0", "", "gpu", 0, 0).backend == "Metal"


def test_settings_that_were_made_smaller_are_said() -> None:
    total = need(LLAMA, SETTINGS).total / GIB
    verdict = best_settings(LLAMA, SETTINGS, machine(0.9 * total + RESERVE / GIB))
    assert verdict.reduced
    assert device_reason(verdict).endswith("its KV state in eight bits, as more does not fit.")
