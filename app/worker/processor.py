"""The newer instructions of a processor, where llama.cpp's arithmetic was built for them, too.

What pip builds for us runs on any x86-64 processor with AVX2. Beside it lies the library that computes, built once more
for AVX-512 with VNNI (packaging/setup.sh; Linux alone). Loaded first it takes the other's place: the linker asks for
libraries by the names that they bear inside, and this one bears the same.
"""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path
from typing import Final

PLAIN: Final = "DONJON_PLAIN_PROCESSOR"  # in the environment of a process that shall do without
LIBRARY: Final = "libggml-cpu-avx512.so"
_NEEDED: Final = frozenset(
    "avx2 f16c fma bmi2 avx512f avx512bw avx512cd avx512dq avx512vl avx512vbmi avx512_vnni".split()
)
_FACTS: Final = Path("/proc/cpuinfo")


def has_newer_instructions(facts: str) -> bool:
    """Whether a processor can do what the library needs, by what Linux says of it."""
    flags = next((line.partition(":")[2] for line in facts.splitlines() if line.startswith("flags")), "")
    return set(flags.split()) >= _NEEDED


def use_newer_instructions() -> bool:
    """Have llama.cpp compute with them; only before it is imported. False where that cannot be, or shall not."""
    if sys.platform != "linux" or PLAIN in os.environ:
        return False
    package = importlib.util.find_spec("llama_cpp")
    if package is None or package.origin is None:
        return False
    library = Path(package.origin).parent / "lib" / LIBRARY
    if not library.is_file() or not has_newer_instructions(_FACTS.read_text(encoding="utf-8", errors="replace")):
        return False
    try:
        ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    except OSError as error:
        print(f"no newer instructions: {error}", file=sys.stderr, flush=True)
        return False
    return True
