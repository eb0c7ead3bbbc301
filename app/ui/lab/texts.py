"""What the lab calls things."""

from collections.abc import Sequence

from app.domain.experiments import Variant, Verdict
from app.domain.ranking import FusionMethod
from app.ui.translate import tr


def fusion_name(fusion: FusionMethod) -> str:
    """A way of ranking, in a word or two."""
    names: dict[FusionMethod, str] = {
        "blend": tr("blend"),
        "ranks": tr("by ranks"),
        "words": tr("words only"),
        "meaning": tr("meaning only"),
    }
    return names[fusion]


def verdict_name(verdict: Verdict) -> str:
    """What a comparison with the present settings came to."""
    names: dict[Verdict, str] = {
        "present": tr("in use"),
        "better": tr("better"),
        "worse": tr("worse"),
        "unclear": tr("unclear"),
    }
    return names[verdict]


def variant_name(variant: Variant, embedders: Sequence[str] = ()) -> str:
    """A variant in one line; with its embedder, where it is one of several."""
    name = tr(
        "{words} words · {fusion} · {k} passages",
        words=variant.chunk_words,
        fusion=fusion_name(variant.fusion),
        k=variant.passages,
    )
    return f"{name} · {variant.embedder}" if len(embedders) > 1 else name


def used_text(variant: Variant, anew: bool) -> str:
    """That a way of searching is used from now on; `anew`: documents must be embedded anew for it."""
    text = tr("From now on: {variant}.", variant=variant_name(variant))
    later = tr("Your documents are embedded anew in the background; they are found by words meanwhile.")
    return f"{text} {later}" if anew else text
