-- Ways to what lists and pages ask for: the clients seen of one machine, and the hosts that
-- share an outcome.

CREATE INDEX observations_of_client ON observations (tenant, client, day);

CREATE INDEX verdicts_of_outcome ON verdicts (tenant, service, judged_on, callers, latest, hash);
