"""The yardstick: the shortest loop over llama_cpp's C functions that decodes and detokenises; prints tokens per second.

usage: python -m tests.bench.plain_loop MODEL.gguf TOKENS THREADS CONTEXT PROMPT_TOKENS
"""

import ctypes
import sys
import time

import llama_cpp as ll

ROOM = 4096  # tokens: random weights have a token for each byte
PROMPT = b"Write a long story about a lighthouse keeper and the sea."


def main(path: str, tokens: int, threads: int, context_tokens: int, prompt_tokens: int) -> float:
    """Decode `tokens` tokens greedily after a prompt of so many; tokens per second, the prompt left out."""
    quiet = ll.llama_log_callback(lambda level, text, data: None)
    ll.llama_log_set(quiet, ctypes.c_void_p(0))
    ll.llama_backend_init()
    model = ll.llama_model_load_from_file(path.encode(), ll.llama_model_default_params())
    params = ll.llama_context_default_params()
    params.n_ctx = context_tokens
    params.n_threads = params.n_threads_batch = threads
    context = ll.llama_init_from_model(model, params)
    vocab = ll.llama_model_get_vocab(model)
    buffer = (ll.llama_token * ROOM)()
    text = PROMPT * (1 + ROOM // (2 * len(PROMPT)))
    count = min(ll.llama_tokenize(vocab, text, len(text), buffer, ROOM, True, True), prompt_tokens)
    sampler = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
    ll.llama_sampler_chain_add(sampler, ll.llama_sampler_init_greedy())
    ll.llama_decode(context, ll.llama_batch_get_one(buffer, count))
    piece = ctypes.create_string_buffer(256)
    token = (ll.llama_token * 1)(ll.llama_sampler_sample(sampler, context, -1))
    started = time.perf_counter()
    for _ in range(tokens):
        ll.llama_decode(context, ll.llama_batch_get_one(token, 1))
        token[0] = ll.llama_sampler_sample(sampler, context, -1)
        ll.llama_token_to_piece(vocab, token[0], piece, 256, 0, True)
    return tokens / (time.perf_counter() - started)


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:])))
