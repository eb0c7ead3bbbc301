#!/bin/sh
# Makes .venv with everything Donjon needs: packaging/setup.sh [EXTRA…], extras being those of pyproject.toml.
# Does nothing, and needs no network, when that has been done with the same versions.
set -eu
cd "$(dirname "$0")/.."

PIP=26.3
LLAMA=0.3.36
WHEELS=.donjon/wheels # our own builds: a wheel from elsewhere may be built for another processor, and crash on this one

fail() { printf '%s\n' "$*" >&2; exit 4; }

base=${PYTHON:-python3}
command -v "$base" >/dev/null || fail "Donjon needs Python 3.11 or newer; there is no $base. Install it, or name it: make PYTHON=…"
"$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Donjon needs Python 3.11 or newer; $base is $("$base" -V 2>&1). Name another: make PYTHON=python3.12"

case $(uname -s) in
    MINGW* | MSYS* | CYGWIN*) python=.venv/Scripts/python.exe ;;
    *) python=.venv/bin/python ;;
esac

key=$("$base" - "$@" <<'HASH'
import hashlib, pathlib, sys
files = ("packaging/constraints.txt", "packaging/build-constraints.txt", "packaging/setup.sh", "pyproject.toml")
content = b"\0".join(pathlib.Path(name).read_bytes() for name in files)
print(hashlib.sha256(content + sys.version.encode()).hexdigest())
HASH
)
stamp=.venv/set-up
missing=
for extra in base "$@"; do
    grep -qsx "$key $extra" $stamp || missing=yes
done
[ -n "$missing" ] || exit 0

echo "Setting up .venv (once; some minutes)"
command -v cmake >/dev/null || fail "Donjon builds llama.cpp and needs cmake. Install it, for instance: apt-get install cmake"
command -v "${CC:-cc}" >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null ||
    fail "Donjon builds llama.cpp and needs a C compiler. Install one, for instance: apt-get install build-essential"

[ -x $python ] || "$base" -m venv .venv
pip() { $python -m pip --disable-pip-version-check "$@"; }
pip install --quiet "pip==$PIP"
# torch before the rest: what needs it would else bring its own choice of build
pip install --progress-bar off --constraint packaging/constraints.txt torch

wheel=$(ls $WHEELS/llama_cpp_python-$LLAMA-*.whl 2>/dev/null | head -n 1)
if [ -z "$wheel" ]; then
    echo "Building llama-cpp-python $LLAMA for any processor of this kind (about four minutes on two cores)"
    mkdir -p $WHEELS/new
    pip wheel --no-cache-dir --no-deps --no-binary llama-cpp-python --build-constraint packaging/build-constraints.txt \
        --config-settings=cmake.define.GGML_NATIVE=OFF --wheel-dir $WHEELS/new "llama-cpp-python==$LLAMA"
    mv $WHEELS/new/*.whl $WHEELS/ && rmdir $WHEELS/new
    wheel=$(ls $WHEELS/llama_cpp_python-$LLAMA-*.whl | head -n 1)
fi
pip install --quiet --no-deps --no-index --force-reinstall "$wheel"

# The part of it that computes, once more with newer instructions; app/worker/processor.py takes it where it can.
newer=$WHEELS/libggml-cpu-avx512-$LLAMA.so
source=$WHEELS/source
build_newer() {
    rm -rf $source && mkdir -p $source &&
        pip download --quiet --no-cache-dir --no-deps --no-binary llama-cpp-python \
            --build-constraint packaging/build-constraints.txt --dest $source "llama-cpp-python==$LLAMA" &&
        tar -xzf $source/*.tar.gz -C $source --strip-components=1 &&
        cmake -S $source -B $source/newer -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=OFF \
            -DGGML_AVX512=ON -DGGML_AVX512_VBMI=ON -DGGML_AVX512_VNNI=ON &&
        cmake --build $source/newer --target ggml-cpu --parallel "$(nproc)" &&
        cp -L $source/newer/bin/libggml-cpu.so "$newer"
}
if [ "$(uname -sm)" = "Linux x86_64" ]; then
    if [ ! -f "$newer" ]; then
        echo "Building its arithmetic for newer processors, too (less than a minute)"
        log=$WHEELS/newer.log
        build_newer >$log 2>&1 || echo "That failed ($log): prompts are read more slowly, nothing else is missing." >&2
        rm -rf $source
    fi
    installed=$($python -c 'from importlib.util import find_spec; print(find_spec("llama_cpp").origin)')
    [ ! -f "$newer" ] || cp "$newer" "$(dirname "$installed")/lib/libggml-cpu-avx512.so"
fi

project=.
[ $# -eq 0 ] || project=".[$(IFS=,; echo "$*")]"
pip install --progress-bar off --constraint packaging/constraints.txt \
    --build-constraint packaging/build-constraints.txt --editable "$project"

# Qt's own libraries come with it; a bare Linux lacks those it rests on.
if [ "$(uname -s)" = Linux ] && ! reason=$($python -c 'import PySide6.QtWidgets' 2>&1); then
    libraries="libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0
        libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get install --yes --no-install-recommends $libraries ||
            { apt-get update && apt-get install --yes --no-install-recommends $libraries; }
    else
        echo "The window needs system libraries that are missing (${reason##*: })." \
            "Install them: apt-get install $(echo $libraries)" >&2
    fi
fi

for extra in base "$@"; do echo "$key $extra"; done >> $stamp
