// Prints what Kusto's parser has against a file, one line each, and at the end "checked".
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const modules = createRequire(process.argv[2] + '/x.js');
modules('@kusto/language-service-next/bridge.min.js');
modules('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const found = Kusto.Language.KustoCode.Parse(readFileSync(process.argv[3], 'utf8')).GetDiagnostics();
for (let i = 0; i < found.Count; i++) {
  console.log(found.getItem(i).Start + ': ' + found.getItem(i).Message);
}
console.log('checked');
