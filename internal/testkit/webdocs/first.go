package main

// first are the pages to begin with, as text that opens with a double-click.
func first() map[string]string {
	return map[string]string{
		"START-HERE.txt": `tlsready: which Windows machines will fail when a service drops old TLS

FIRST STEP
  Double-click tlsready.exe. It asks which service counts, looks at this
  computer, writes a report and opens it. It changes nothing and sends nothing.

WITHOUT RUNNING A PROGRAM
  Double-click tlsready.html: it opens in Edge, Chrome or Firefox. Drop files of
  any machine on it. Nothing leaves the computer.

WHERE IT RUNS
  Windows 10, Windows Server 2016 and later (a limit of the Go language).
  On Windows 7, 8.1, Server 2008 to 2012 R2 use collector\collect.cmd, which
  needs no installation: run it there as administrator, copy the file that it
  writes to a newer computer, and run there:
      tlsready check FILE --service azure-backup

WINDOWS WARNS OF IT
  The program is not signed. SmartScreen shows "Windows protected your PC":
  choose "More info" and "Run anyway", after you have compared the file with
  SHA256SUMS:
      certutil -hashfile tlsready.exe SHA256
  Where programs without a signature are blocked (AppLocker, WDAC), use the
  collector.

MORE
  README.html          what it does, with examples (examples\fleet is here)
  docs\                every page as HTML
  tlsready --help      all commands
`,
		"はじめに.txt": `tlsready: サービスが古い TLS を廃止したときに接続できなくなる Windows を調べます

最初の一歩
  tlsready.exe をダブルクリックしてください。対象のサービスを尋ね、
  このコンピューターを調べ、レポートを書き出して開きます。
  設定の変更も外部への送信も行いません。

プログラムを実行せずに使う
  tlsready.html をダブルクリックすると、Edge、Chrome、Firefox で開きます。
  調べたいコンピューターのファイルをドロップしてください。
  データがこのコンピューターの外に出ることはありません。

動作する Windows
  Windows 10、Windows Server 2016 以降 (Go 言語の制限による)。
  Windows 7、8.1、Server 2008 から 2012 R2 では、インストール不要の
  collector\collect.cmd を使います。管理者として実行し、できたファイルを
  新しい Windows にコピーして、次のコマンドで判定してください。
      tlsready check ファイル --service azure-backup

警告が出る場合
  このプログラムには署名がありません。SmartScreen が「Windows によって PC が
  保護されました」と表示します。次のコマンドの値が SHA256SUMS と同じことを
  確かめてから、[詳細情報]、[実行] の順に選んでください。
      certutil -hashfile tlsready.exe SHA256
  署名のないプログラムが禁止されている場合 (AppLocker、WDAC) は、
  collector\collect.cmd を使ってください。

くわしい説明
  README.ja.html       できることと使用例 (examples\fleet に例があります)
  docs\                各ページ (HTML)
  tlsready --help      すべてのコマンド
`,
	}
}
