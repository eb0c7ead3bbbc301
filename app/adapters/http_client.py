"""The one way out of this machine by HTTP: every client of Donjon is made here.

Certificates are checked against the operating system's trust store, plus a file of the company's own; there is no way
to switch that off. Proxies are those of the system or the environment. Only https leaves the machine, plain http
reaches this machine alone. Redirects are not followed: whoever asks decides whether the new address is one to go to.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import truststore

from app import __version__

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Permit = Callable[[str, str], None]  # called with host and purpose before each request; raises to refuse it


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until a server counts as silent."""

    connect: float = 15.0
    read: float = 60.0  # between two pieces of an answer


def allow_all(_host: str, _purpose: str) -> None:
    """The permit where no policy has a say."""


def http_client(
    purpose: str,
    *,
    permit: Permit = allow_all,
    extra_ca: Path | None = None,
    proxy: str = "",
    timeouts: Timeouts = Timeouts(),
) -> httpx2.Client:
    """A client for one purpose ("fetching a model"), which `permit` is told with the host before each request.

    `proxy` comes before the system's. Raises OSError (ssl.SSLError is one) for a file of extra certificates that cannot
    be read, ValueError for a proxy that is none.
    """

    def check(request: httpx2.Request) -> None:
        if request.url.scheme != "https" and request.url.host not in LOOPBACK:
            raise httpx2.UnsupportedProtocol(f"only https leaves this machine, and {request.url.host} is asked without")
        permit(request.url.host, purpose)

    return httpx2.Client(
        verify=_tls(extra_ca),
        timeout=httpx2.Timeout(timeouts.read, connect=timeouts.connect),
        follow_redirects=False,
        proxy=proxy or None,
        headers={"User-Agent": f"Donjon/{__version__}"},
        event_hooks={"request": [check]},
        mounts={f"all://{_bracketed(host)}": None for host in LOOPBACK},  # never through a proxy
    )


def failure(error: Exception) -> str:
    """Why a request failed, in words that can follow a colon."""
    match error:
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return "no connection in time"
        case httpx2.TimeoutException():
            return "the server went silent"
        case httpx2.ProxyError():
            return f"the proxy refused: {_words(error)}"
        case httpx2.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return "its certificate is not trusted on this machine"
        case httpx2.ConnectError():
            return f"no connection: {_words(error)}"
        case httpx2.RemoteProtocolError() | httpx2.ReadError():
            return "the connection broke off"
    return str(error) or type(error).__name__


def _words(error: Exception) -> str:
    """What the system says, without its number."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error))


def _tls(extra_ca: Path | None) -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if extra_ca is not None:
        context.load_verify_locations(cafile=extra_ca)
    return context


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
