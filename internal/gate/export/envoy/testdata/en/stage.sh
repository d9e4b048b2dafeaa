#!/bin/sh
# The plan gate.yaml as a configuration of envoy, written by tlsready gate --export.
# Times in remarks are those of the time zone Europe/Berlin; what counts are the seconds since 1970 beside them.
# Put all files into one folder, run stage.sh there once and then every minute (cron, or a timer of systemd),
# and start Envoy in that folder: envoy -c envoy.yaml. Check it with envoy --mode validate -c envoy.yaml.
# After a change of the plan export it anew.
#
# What is different from the plan:
# - rollback: no stage is taken back by itself. Watch the log, and put the former file back by hand.
# - onStage: nobody is told of a change of stage. plan.ics has the dates.
# - metrics: none. The log has each connection.
# - no Envoy was run with these files, as tests run HAProxy and nginx: validate them, and try them on a sandbox first. They need Envoy 1.38 or later.
# - Envoy has no clock of its own for this: stage.sh changes the stage within a minute, and must keep running.
# - percent: a share of the addresses cannot be chosen; such a brownout rejects nobody.
# - a hello in the form of SSL 2.0 counts as no TLS.
# - where the upstream cannot be reached the connection is closed, without an alert.
cd "$(dirname "$0")" || exit 1
now=$(date +%s)
while read -r from name rest; do
    if [ "$now" -ge "$from" ]; then file=$name; fi
done <<'END'
0 listener-01.yaml  # 1970-01-01 01:00
1802646000 listener-02.yaml  # 2027-02-15 00:00
1803855600 listener-03.yaml  # 2027-03-01 00:00
1805065200 listener-04.yaml  # 2027-03-15 00:00
1805072400 listener-05.yaml  # 2027-03-15 02:00
1805101200 listener-04.yaml  # 2027-03-15 10:00
1805103000 listener-05.yaml  # 2027-03-15 10:30
1805144400 listener-04.yaml  # 2027-03-15 22:00
1805158800 listener-05.yaml  # 2027-03-16 02:00
1805230800 listener-04.yaml  # 2027-03-16 22:00
1805238000 listener-03.yaml  # 2027-03-17 00:00
1806530400 listener-05.yaml  # 2027-04-01 00:00
1807135200 listener-03.yaml  # 2027-04-08 00:00
1809122400 listener-06.yaml  # 2027-05-01 00:00
1809727200 listener-03.yaml  # 2027-05-08 00:00
1811833200 listener-07.yaml  # 2027-06-01 09:00
1813096800 listener-08.yaml  # 2027-06-16 00:00
1814392800 listener-09.yaml  # 2027-07-01 00:00
1827615600 listener-10.yaml  # 2027-12-01 00:00
END
cmp -s "$file" listener.yaml || { cp "$file" listener.new && mv listener.new listener.yaml; }
