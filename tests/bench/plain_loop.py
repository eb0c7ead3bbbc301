"""The yardstick: the shortest loop over llama_cpp's C functions that decodes and detokenises.

usage: python -m tests.bench.plain_loop MODEL.gguf THREADS CONTEXT PROMPT_TOKENS

Prints the seconds that reading the prompt took. Then reads a number of tokens from each line of standard input, decodes
so many greedily after the prompt, and prints the seconds that they took.
"""

import ctypes
import sys
import time
from collections.abc import Callable

from app.worker.processor import use_newer_instructions

use_newer_instructions()  # as our own processes do: what is compared is how they are used

import llama_cpp as ll  # noqa: E402

ROOM = 4096  # tokens: random weights have a token for each byte
PROMPT = b"Write a long story about a lighthouse keeper and the sea."


def main(path: str, threads: int, context_tokens: int, prompt_tokens: int) -> None:
    """Load, read the prompt, answer the lines."""
    quiet = ll.llama_log_callback(lambda level, text, data: None)
    ll.llama_log_set(quiet, ctypes.c_void_p(0))
    decode = _loop(path, threads, context_tokens, prompt_tokens)
    for line in sys.stdin:
        print(decode(int(line)), flush=True)


def _loop(path: str, threads: int, context_tokens: int, prompt_tokens: int) -> Callable[[int], float]:
    """Decodes so many tokens after the prompt; seconds, the prompt and its first token left out."""
    ll.llama_backend_init()
    model = ll.llama_model_load_from_file(path.encode(), ll.llama_model_default_params())
    params = ll.llama_context_default_params()
    params.n_ctx = context_tokens
    params.n_threads = params.n_threads_batch = threads
    context = ll.llama_init_from_model(model, params)
    memory = ll.llama_get_memory(context)
    vocab = ll.llama_model_get_vocab(model)
    buffer = (ll.llama_token * ROOM)()
    text = PROMPT * (1 + ROOM // (2 * len(PROMPT)))
    count = min(ll.llama_tokenize(vocab, text, len(text), buffer, ROOM, True, True), prompt_tokens)
    sampler = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
    ll.llama_sampler_chain_add(sampler, ll.llama_sampler_init_greedy())
    started = time.perf_counter()
    ll.llama_decode(context, ll.llama_batch_get_one(buffer, count))
    print(time.perf_counter() - started, flush=True)
    first = ll.llama_sampler_sample(sampler, context, -1)
    piece = ctypes.create_string_buffer(256)

    def decode(tokens: int) -> float:
        ll.llama_memory_seq_rm(memory, 0, count, -1)
        token = (ll.llama_token * 1)(first)
        started = time.perf_counter()
        for _ in range(tokens):
            ll.llama_decode(context, ll.llama_batch_get_one(token, 1))
            token[0] = ll.llama_sampler_sample(sampler, context, -1)
            ll.llama_token_to_piece(vocab, token[0], piece, 256, 0, True)
        return time.perf_counter() - started

    return decode


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
