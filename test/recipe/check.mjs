// Parses PowerShell files and prints each place that the grammar does not take,
// as FILE:LINE:COLUMN: TEXT. Usage: node check.mjs NODE_MODULES FILE...
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(modules, 'x.js')));
const { Parser, Language } = await import(pathToFileURL(require.resolve('web-tree-sitter')).href);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(join(modules, 'tree-sitter-powershell', 'tree-sitter-powershell.wasm')));

function* faults(node) {
  if (node.isError || node.isMissing) {
    yield node;
    return;
  }
  if (!node.hasError) return;
  for (const child of node.children) yield* faults(child);
}

for (const file of files) {
  const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  for (const node of faults(parser.parse(text).rootNode)) {
    const { row, column } = node.startPosition;
    console.log(`${file}:${row + 1}:${column + 1}: ${node.isMissing ? 'missing ' + node.type : JSON.stringify(node.text.slice(0, 60))}`);
  }
}
console.log(`checked ${files.length}`);
