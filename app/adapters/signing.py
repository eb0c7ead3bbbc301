"""Ed25519 signatures, with keys and signatures written as hexadecimal digits."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain.errors import AppError, ErrorCode


def read_key(path: Path) -> Ed25519PrivateKey:
    """A private key from a PEM file. Raises AppError FILE_NOT_FOUND, KEY_INVALID."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path)) from error
    except TypeError as error:
        raise AppError(ErrorCode.KEY_INVALID, path=str(path), reason="it is protected with a passphrase") from error
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise AppError(ErrorCode.KEY_INVALID, path=str(path), reason="it cannot be read as a PEM file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AppError(ErrorCode.KEY_INVALID, path=str(path), reason="it is of another kind than Ed25519")
    return key


def own_key(path: Path) -> Ed25519PrivateKey:
    """The private key at `path`, made the first time, for its owner's eyes only. Raises AppError KEY_INVALID."""
    if path.exists():
        return read_key(path)
    key = Ed25519PrivateKey.generate()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half, in 64 digits."""
    return key.public_key().public_bytes_raw().hex()


def holds(public: str, signature: str, content: bytes) -> bool:
    """Whether whoever has the private half of `public` has signed this content."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
