"""The tables of `library.db`, version by version."""

from typing import Final

# Append-only: entry n brings version n to n + 1. Chunk ids are never used twice, so an index that knows an id of a
# document that is gone can be told apart from one that is behind.
MIGRATIONS: Final = (
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, collection TEXT NOT NULL,
        content_hash TEXT NOT NULL, size INTEGER NOT NULL, pages INTEGER NOT NULL, added_at TEXT NOT NULL,
        text TEXT NOT NULL, blocks BLOB NOT NULL,
        UNIQUE (path, collection)
    ) STRICT;
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
        start INTEGER NOT NULL, "end" INTEGER NOT NULL, page INTEGER NOT NULL, heading TEXT NOT NULL,
        vector BLOB NOT NULL  -- float16, little-endian, unit length
    ) STRICT;
    CREATE INDEX chunks_of_document ON chunks(document_id);
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE VIEW chunk_texts AS
        SELECT c.id, c.document_id, d.title, c.heading, substr(d.text, c.start + 1, c."end" - c.start) AS body
        FROM chunks c JOIN documents d ON d.id = c.document_id;
    CREATE VIRTUAL TABLE words USING fts5(
        title, heading, body, content='chunk_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
    )
    """,
    # Words by their stems, of chunks and of whole documents; and codes, found by any three characters in a row.
    # code_words() is ours: see `word_index.register`.
    """
    ALTER TABLE documents ADD COLUMN unit TEXT NOT NULL DEFAULT 'page';
    ALTER TABLE documents ADD COLUMN labels BLOB NOT NULL DEFAULT x'90';
    ALTER TABLE documents ADD COLUMN pages_without_text BLOB NOT NULL DEFAULT x'90';
    ALTER TABLE documents ADD COLUMN notices BLOB NOT NULL DEFAULT x'90';
    ALTER TABLE documents ADD COLUMN modified_at TEXT NOT NULL DEFAULT '';
    DROP TABLE words;
    CREATE VIRTUAL TABLE words USING fts5(
        title, heading, body, content='chunk_texts', content_rowid='id',
        tokenize='porter unicode61 remove_diacritics 2'
    );
    INSERT INTO words(words) VALUES ('rebuild');
    CREATE VIRTUAL TABLE document_words USING fts5(
        title, text, content='documents', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
    );
    INSERT INTO document_words(document_words) VALUES ('rebuild');
    CREATE VIRTUAL TABLE codes USING fts5(text, tokenize='trigram');
    INSERT INTO codes (rowid, text) SELECT id, code_words(body) FROM chunk_texts WHERE code_words(body) <> ''
    """,
    # Vectors by embedder, and a queue of the chunks that have none: text and words are there first. Vectors from
    # before cannot be told apart as they are from here on; they are made anew.
    """
    CREATE TABLE embedders (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        state TEXT NOT NULL UNIQUE CHECK (state IN ('serving', 'coming')),
        model TEXT NOT NULL, runtime TEXT NOT NULL, dimension INTEGER NOT NULL,
        document_prompt TEXT NOT NULL, query_prompt TEXT NOT NULL, folder TEXT NOT NULL
    ) STRICT;
    CREATE TABLE vectors (
        embedder_id INTEGER NOT NULL REFERENCES embedders(id) ON DELETE CASCADE,
        chunk_id INTEGER NOT NULL REFERENCES chunks(id) ON DELETE CASCADE,
        vector BLOB NOT NULL,  -- float16, little-endian, unit length
        PRIMARY KEY (embedder_id, chunk_id)
    ) STRICT;
    CREATE INDEX vectors_of_chunk ON vectors(chunk_id);
    CREATE TABLE waiting (chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE) STRICT;
    CREATE TABLE static_vectors (
        chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
        vector BLOB NOT NULL  -- float16, little-endian, unit length
    ) STRICT;
    INSERT INTO waiting SELECT id FROM chunks;
    ALTER TABLE chunks DROP COLUMN vector;
    DELETE FROM facts WHERE name = 'embedder'
    """,
    # What was forgotten, by its fingerprints: see `fingerprints`.
    """
    CREATE TABLE erased (content_hash TEXT NOT NULL, erased_at TEXT NOT NULL, fingerprints BLOB NOT NULL) STRICT
    """,
    # How long the chunks of a document are, so that they can be cut anew when another length is wanted.
    """
    ALTER TABLE documents ADD COLUMN chunk_words INTEGER NOT NULL DEFAULT 160
    """,
    # What filters look at, without the texts that lie between it in the table.
    """
    CREATE INDEX documents_filtered ON documents(collection, name, path, modified_at)
    """,
)
