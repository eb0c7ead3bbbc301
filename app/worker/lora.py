"""LoRA adapters: small files that change a loaded model, attached and scaled at run time."""

from collections.abc import Sequence
from ctypes import c_float
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama

from app.domain.errors import AppError, ErrorCode
from app.domain.models import LoraAdapter
from app.worker.gguf_header import read_header


class LoraAdapters:
    """The adapters that were loaded for one model; they live as long as it does."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._loaded: dict[str, Any] = {}

    def load(self, wanted: Sequence[LoraAdapter]) -> bool:
        """Make sure that all are loaded; whether any was not. Raises AppError FILE_NOT_FOUND, ADAPTER_INVALID."""
        new: dict[str, Any] = {}
        try:
            for adapter in wanted:
                if adapter.path not in self._loaded | new:
                    new[adapter.path] = self._load(adapter.path)
        except AppError:
            for native in new.values():
                llama.llama_adapter_lora_free(native)
            raise
        self._loaded |= new
        return bool(new)

    def attach(self, context: Any, wanted: Sequence[LoraAdapter]) -> None:
        """Let the context use these, which are loaded, and no others."""
        natives = (llama.llama_adapter_lora_p_ctypes * len(wanted))(*(self._loaded[each.path] for each in wanted))
        scales = (c_float * len(wanted))(*(adapter.scale for adapter in wanted))
        result = llama.llama_set_adapters_lora(context, natives, len(wanted), scales)
        if result != 0:
            raise AppError(ErrorCode.ADAPTER_INVALID, path=wanted[0].path, reason="it cannot be attached")

    def _load(self, path: str) -> Any:
        try:
            header = read_header(Path(path))  # bounded: native code trusts what a file says of itself
        except AppError as error:
            if error.code is ErrorCode.MODEL_INVALID:
                raise AppError(ErrorCode.ADAPTER_INVALID, **error.facts) from error
            raise
        native = llama.llama_adapter_lora_init(self._model, path.encode())
        if not native:
            reason = f"it was not made for this model (architecture {header.architecture})"
            raise AppError(ErrorCode.ADAPTER_INVALID, path=path, reason=reason)
        return native
