"""Who sees what of a team's library, on a real server: by group, by class, at once, and only over TLS that is right."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from app.adapters.postgres_admin import setup_script
from app.adapters.postgres_connection import SCHEMA_VERSION, TeamConnection, connect, read_server
from app.adapters.postgres_passages import PostgresPassages, vector_text
from app.domain.cancel import Cancel
from app.domain.embeddings import Embeddings
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.query import Filter, Query, parse_query
from tests.contract.conftest import DIMENSION, EMBEDDER, RESOURCES, TeamForTests
from tests.contract.test_passages import LEAVE, TRAVEL, parsed, source
from tests.fakes.team_server import ADMIN_PASSWORD, Authority, TlsFront


class LetterEmbedder:
    """Counts letters: enough of a meaning to tell texts apart, at once."""

    limit = 10_000

    def embed(self, texts: list[str], cancel: Cancel) -> Embeddings:
        cancel.check()
        for number, text in enumerate(texts, 1):
            if len(text) > self.limit:
                raise AppError(ErrorCode.EMBEDDING_TOO_LONG, number=number, needed=len(text), available=self.limit)
        return Embeddings(tuple(_letters(text) for text in texts), 0)


def _letters(text: str) -> bytes:
    counts = [1.0] + [float(text.lower().count(chr(97 + n))) for n in range(26)]
    length = sum(count * count for count in counts) ** 0.5
    return struct.pack(f"<{DIMENSION}f", *(count / length for count in counts), *([0.0] * (DIMENSION - 27)))


@pytest.fixture(scope="module")
def team(team_server: TeamForTests) -> TeamForTests:
    """Two groups with a collection of each class; one person in each group, and one who adds to both."""
    for group in ("law", "sales"):
        for data_class in ("public", "internal", "confidential", "restricted"):
            team_server.share(f"{group} {data_class}", group, data_class)
        team_server.admit("librarian", group, "restricted", may_add=True)
    team_server.admit("lena", "law", "confidential")
    team_server.admit("saul", "sales", "internal")
    library = team_server.library("librarian", LetterEmbedder())
    for group in ("law", "sales"):
        for data_class in ("public", "internal", "confidential", "restricted"):
            name = f"{group} {data_class}"
            text = f"The {group} handbook of {data_class} matters, part AX-{len(name)}."
            library.add(source(f"{name}.txt", name, name), parsed(text), Cancel())
    library.close()
    return team_server


@pytest.fixture
def lena(team: TeamForTests) -> Iterator[PostgresPassages]:
    library = team.library("lena", LetterEmbedder())
    yield library
    library.close()


LAW = ["law confidential", "law internal", "law public"]


def collections_seen(library: PostgresPassages) -> list[str]:
    """By whatever way there is to see something."""
    listed = {document.collection for document in library.documents()}
    assert {passage.collection for passage in library.search(Query("handbook matters"), 50)} == listed
    assert {passage.collection for passage in library.search(Query("AX-8 AX-10 AX-12 AX-16 AX-18"), 50)} == listed
    assert library.check().documents == len(library.documents())
    return sorted(listed)


def refusal(library: PostgresPassages) -> ErrorCode:
    with pytest.raises(AppError) as caught:
        library.documents()
    return caught.value.code


class TestPolicies:
    def test_a_person_sees_their_groups_up_to_their_clearance(self, team: TeamForTests, lena: PostgresPassages) -> None:
        assert collections_seen(lena) == LAW
        saul = team.library("saul", LetterEmbedder())
        assert collections_seen(saul) == ["sales internal", "sales public"]
        saul.close()

    def test_a_passage_carries_its_class(self, lena: PostgresPassages) -> None:
        for passage in lena.search(Query("handbook"), 50):
            assert (passage.where, f"law {passage.data_class}") == ("team", passage.collection)

    def test_what_is_hidden_is_as_if_it_were_not_there(self, team: TeamForTests, lena: PostgresPassages) -> None:
        with team.database.superuser() as all_seeing:
            ((hidden,),) = all_seeing.execute(
                "SELECT d.id FROM donjon.documents d WHERE d.name = 'law restricted.txt'"
            ).fetchall()
        assert isinstance(hidden, int)
        for act in (lena.text, lena.remove, lambda number: lena.move(number, "/x", "x")):
            with pytest.raises(AppError) as caught:
                act(hidden)
            assert caught.value.code is ErrorCode.UNKNOWN_DOCUMENT
        assert lena.find("/docs/law restricted.txt", "law restricted") is None
        assert lena.search(Query("handbook", filter=Filter(("law restricted",))), 5) == []
        with pytest.raises(AppError) as caught:
            lena.add(source("x.txt", "x", "law restricted"), parsed("x"), Cancel())
        assert caught.value.code is ErrorCode.TEAM_COLLECTION_UNKNOWN

    def test_frequencies_tell_nothing_of_hidden_rows(self, team: TeamForTests, lena: PostgresPassages) -> None:
        def scores() -> list[float]:
            return [passage.scores["bm25"] for passage in lena.search(Query("handbook matters"), 50)]

        before = scores()
        librarian = team.library("librarian", LetterEmbedder())
        hidden = librarian.add(
            source("more.txt", "more", "sales restricted"), parsed("handbook matters " * 9), Cancel()
        )
        assert scores() == before
        librarian.remove(hidden.id)
        librarian.close()

    def test_who_may_only_read_changes_nothing(self, lena: PostgresPassages) -> None:
        document = lena.documents()[0]
        for act in (
            lambda: lena.add(source("x.txt", "x", "law public"), parsed("x"), Cancel()),
            lambda: lena.remove(document.id),
            lambda: lena.move(document.id, "/x", "x"),
        ):
            with pytest.raises(AppError) as caught:
                act()
            assert caught.value.code is ErrorCode.TEAM_FORBIDDEN
        assert collections_seen(lena) == LAW

    @pytest.mark.parametrize(
        "statement",
        [
            "SET row_security = off; SELECT * FROM documents",
            "SET ROLE donjon_owner",
            "SET SESSION AUTHORIZATION librarian",
            "ALTER TABLE documents DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE documents NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY reading ON documents",
            "CREATE POLICY more ON documents USING (true)",
            "TRUNCATE documents CASCADE",
            "INSERT INTO members VALUES ('lena', 'sales', true)",
            "UPDATE people SET clearance = 'restricted'",
            "UPDATE documents SET text = 'x'",
            "ALTER ROLE lena BYPASSRLS",
            "GRANT donjon_owner TO lena",
            "CREATE FUNCTION donjon.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE TABLE public.vectors (x int)",
            "COPY documents TO PROGRAM 'cat'",
        ],
    )
    def test_nobody_gets_past_the_policies(self, team: TeamForTests, statement: str) -> None:
        with (
            team.connection("lena").use("test", 0) as connection,
            pytest.raises((errors.InsufficientPrivilege, errors.Error)) as caught,
        ):
            connection.execute(statement.encode())
        assert isinstance(caught.value, errors.InsufficientPrivilege), caught.value

    def test_no_role_passes_row_security(self, team: TeamForTests) -> None:
        with team.database.superuser() as all_seeing:
            forced = all_seeing.execute(
                "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class c"
                " WHERE relnamespace = 'donjon'::regnamespace AND relkind = 'r' AND relname <> 'facts'"
            ).fetchall()
            assert len(forced) == 5
            assert all(row[1] for row in forced)
            roles = all_seeing.execute(
                "SELECT rolname FROM pg_roles WHERE (rolbypassrls OR rolsuper) AND rolname !~ '^(pg_|postgres$)'"
            ).fetchall()
            assert roles == []

    def test_an_administrator_reads_no_document(self, team: TeamForTests) -> None:
        server = read_server(team.database.url("admin"), str(team.database.authority.file))
        with connect(server, ADMIN_PASSWORD) as connection:
            connection.execute("SET ROLE donjon_owner")
            assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM chunks").fetchone() == (0,)

    def test_a_chunk_cannot_be_slipped_into_a_document_of_others(self, team: TeamForTests) -> None:
        team.share("lab notes", "lab", "internal")
        team.admit("lars", "lab", "internal", may_add=True)
        with team.database.superuser() as all_seeing:
            found = all_seeing.execute(
                "SELECT d.id, (SELECT id FROM donjon.collections WHERE name = 'lab notes') FROM donjon.documents d"
                " WHERE name = 'law public.txt'"
            ).fetchone()
        with team.connection("lars").use("test", 0) as connection, pytest.raises(errors.ForeignKeyViolation):
            connection.execute(
                'INSERT INTO chunks (document_id, collection_id, start, "end", page, heading, words, codes, embedding)'
                " VALUES (%s, %s, 0, 1, 0, '', '', '', %s)",
                [*(found or ()), vector_text(_letters("x"))],
            )


class TestRevocation:
    def test_a_revoked_person_sees_nothing_at_once_on_an_open_connection(self, team: TeamForTests) -> None:
        team.admit("rita", "law", "confidential")
        rita = team.library("rita", LetterEmbedder())
        assert collections_seen(rita) == LAW
        assert team.admin.revoke("rita")
        assert refusal(rita) is ErrorCode.TEAM_FORBIDDEN
        with pytest.raises(AppError):
            rita.search(Query("handbook"), 5)
        rita.close()
        assert refusal(rita) is ErrorCode.TEAM_SIGN_IN
        assert not team.admin.revoke("rita")

    def test_the_policies_alone_are_enough(self, team: TeamForTests) -> None:
        team.admit("rolf", "law", "confidential")
        rolf = team.library("rolf", LetterEmbedder())
        assert collections_seen(rolf) == LAW
        with team.database.superuser() as all_seeing:
            all_seeing.execute("DELETE FROM donjon.people WHERE person = 'rolf'")
        assert collections_seen(rolf) == []
        rolf.close()

    def test_less_clearance_hides_at_once_and_more_shows(self, team: TeamForTests) -> None:
        team.admit("cleo", "law", "confidential")
        cleo = team.library("cleo", LetterEmbedder())
        assert collections_seen(cleo) == LAW
        team.admit("cleo", "law", "public")
        assert collections_seen(cleo) == ["law public"]
        team.admit("cleo", "sales", "public")
        assert collections_seen(cleo) == ["law public", "sales public"]
        team.share("sales public", "sales", "internal")
        assert collections_seen(cleo) == ["law public"]
        team.share("sales public", "sales", "public")
        cleo.close()

    def test_who_was_revoked_can_be_admitted_again(self, team: TeamForTests) -> None:
        team.admit("iris", "law", "public")
        team.admin.revoke("iris")
        team.admit("iris", "sales", "public")
        iris = team.library("iris", LetterEmbedder())
        assert collections_seen(iris) == ["sales public"]
        assert iris.status().teams == ("sales",)
        iris.close()

    def test_a_role_that_is_not_ours_is_left_alone(self, team: TeamForTests) -> None:
        for name in ("postgres", "admin", "donjon_owner"):
            with pytest.raises(AppError) as caught:
                team.admit(name, "law", "restricted")
            assert caught.value.code is ErrorCode.TEAM_NAME_TAKEN


class TestTls:
    def connecting(self, team: TeamForTests, url: str, ca: Path, password: str = "password of lena") -> ErrorCode:
        library = PostgresPassages(
            TeamConnection(lambda: read_server(url, str(ca)), lambda _: password, lambda *_: None),
            LetterEmbedder(),
            lambda: EMBEDDER,
        )
        return refusal(library)

    def test_a_server_without_tls_is_refused(self, team: TeamForTests) -> None:
        front = TlsFront(team.database.socket, None)
        url = f"postgresql://lena@localhost:{front.port}/donjon"
        assert self.connecting(team, url, team.database.authority.file) is ErrorCode.TEAM_UNTRUSTED
        front.close()

    def test_an_authority_that_is_not_the_company_s_is_refused(self, team: TeamForTests, tmp_path: Path) -> None:
        other = Authority(tmp_path, "Somebody else")
        assert self.connecting(team, team.database.url("lena"), other.file) is ErrorCode.TEAM_UNTRUSTED

    def test_a_certificate_for_another_name_is_refused(self, team: TeamForTests) -> None:
        url = team.database.url("lena").replace("localhost", "127.0.0.1")
        assert self.connecting(team, url, team.database.authority.file) is ErrorCode.TEAM_UNTRUSTED

    def test_a_wrong_password_and_none(self, team: TeamForTests) -> None:
        url, ca = team.database.url("lena"), team.database.authority.file
        assert self.connecting(team, url, ca, "wrong") is ErrorCode.TEAM_SIGN_IN
        assert self.connecting(team, url, ca, "") is ErrorCode.TEAM_PASSWORD_MISSING

    def test_nobody_there(self, team: TeamForTests) -> None:
        front = TlsFront(team.database.socket, None)
        front.close()
        url = f"postgresql://lena@localhost:{front.port}/donjon"
        assert self.connecting(team, url, team.database.authority.file) is ErrorCode.TEAM_UNREACHABLE

    def test_a_broken_connection_is_opened_anew(self, team: TeamForTests, lena: PostgresPassages) -> None:
        assert collections_seen(lena) == LAW
        with team.database.superuser() as all_seeing:
            all_seeing.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lena'")
        assert refusal(lena) is ErrorCode.TEAM_UNREACHABLE
        assert collections_seen(lena) == LAW

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://lena@library.example/donjon?sslmode=disable",
            "postgresql://lena:secret@library.example/donjon",
            "postgresql://library.example/donjon",
            "postgresql://lena@library.example/",
            "postgresql://lena@/donjon",
            "http://lena@library.example/donjon",
            "postgresql://lena@library.example:port/donjon",
            "postgresql://lena@library.example/a/b",
        ],
    )
    def test_an_address_that_would_weaken_it_is_refused(self, url: str, tmp_path: Path) -> None:
        ca = tmp_path / "ca.pem"
        ca.touch()
        with pytest.raises(AppError) as caught:
            read_server(url, str(ca))
        assert caught.value.code is ErrorCode.TEAM_MISCONFIGURED
        assert "secret" not in str(caught.value)

    def test_without_an_authority_there_is_no_connection(self) -> None:
        for ca in ("", "/nowhere/ca.pem"):
            with pytest.raises(AppError) as caught:
                read_server("postgresql://lena@library.example/donjon", ca)
            assert caught.value.code is ErrorCode.TEAM_MISCONFIGURED


class TestQueries:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        text=st.text(max_size=60)
        | st.lists(
            st.sampled_from(
                ["'", '"', "';", "--", "DROP TABLE", "\\", "%s", "%(x)s", "{}", "$1", "|", "&", "!", "<->"]
            ),
            max_size=8,
        ).map(" ".join)
    )
    def test_any_text_is_only_ever_a_question(self, lena: PostgresPassages, text: str) -> None:
        try:
            query = parse_query(text)
        except AppError:
            query = Query(text)
        for asked in (query, Query(text, (text,), (text,), Filter((text,), (text,), (text,), text, text))):
            assert {passage.collection for passage in lena.search(asked, 5)} <= set(LAW)
        lena.find(text, text)
        assert {document.collection for document in lena.documents(text)} <= set(LAW)

    def test_phrases_words_left_out_and_filters(self, team: TeamForTests) -> None:
        team.share("trips", "trips", "internal")
        team.admit("tom", "trips", "internal", may_add=True)
        tom = team.library("tom", LetterEmbedder())
        tom.add(source("travel.pdf", "t", "trips"), parsed(*TRAVEL), Cancel())
        tom.add(source("leave.txt", "l", "trips"), parsed(*LEAVE), Cancel())

        def texts(typed: str) -> list[str]:
            return [passage.text for passage in tom.search(parse_query(typed), 9)]

        assert texts('"six hours"') == [TRAVEL[0]]
        assert texts('"hours six"') == []
        assert TRAVEL[1] not in texts("flights rooms -hotel")
        assert texts("flights rooms -hotel")[0] == TRAVEL[0]
        assert set(texts("flights leave type:txt")) == set(LEAVE)
        assert set(texts("flights leave path:travel")) == set(TRAVEL)
        assert texts("flights in:nowhere") == []
        assert texts("flights after:2030") == []
        assert texts("premium flight")[0] == TRAVEL[0], "found by its stem"
        tom.close()

    def test_odd_documents_are_kept(self, team: TeamForTests) -> None:
        team.share("odd", "odd", "internal")
        team.admit("olga", "odd", "internal", may_add=True)
        embedder = LetterEmbedder()
        embedder.limit = 100
        olga = team.library("olga", embedder)
        text = "Nul\0 and half \ud800 a pair, then\n" + "a very long line of words " * 20
        document = olga.add(source("odd\0.txt", "o", "odd"), parsed(text, title="Odd\0"), Cancel())
        kept = olga.text(document.id)
        assert len(kept) == len(text)
        assert olga.search(Query("half a pair"), 1)[0].document == "odd .txt"
        olga.close()

    def test_another_embedder_is_refused(self, team: TeamForTests) -> None:
        other = team.library("lena", LetterEmbedder(), "another")
        with pytest.raises(AppError) as caught:
            other.search(Query("handbook"), 5)
        assert caught.value.code is ErrorCode.TEAM_EMBEDDER_DIFFERS
        other.close()

    def test_what_leaves_the_machine_is_recorded_first(self, team: TeamForTests, lena: PostgresPassages) -> None:
        team.sent.clear()
        lena.search(Query("handbook"), 5)
        assert team.sent == [("localhost", "search", "internal", len("handbook"))]
        librarian = team.library("librarian", LetterEmbedder())
        document = librarian.add(source("s.txt", "s", "law restricted"), parsed("four"), Cancel())
        assert team.sent[-1] == ("localhost", "add", "restricted", 4)
        librarian.remove(document.id)
        librarian.close()

    def test_a_cancel_in_the_middle_of_adding_keeps_nothing(self, team: TeamForTests) -> None:
        class Stopping(LetterEmbedder):
            def embed(self, texts: list[str], cancel: Cancel) -> Embeddings:
                vectors = super().embed(texts, cancel)
                cancel.set()
                return vectors

        librarian = team.library("librarian", Stopping())
        with pytest.raises(Cancelled):
            librarian.add(source("never.txt", "n", "law public"), parsed("never"), Cancel())
        assert librarian.find("/docs/never.txt", "law public") is None
        librarian.close()


class TestSchema:
    def test_the_script_makes_the_same_library(self, team: TeamForTests) -> None:
        team.database.new_database("scripted")
        with team.database.superuser("scripted") as connection:
            connection.execute(setup_script(RESOURCES, EMBEDDER, DIMENSION).encode())
        assert self.library(team, "scripted").documents() == []
        assert self.library(team, "scripted").status().clearance is None

    def test_setting_up_again_changes_nothing(self, team: TeamForTests, lena: PostgresPassages) -> None:
        assert team.admin.set_up("something else", 12) == SCHEMA_VERSION
        assert lena.status().embedder == EMBEDDER
        assert collections_seen(lena) == LAW

    def test_an_older_library_is_brought_up_to_date(self, team: TeamForTests, monkeypatch: pytest.MonkeyPatch) -> None:
        team.database.new_database("old")
        admin, library = team.administrator("old"), self.library(team, "old")
        with monkeypatch.context() as earlier:
            earlier.setattr("app.adapters.postgres_admin.SCHEMA_VERSION", 1)
            assert admin.set_up(EMBEDDER, DIMENSION) == 0
        with team.database.superuser("old") as connection:
            connection.execute("GRANT USAGE ON SCHEMA donjon TO lena; GRANT SELECT ON donjon.facts TO lena")
        assert refusal(library) is ErrorCode.TEAM_OLDER
        assert admin.set_up("another by now", DIMENSION) == 1
        assert library.documents() == []
        assert library.status().embedder == EMBEDDER

    def test_a_newer_library_is_left_alone(self, team: TeamForTests) -> None:
        team.database.new_database("newer")
        admin = team.administrator("newer")
        admin.set_up(EMBEDDER, DIMENSION)
        with team.database.superuser("newer") as connection:
            connection.execute("UPDATE donjon.facts SET value = '99' WHERE name = 'version'")
        assert refusal(self.library(team, "newer")) is ErrorCode.TEAM_NEWER
        with pytest.raises(AppError) as caught:
            admin.set_up(EMBEDDER, DIMENSION)
        assert caught.value.code is ErrorCode.TEAM_NEWER

    def test_a_database_without_a_library(self, team: TeamForTests) -> None:
        team.database.new_database("bare")
        with team.database.superuser("bare") as connection:
            connection.execute("GRANT CONNECT ON DATABASE bare TO donjon_member")
        assert refusal(self.library(team, "bare")) is ErrorCode.TEAM_NOT_SET_UP

    def library(self, team: TeamForTests, database: str) -> PostgresPassages:
        url, ca = team.database.url("lena", database), str(team.database.authority.file)
        connection = TeamConnection(lambda: read_server(url, ca), lambda _: "password of lena", lambda *_: None)
        return PostgresPassages(connection, LetterEmbedder(), lambda: EMBEDDER)
