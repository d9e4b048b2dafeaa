// Runs the statements of a file in DuckDB and prints the rows of each as one line of JSON.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.argv[2] + '/x.js');
const { DuckDBInstance } = require('@duckdb/node-api');
const connection = await (await DuckDBInstance.create(':memory:')).connect();
for (const statement of readFileSync(process.argv[3], 'utf8').split(';\n').filter((text) => text.trim())) {
  const reader = await connection.runAndReadAll(statement);
  console.log(JSON.stringify(reader.getRowObjectsJson()));
}
