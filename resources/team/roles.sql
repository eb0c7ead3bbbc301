-- Who there is on the server, whatever the database: an owner of the tables that nobody logs in as, and what all people
-- of a team library have in common. Each person is a role of their own beside these; none of them passes row security.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'donjon_owner') THEN
        CREATE ROLE donjon_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'donjon_member') THEN
        CREATE ROLE donjon_member NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    EXECUTE format('GRANT donjon_owner TO %I', current_user);
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO donjon_member', current_database());
END
$$;
CREATE SCHEMA IF NOT EXISTS donjon AUTHORIZATION donjon_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC; -- pgvector is there: nobody is to put something of that name beside it
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public; -- where it is missing, this takes a superuser
