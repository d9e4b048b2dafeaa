-- What pages ask for: one narrow row for each host and series, counts of the changes of
-- each day, clients, and the parts of probes that are asked for. All of it is made of the
-- other tables. And what a server needs: who may use it, and what was decided and told.

ALTER TABLE hosts ADD COLUMN os {text} NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN search {text} NOT NULL DEFAULT '';
ALTER TABLE fixes ADD COLUMN who {text} NOT NULL DEFAULT '';

CREATE INDEX tags_by_name ON tags (tenant, name, host);

-- The series of verdicts, by a number that is short in the keys below.
CREATE TABLE series (
  tenant {int} NOT NULL,
  series {int} NOT NULL,
  service {text} NOT NULL,
  judged_on {text} NOT NULL,
  callers {text} NOT NULL,
  last_day {text} NOT NULL,
  PRIMARY KEY (tenant, series)
){end};

CREATE UNIQUE INDEX series_by_name ON series (tenant, service, judged_on, callers);

-- How each host stands in each series. Urgency orders the verdicts; due is fails_from, and
-- "~" for none. Texts in an index are cut: PostgreSQL bounds its entries.
CREATE TABLE standings (
  tenant {int} NOT NULL,
  series {int} NOT NULL,
  host {text} NOT NULL,
  urgency {int} NOT NULL,
  verdict {text} NOT NULL,
  cause {text} NOT NULL,
  fails_from {text} NOT NULL,
  due {text} NOT NULL,
  fixable {text} NOT NULL,
  restart {text} NOT NULL,
  fix {text} NOT NULL,
  hash {text} NOT NULL,
  was {text} NOT NULL,
  since {text} NOT NULL,
  owner {text} NOT NULL,
  exempt_until {text} NOT NULL,
  os {text} NOT NULL,
  search {text} NOT NULL,
  PRIMARY KEY (tenant, series, host)
){end};

CREATE INDEX standings_by_verdict ON standings (tenant, series, urgency, cause, fix, host);
CREATE INDEX standings_by_due ON standings (tenant, series, due, host);
CREATE INDEX standings_by_owner ON standings (tenant, series, owner, urgency, host);
CREATE INDEX standings_by_os ON standings (tenant, series, os, urgency, host);
CREATE INDEX standings_exempt ON standings (tenant, series, exempt_until) WHERE exempt_until <> '';
CREATE INDEX standings_of_host ON standings (tenant, host);

-- How many hosts came from one verdict to another on a day; from '' when they were judged
-- first. Turn is "mended" or "fellBack" for those of which that is true.
CREATE TABLE moves (
  tenant {int} NOT NULL,
  series {int} NOT NULL,
  day {text} NOT NULL,
  was {text} NOT NULL,
  verdict {text} NOT NULL,
  turn {text} NOT NULL,
  hosts {int} NOT NULL,
  PRIMARY KEY (tenant, series, day, was, verdict, turn)
){end};

-- Accepts are the versions, each between commas; ends is the day on which the first
-- certificate does, "~" for none.
CREATE TABLE answers (
  tenant {int} NOT NULL,
  hash {text} NOT NULL,
  accepts {text} NOT NULL,
  error {text} NOT NULL,
  ends {text} NOT NULL,
  PRIMARY KEY (tenant, hash)
){end};

CREATE INDEX probes_latest ON probes (tenant, latest, target, address, server_name, seen_from, hash);

CREATE TABLE clients (
  tenant {int} NOT NULL,
  client {text} NOT NULL,
  stack {text} NOT NULL,
  name {text} NOT NULL,
  owner {text} NOT NULL,
  survives {text} NOT NULL,
  offered {text} NOT NULL,
  first_day {text} NOT NULL,
  last_day {text} NOT NULL,
  PRIMARY KEY (tenant, client, stack)
){end};

CREATE TABLE notices (
  tenant {int} NOT NULL,
  kind {text} NOT NULL,
  about {text} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (tenant, kind, about)
){end};

-- The tables of a server belong to no tenant.

CREATE TABLE users (
  name {text} NOT NULL PRIMARY KEY,
  password {text} NOT NULL,
  roles {text} NOT NULL,
  disabled {int} NOT NULL,
  made {int} NOT NULL
){end};

CREATE TABLE tokens (
  hash {text} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  kind {text} NOT NULL,
  role {text} NOT NULL,
  tenant_name {text} NOT NULL,
  single {int} NOT NULL,
  made_by {text} NOT NULL,
  made {int} NOT NULL,
  expires {int} NOT NULL,
  used {int} NOT NULL
){end};

