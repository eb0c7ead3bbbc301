"""Small sentence-transformers models with random weights, of the kinds that people will have."""

from pathlib import Path
from typing import Any, Final

from app.worker.parity_texts import PARITY_TEXTS

KINDS: Final = ("bert", "xlm-roberta", "modernbert", "mpnet")
DIMENSION: Final = 32
PROMPTS: Final = {"query": "query: ", "document": "passage: "}


def make(kind: str, folder: Path) -> Path:
    """Write a model; the first of the kinds takes the mean of its tokens' vectors, the others that of the first."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    torch.manual_seed(7)
    core = folder / "core"
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(core)
    _model(kind, len(tokenizer)).save_pretrained(core)
    transformer = Transformer(str(core), max_seq_length=64)
    pooling = Pooling(DIMENSION, pooling_mode="mean" if kind == KINDS[0] else "cls")
    SentenceTransformer(modules=[transformer, pooling], prompts=PROMPTS, device="cpu").save(str(folder / kind))
    return folder / kind


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    splitter = pre_tokenizers.BertPreTokenizer()
    words = {word.lower() for text in PARITY_TEXTS for word, _ in splitter.pre_tokenize_str(text)}
    special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"]  # the padding has number 1, as RoBERTa's has
    numbers = {word: number for number, word in enumerate([*special, *sorted(words)])}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = splitter
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
    )
    fast: Any = PreTrainedTokenizerFast  # it has no types
    return fast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]")


def _model(kind: str, words: int) -> Any:
    import transformers

    sizes: dict[str, Any] = {
        "vocab_size": words,
        "hidden_size": DIMENSION,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 96,
        "pad_token_id": 1,
        "initializer_range": 0.3,  # so that texts differ
    }
    match kind:
        case "bert":
            return transformers.BertModel(transformers.BertConfig(**sizes))
        case "xlm-roberta":
            return transformers.XLMRobertaModel(transformers.XLMRobertaConfig(**sizes, type_vocab_size=1))
        case "mpnet":
            return transformers.MPNetModel(transformers.MPNetConfig(**sizes))
        case _:
            return transformers.ModernBertModel(
                transformers.ModernBertConfig(**sizes, cls_token_id=0, sep_token_id=2, bos_token_id=0, eos_token_id=2)
            )
