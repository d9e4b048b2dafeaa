-- Pages of endpoints read one narrow row for each, made of its newest probe and of what is
-- asked for of its answers; until now a page read through both. And what people and servers
-- add: tags that people said, notices that are told at least once, and tokens that belong to
-- a computer.

-- The versions that an endpoint takes become a number: 1 for SSL 2.0, 2 for SSL 3.0, 4 for
-- TLS 1.0, 8 for TLS 1.1, 16 for TLS 1.2, 32 for TLS 1.3, added up.
ALTER TABLE answers ADD COLUMN versions {int} NOT NULL DEFAULT 0;
UPDATE answers SET versions =
  CASE WHEN accepts LIKE '%,SSL 2.0,%' THEN 1 ELSE 0 END + CASE WHEN accepts LIKE '%,SSL 3.0,%' THEN 2 ELSE 0 END +
  CASE WHEN accepts LIKE '%,TLS 1.0,%' THEN 4 ELSE 0 END + CASE WHEN accepts LIKE '%,TLS 1.1,%' THEN 8 ELSE 0 END +
  CASE WHEN accepts LIKE '%,TLS 1.2,%' THEN 16 ELSE 0 END + CASE WHEN accepts LIKE '%,TLS 1.3,%' THEN 32 ELSE 0 END;
ALTER TABLE answers DROP COLUMN accepts;

-- Failed is 1 for those that could not be asked; search has the key in small letters.
CREATE TABLE endpoints (
  tenant {int} NOT NULL,
  target {text} NOT NULL,
  address {text} NOT NULL,
  server_name {text} NOT NULL,
  versions {int} NOT NULL,
  failed {int} NOT NULL,
  ends {text} NOT NULL,
  seen_from {int} NOT NULL,
  hash {text} NOT NULL,
  search {text} NOT NULL,
  PRIMARY KEY (tenant, target, address, server_name)
){end};

INSERT INTO endpoints (tenant, target, address, server_name, versions, failed, ends, seen_from, hash, search)
SELECT p.tenant, p.target, p.address, p.server_name, a.versions, CASE WHEN a.error = '' THEN 0 ELSE 1 END, a.ends, p.seen_from, p.hash,
  LOWER(p.target || ' ' || p.address || ' ' || p.server_name)
FROM probes p JOIN answers a ON a.tenant = p.tenant AND a.hash = p.hash
WHERE p.latest = 1;

DROP INDEX probes_latest;

-- Hosts are looked for by the value of a tag, of which an index has the beginning.
DROP INDEX tags_by_name;
CREATE INDEX tags_by_value ON tags (tenant, name, SUBSTR(value, 1, 200), host);

-- 0 for a label of the host's own, 1 for what people said.
ALTER TABLE tags ADD COLUMN said {int} NOT NULL DEFAULT 0;

-- Batch is what was claimed together and is told in one notice; until is the moment until
-- which nobody else tells it, 0 once it was told; tries is how often somebody tried.
ALTER TABLE notices ADD COLUMN batch {text} NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN until {int} NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN tries {int} NOT NULL DEFAULT 0;

-- Host is the computer that a token is bound to, '' for any; spent_on is the report that a
-- token for one use was spent on, so that the same report is taken again.
ALTER TABLE tokens ADD COLUMN host {text} NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN spent_on {text} NOT NULL DEFAULT '';