CREATE TABLE sessions (
  hash {text} NOT NULL PRIMARY KEY,
  data {bytes} NOT NULL,
  expires {int} NOT NULL
){end-wide};

CREATE TABLE audit (
  number {int} NOT NULL PRIMARY KEY,
  at {int} NOT NULL,
  who {text} NOT NULL,
  tenant_name {text} NOT NULL,
  action {text} NOT NULL,
  what {text} NOT NULL,
  origin {text} NOT NULL,
  outcome {text} NOT NULL
){end};

CREATE INDEX audit_of_tenant ON audit (tenant_name, number);

-- Steps in braces are done by the program: they read what only it can.

{go hosts};

INSERT INTO series (tenant, series, service, judged_on, callers, last_day)
SELECT tenant, ROW_NUMBER() OVER (PARTITION BY tenant ORDER BY service, judged_on, callers), service, judged_on, callers, MAX(day_to)
FROM verdicts GROUP BY tenant, service, judged_on, callers;

{go moves};

INSERT INTO standings (tenant, series, host, urgency, verdict, cause, fails_from, due, fixable, restart, fix, hash, was, since, owner, exempt_until, os, search)
SELECT v.tenant, s.series, v.host,
  CASE o.verdict WHEN 'fails' THEN 0 WHEN 'unreadable' THEN 1 WHEN 'unknown' THEN 2 WHEN 'connects' THEN 3 WHEN 'notInstalled' THEN 4 ELSE 5 END,
  o.verdict, SUBSTR(o.cause, 1, 200), o.fails_from, CASE WHEN o.fails_from = '' THEN '~' ELSE SUBSTR(o.fails_from, 1, 10) END, o.fixable, o.restart, o.fix, v.hash,
  COALESCE((SELECT x.verdict FROM verdicts q JOIN outcomes x ON x.tenant = q.tenant AND x.hash = q.hash
    WHERE q.tenant = v.tenant AND q.service = v.service AND q.judged_on = v.judged_on AND q.callers = v.callers AND q.host = v.host
    AND x.verdict IN ('connects', 'fails') AND q.day_from <= (SELECT MAX(r.day_from) FROM verdicts r JOIN outcomes y ON y.tenant = r.tenant AND y.hash = r.hash
      WHERE r.tenant = v.tenant AND r.service = v.service AND r.judged_on = v.judged_on AND r.callers = v.callers AND r.host = v.host AND y.verdict <> o.verdict)
    ORDER BY q.day_from DESC LIMIT 1), ''),
  (SELECT MIN(q.day_from) FROM verdicts q
    WHERE q.tenant = v.tenant AND q.service = v.service AND q.judged_on = v.judged_on AND q.callers = v.callers AND q.host = v.host
    AND q.day_from > COALESCE((SELECT MAX(r.day_from) FROM verdicts r JOIN outcomes y ON y.tenant = r.tenant AND y.hash = r.hash
      WHERE r.tenant = v.tenant AND r.service = v.service AND r.judged_on = v.judged_on AND r.callers = v.callers AND r.host = v.host AND y.verdict <> o.verdict), '')),
  SUBSTR(COALESCE(NULLIF(w.owner, ''), t.value, ''), 1, 200),
  COALESCE((SELECT MAX(e.until) FROM exemptions e WHERE e.tenant = v.tenant AND e.kind = 'host' AND e.id = v.host AND e.service IN (v.service, '')), ''),
  h.os, h.search
FROM verdicts v
JOIN series s ON s.tenant = v.tenant AND s.service = v.service AND s.judged_on = v.judged_on AND s.callers = v.callers
JOIN outcomes o ON o.tenant = v.tenant AND o.hash = v.hash
JOIN hosts h ON h.tenant = v.tenant AND h.host = v.host
LEFT JOIN owners w ON w.tenant = v.tenant AND w.kind = 'host' AND w.id = v.host
LEFT JOIN tags t ON t.tenant = v.tenant AND t.host = v.host AND t.name = 'owner'
WHERE v.latest = 1;

{go answers};

INSERT INTO clients (tenant, client, stack, name, owner, survives, offered, first_day, last_day)
SELECT o.tenant, o.client, o.stack, MAX(o.client_name), MAX(o.owner), MIN(o.survives), COALESCE(MIN(NULLIF(o.offered, '')), ''), MIN(d.first_day), MAX(d.last_day)
FROM observations o
JOIN (SELECT tenant, client, stack, MIN(day) AS first_day, MAX(day) AS last_day FROM observations GROUP BY tenant, client, stack) d
ON d.tenant = o.tenant AND d.client = o.client AND d.stack = o.stack AND d.last_day = o.day
GROUP BY o.tenant, o.client, o.stack;
