-- What the store began with. {int}, {text}, {bytes} and {end} are spelled by each database.
-- A file here does not change once it was given out: databases are at it.

CREATE TABLE tenants (
  tenant {int} NOT NULL PRIMARY KEY,
  name {text} NOT NULL UNIQUE
){end};

-- JSON that is kept once for each tenant: settings, outcomes, probes, changes. Compressed
-- by zstd; the hash is the SHA-256, in hexadecimal, of what is compressed.
CREATE TABLE contents (
  tenant {int} NOT NULL,
  hash {text} NOT NULL,
  body {bytes} NOT NULL,
  PRIMARY KEY (tenant, hash)
){end-wide};

-- Moments are microseconds since 1970, 0 for none.
CREATE TABLE hosts (
  tenant {int} NOT NULL,
  host {text} NOT NULL,
  about {text} NOT NULL,
  seen {int} NOT NULL,
  error {text} NOT NULL,
  tried {int} NOT NULL,
  PRIMARY KEY (tenant, host)
){end};

CREATE TABLE snapshots (
  tenant {int} NOT NULL,
  host {text} NOT NULL,
  seen_from {int} NOT NULL,
  seen_to {int} NOT NULL,
  latest {int} NOT NULL,
  hash {text} NOT NULL,
  PRIMARY KEY (tenant, host, seen_from)
){end};

CREATE TABLE outcomes (
  tenant {int} NOT NULL,
  hash {text} NOT NULL,
  verdict {text} NOT NULL,
  cause {text} NOT NULL,
  fails_from {text} NOT NULL,
  fixable {text} NOT NULL,
  restart {text} NOT NULL,
  fix {text} NOT NULL,
  PRIMARY KEY (tenant, hash)
){end};

-- Days are YYYY-MM-DD.
CREATE TABLE verdicts (
  tenant {int} NOT NULL,
  service {text} NOT NULL,
  judged_on {text} NOT NULL,
  callers {text} NOT NULL,
  host {text} NOT NULL,
  day_from {text} NOT NULL,
  day_to {text} NOT NULL,
  latest {int} NOT NULL,
  hash {text} NOT NULL,
  PRIMARY KEY (tenant, service, judged_on, callers, host, day_from)
){end};

CREATE INDEX verdicts_of_host ON verdicts (tenant, host);

CREATE TABLE probes (
  tenant {int} NOT NULL,
  target {text} NOT NULL,
  address {text} NOT NULL,
  server_name {text} NOT NULL,
  seen_from {int} NOT NULL,
  seen_to {int} NOT NULL,
  latest {int} NOT NULL,
  hash {text} NOT NULL,
  PRIMARY KEY (tenant, target, address, server_name, seen_from)
){end};

CREATE TABLE observations (
  tenant {int} NOT NULL,
  day {text} NOT NULL,
  client {text} NOT NULL,
  server {text} NOT NULL,
  server_name {text} NOT NULL,
  stack {text} NOT NULL,
  offered {text} NOT NULL,
  negotiated {text} NOT NULL,
  survives {text} NOT NULL,
  client_name {text} NOT NULL,
  owner {text} NOT NULL,
  seen {int} NOT NULL,
  first_seen {int} NOT NULL,
  last_seen {int} NOT NULL,
  PRIMARY KEY (tenant, day, client, server, server_name, stack, offered, negotiated)
){end};

CREATE TABLE fixes (
  tenant {int} NOT NULL,
  host {text} NOT NULL,
  service {text} NOT NULL,
  state {text} NOT NULL,
  at {int} NOT NULL,
  hash {text} NOT NULL,
  PRIMARY KEY (tenant, host, service, state, at)
){end};

CREATE TABLE owners (
  tenant {int} NOT NULL,
  kind {text} NOT NULL,
  id {text} NOT NULL,
  owner {text} NOT NULL,
  mail {text} NOT NULL,
  said {int} NOT NULL,
  PRIMARY KEY (tenant, kind, id)
){end};

CREATE TABLE tags (
  tenant {int} NOT NULL,
  host {text} NOT NULL,
  name {text} NOT NULL,
  value {text} NOT NULL,
  PRIMARY KEY (tenant, host, name)
){end};

CREATE TABLE exemptions (
  tenant {int} NOT NULL,
  kind {text} NOT NULL,
  id {text} NOT NULL,
  service {text} NOT NULL,
  until {text} NOT NULL,
  owner {text} NOT NULL,
  reason {text} NOT NULL,
  said {int} NOT NULL,
  PRIMARY KEY (tenant, kind, id, service)
){end};
