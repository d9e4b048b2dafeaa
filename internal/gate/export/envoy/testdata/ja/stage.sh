#!/bin/sh
# 計画 gate.yaml を envoy の構成にしたものです (tlsready gate --export で作成)。
# 注記の時刻はタイムゾーン Europe/Berlin のものです。実際の判定には、横にある 1970 年からの秒数を使います。
# すべてのファイルを 1 つのフォルダーに置き、そこで stage.sh を一度、その後は毎分 (cron または systemd のタイマーで) 実行し、
# そのフォルダーで Envoy を起動します: envoy -c envoy.yaml。確認には envoy --mode validate -c envoy.yaml を使います。
# 計画を変更したときは、もう一度出力してください。
#
# 計画と異なる点:
# - rollback: 段階は自動では戻りません。ログを見て、必要なら手動で以前のファイルに戻してください。
# - onStage: 段階の切り替えは通知されません。日付は plan.ics にあります。
# - metrics: ありません。接続はすべてログに残ります。
# - HAProxy や nginx と違い、これらのファイルは実際の Envoy でテストされていません。まず検証し、テスト環境で試してください。Envoy 1.38 以降が必要です。
# - Envoy はこのための時計を持ちません。stage.sh が 1 分以内に段階を切り替えるので、動かし続ける必要があります。
# - percent: アドレスの一部を選べないため、その brownout ではどのクライアントも拒否しません。
# - SSL 2.0 形式の ClientHello は、TLS ではないものとして扱います。
# - 転送先に接続できないときは、アラートを送らずに接続を閉じます。
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
