-- The tables. {dimension} is that of the vectors; the documents' numbers start where no device's library gets to.
CREATE TYPE data_class AS ENUM ('public', 'internal', 'confidential', 'restricted'); -- compared: the lowest first

CREATE TABLE facts (name text PRIMARY KEY, value text NOT NULL);

CREATE TABLE people (person name PRIMARY KEY, clearance data_class NOT NULL);
CREATE TABLE members (
    person name NOT NULL REFERENCES people ON DELETE CASCADE,
    team text NOT NULL,
    may_add boolean NOT NULL,
    PRIMARY KEY (person, team)
);

CREATE TABLE collections (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    team text NOT NULL,
    data_class data_class NOT NULL
);
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000000000) PRIMARY KEY,
    collection_id integer NOT NULL REFERENCES collections,
    path text NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    content_hash text NOT NULL,
    size bigint NOT NULL,
    pages integer NOT NULL,
    unit text NOT NULL,
    labels text[] NOT NULL,
    pages_without_text integer NOT NULL,
    notices jsonb NOT NULL,
    modified_at text COLLATE "C" NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    added_by name NOT NULL DEFAULT session_user,
    text text NOT NULL,
    sketch bigint[] NOT NULL, -- of its runs of words, to find what is nearly the same
    UNIQUE (path, collection_id),
    UNIQUE (id, collection_id)
);
CREATE INDEX ON documents (collection_id);
CREATE TABLE chunks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bigint NOT NULL,
    collection_id integer NOT NULL, -- its document's, so that a policy looks at nothing but the row
    start integer NOT NULL,
    "end" integer NOT NULL,
    page integer NOT NULL,
    heading text NOT NULL,
    words tsvector NOT NULL, -- A: title, B: headings, D: body
    codes text NOT NULL,
    embedding vector({dimension}) NOT NULL,
    FOREIGN KEY (document_id, collection_id) REFERENCES documents (id, collection_id) ON DELETE CASCADE
);
CREATE INDEX ON chunks (document_id);
CREATE INDEX ON chunks (collection_id);
CREATE INDEX ON chunks USING hnsw (embedding vector_cosine_ops);

-- Words by their stems, all of them: a stop word counts in an exact phrase.
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = pg_catalog.snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING REPLACE pg_catalog.simple WITH stems;
