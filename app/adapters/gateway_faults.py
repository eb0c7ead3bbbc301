"""What a gateway's refusals and breakdowns mean to a person; its own words are capped and made plain."""

import email.utils
import re
import time
from collections.abc import Mapping
from typing import Final

import httpx2

from app.adapters.http_client import failure
from app.domain.errors import AppError, ErrorCode

MAX_WORDS: Final = 200

_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\u00a0-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff\uf900-\ufffd]+")
_KEY: Final = re.compile(r"\b(?:sk|key|Bearer)[-_ ][A-Za-z0-9_\-*.]{4,}")


class Passing(Exception):
    """A failure that may be over in a moment; `wait_s` is how long the gateway asks to be left alone."""

    def __init__(self, error: AppError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


def refusal(status: int, headers: Mapping[str, str], text: str, host: str, model: str) -> AppError | Passing:
    """What an answer other than 200 means."""
    words = plain(text)
    match status:
        case 401 | 407:
            return AppError(ErrorCode.GATEWAY_SIGN_IN, host=host, status=status)
        case 403:
            return AppError(ErrorCode.GATEWAY_FORBIDDEN, host=host, model=model, words=words)
        case 404:
            return AppError(ErrorCode.GATEWAY_UNKNOWN_MODEL, host=host, model=model)
        case 429:
            wait_s = retry_after(headers.get("retry-after", ""))
            return Passing(AppError(ErrorCode.GATEWAY_BUSY, host=host, seconds=round(wait_s or 60)), wait_s)
        case 408 | 500 | 502 | 503 | 504:
            error = AppError(ErrorCode.GATEWAY_FAILED, host=host, reason=f"HTTP {status}", words=words)
            return Passing(error, retry_after(headers.get("retry-after", "")))
        case _ if 300 <= status < 400:
            return no_stream(host, "it wants to send us to another address, which is not followed")
    return AppError(ErrorCode.GATEWAY_REFUSED, host=host, status=status, words=words)


def fault_of(error: httpx2.HTTPError | None, host: str, *, silent: bool) -> Exception:
    """What a connection that failed, or a stream that ended too soon (None), means."""
    if silent:
        return Passing(AppError(ErrorCode.GATEWAY_SILENT, host=host))
    if error is None:
        return Passing(AppError(ErrorCode.GATEWAY_UNREACHABLE, host=host, reason="the connection broke off"))
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "certificate" in str(error).lower():
        return AppError(ErrorCode.GATEWAY_UNTRUSTED, host=host)
    if isinstance(error, httpx2.ReadTimeout | httpx2.WriteTimeout):
        return Passing(AppError(ErrorCode.GATEWAY_SILENT, host=host))
    reached = AppError(ErrorCode.GATEWAY_UNREACHABLE, host=host, reason=plain(failure(error)))
    return reached if isinstance(error, httpx2.UnsupportedProtocol) else Passing(reached)


def no_stream(host: str, reason: str) -> AppError:
    """The server does not keep to the protocol."""
    return AppError(ErrorCode.GATEWAY_PROTOCOL, host=host, reason=reason)


def unwell(host: str, words: str) -> Passing:
    """The gateway reports an error of its own in the middle of the stream."""
    return Passing(AppError(ErrorCode.GATEWAY_FAILED, host=host, reason="an error in its stream", words=words))


def broke_off(model: str, error: AppError) -> AppError:
    """The answer has begun and cannot be ended."""
    reasons = {
        ErrorCode.GATEWAY_SILENT: "the gateway went silent",
        ErrorCode.GATEWAY_FAILED: "the gateway reports an error",
    }
    reason = reasons.get(error.code, str(error.facts.get("reason", error.code.value)))
    return AppError(ErrorCode.GATEWAY_BROKE_OFF, model=model, reason=reason)


def retry_after(value: str) -> float | None:
    """Seconds a server asks to wait, given as such or as a date; None if it does not say."""
    value = value.strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def plain(text: str) -> str:
    """A stranger's words: without control characters and keys, and not too many."""
    return _KEY.sub("…", " ".join(_UNPRINTABLE.sub(" ", text).split()))[:MAX_WORDS]
