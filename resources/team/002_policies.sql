-- Who sees what. A person reads the collections of their teams up to their clearance, and changes those of teams in
-- which they may add. `session_user` is who logged in, whatever role they take on later. Policies are looked at by every
-- statement anew: a person who is no longer in `people` sees nothing from the next statement on.
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
ALTER TABLE collections ENABLE ROW LEVEL SECURITY;
ALTER TABLE collections FORCE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
ALTER TABLE chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunks FORCE ROW LEVEL SECURITY;

-- Administrators decide who reads what. This gives them no row of a document.
CREATE POLICY administration ON people TO donjon_owner USING (true) WITH CHECK (true);
CREATE POLICY administration ON members TO donjon_owner USING (true) WITH CHECK (true);
CREATE POLICY administration ON collections TO donjon_owner USING (true) WITH CHECK (true);

CREATE POLICY oneself ON people FOR SELECT TO donjon_member USING (person = session_user);
CREATE POLICY oneself ON members FOR SELECT TO donjon_member USING (person = session_user);
CREATE POLICY reading ON collections FOR SELECT TO donjon_member USING (
    EXISTS (
        SELECT FROM members m JOIN people p ON p.person = m.person
        WHERE p.person = session_user AND m.team = collections.team AND collections.data_class <= p.clearance
    )
);

-- The inner queries are asked once for a statement, under the policies above.
CREATE POLICY reading ON documents FOR SELECT TO donjon_member
    USING (collection_id = ANY (ARRAY(SELECT k.id FROM collections k)));
CREATE POLICY reading ON chunks FOR SELECT TO donjon_member
    USING (collection_id = ANY (ARRAY(SELECT k.id FROM collections k)));

CREATE VIEW open_collections WITH (security_invoker = true) AS
    SELECT k.id FROM collections k JOIN members m ON m.team = k.team
    WHERE m.person = session_user AND m.may_add;
CREATE POLICY adding ON documents FOR INSERT TO donjon_member
    WITH CHECK (collection_id = ANY (ARRAY(SELECT o.id FROM open_collections o)) AND added_by = session_user);
CREATE POLICY changing ON documents FOR UPDATE TO donjon_member
    USING (collection_id = ANY (ARRAY(SELECT o.id FROM open_collections o)));
CREATE POLICY removing ON documents FOR DELETE TO donjon_member
    USING (collection_id = ANY (ARRAY(SELECT o.id FROM open_collections o)));
CREATE POLICY adding ON chunks FOR INSERT TO donjon_member
    WITH CHECK (collection_id = ANY (ARRAY(SELECT o.id FROM open_collections o)));

-- No TRUNCATE, REFERENCES or TRIGGER: those pass row security.
GRANT USAGE ON SCHEMA donjon TO donjon_member;
GRANT SELECT ON facts, people, members, collections, open_collections, documents, chunks TO donjon_member;
GRANT INSERT, DELETE ON documents TO donjon_member;
GRANT UPDATE (path, name) ON documents TO donjon_member;
GRANT INSERT ON chunks TO donjon_member;
