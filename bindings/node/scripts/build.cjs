'use strict';

// Builds the native half and puts it, with the licences, where `npm pack` finds it. `native.d.ts` is written anew;
// with --check it is compared instead, and a difference is a failure.
//
//   node scripts/build.cjs [--check] [--debug]

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const here = path.join(__dirname, '..');
const root = path.join(here, '..', '..');
const { napi } = require('../package.json');
const { target } = require('../lib/target.cjs');
const CRATE = 'wa-client-node';

function build(debug) {
  const options = ['build', '-p', CRATE, '--message-format=json-render-diagnostics', ...(debug ? [] : ['--release'])];
  const cargo = process.env.CARGO ?? 'cargo';
  const run = spawnSync(cargo, options, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 });
  if (run.error) process.stderr.write(`${cargo} cannot be started: ${run.error.message}. Building needs Rust, https://rustup.rs\n`);
  if (run.status !== 0) process.exit(run.status ?? 1);
  const messages = run.stdout.toString().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const ours = messages.filter(({ package_id: id }) => id?.includes(CRATE) || id?.includes('bindings/node'));
  const library = ours.flatMap(({ filenames = [] }) => filenames).find((file) => /\.(so|dylib|dll)$/.test(file));
  const types = ours.map(({ out_dir: directory }) => directory && path.join(directory, CRATE)).find(Boolean);
  return { library, types };
}

/** The declarations that the macros of napi wrote down, one JSON object a line, as TypeScript. */
function declarations(file) {
  const entries = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const body = (text) => text.split('\n').map((line) => `  ${line.trim()}`.trimEnd()).filter(Boolean).join('\n');
  const members = (name) => entries.filter((entry) => entry.kind === 'impl' && entry.name === name).map(({ def }) => body(def));
  const write = ({ kind, name, def, js_doc: doc }) => {
    if (kind === 'struct') return `${doc}export declare class ${name} {\n${members(name).join('\n')}\n}`;
    if (kind === 'interface') return `${doc}export interface ${name} {\n${body(def)}\n}`;
    if (kind === 'fn') return `${doc}export declare ${def.trim()}`;
    throw new Error(`${CRATE}: there are no rules for declarations of kind ${kind}`);
  };
  const written = entries.filter(({ kind }) => kind !== 'impl').map((entry) => ({ name: entry.name, text: write(entry) }));
  // The compiler may meet them in any order.
  written.sort((one, other) => (one.name < other.name ? -1 : 1));
  const heading = '// Made by scripts/build.cjs from the Rust code. Not for users: their types are in index.d.ts.\n';
  return `${heading}\n${written.map(({ text }) => text).join('\n\n')}\n`;
}

function compareOrWrite(file, text, check) {
  const present = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (present === text) return;
  if (!check) return fs.writeFileSync(file, text);
  process.stderr.write(`${path.relative(root, file)} is not what the Rust code says; run \`npm run build\` there\n`);
  process.exit(1);
}

const check = process.argv.includes('--check');
const { library, types } = build(process.argv.includes('--debug'));
const addon = path.join(here, `${napi.binaryName}.${target()}.node`);
// A running process may have the old one open: replace the file, do not write into it.
fs.copyFileSync(library, `${addon}.new`);
fs.renameSync(`${addon}.new`, addon);
for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE']) fs.copyFileSync(path.join(root, licence), path.join(here, licence));
compareOrWrite(path.join(here, 'native.d.ts'), declarations(types), check);
