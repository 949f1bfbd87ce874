// What is in the package, and whether its parts agree.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import * as esm from 'wa-client';
import * as esmTesting from 'wa-client/testing';
import { directory } from './support.mjs';

const require = createRequire(import.meta.url);
const cjs = require('wa-client');
const manifest = require('wa-client/package.json');
const packageDirectory = path.dirname(require.resolve('wa-client/package.json'));

const sorted = (names) => [...names].sort();

/** The declarations of a file, by name. */
function declarations(file) {
  const source = ts.createSourceFile(file, readFileSync(path.join(packageDirectory, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map();
  for (const statement of source.statements) {
    const names = statement.declarationList?.declarations ?? [statement];
    for (const declared of names) if (declared.name) found.set(declared.name.text, { statement, declared });
  }
  return found;
}

const isValue = ({ statement }) => !ts.isTypeAliasDeclaration(statement) && !ts.isInterfaceDeclaration(statement);

/** Names of the members of a class or interface that are not symbols. */
function members({ declared }, only = () => true) {
  const named = declared.members.filter((member) => member.name && !ts.isComputedPropertyName(member.name) && only(member));
  return new Set(named.map((member) => member.name.text));
}

const union = ({ declared }) => new Set(declared.type.types.map((type) => type.literal.text));

test('both kinds of modules export the same', () => {
  assert.deepEqual(sorted(Object.keys(esm)), sorted(Object.keys(cjs)));
  for (const name of Object.keys(cjs)) assert.equal(esm[name], cjs[name], name);
  const testing = require('wa-client/testing');
  assert.deepEqual(sorted(Object.keys(esmTesting)), sorted(Object.keys(testing)));
  for (const name of Object.keys(testing)) assert.equal(esmTesting[name], testing[name], name);
});

test('the types are those of what is there', () => {
  const hidden = (names) => sorted([...names].filter((name) => !name.startsWith('_')));
  const isStatic = (member) => member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
  for (const [file, module] of [['index.d.ts', cjs], ['testing.d.ts', require('wa-client/testing')]]) {
    const declared = declarations(file);
    assert.deepEqual(sorted([...declared].filter(([, it]) => isValue(it)).map(([name]) => name)), hidden(Object.keys(module)), file);
  }
  const types = declarations('index.d.ts');
  const inherited = ['on', 'once', 'off', 'addListener', 'removeListener', 'prependListener', 'prependOnceListener'];
  const client = members(types.get('Client'));
  assert.deepEqual(sorted([...client].filter((name) => !inherited.includes(name))), hidden(Object.getOwnPropertyNames(cjs.Client.prototype).filter((name) => name !== 'constructor')));
  assert.ok(inherited.every((name) => client.has(name)));
  const { Simulator } = require('wa-client/testing');
  const simulator = members(declarations('testing.d.ts').get('Simulator'), (member) => !isStatic(member));
  assert.deepEqual(sorted([...simulator].filter((name) => !['base', 'pageUrl', 'pid'].includes(name))), sorted(Object.getOwnPropertyNames(Simulator.prototype).filter((name) => name !== 'constructor')));
  assert.deepEqual(sorted(ts.isVariableDeclaration(types.get('qr').declared) && members({ declared: types.get('qr').declared.type })), sorted(Object.keys(cjs.qr)));
});

test('codes, events and settings of the core are all typed', () => {
  const types = declarations('index.d.ts');
  assert.deepEqual(sorted(union(types.get('WaErrorCode'))), sorted(cjs.ERROR_CODES));
  assert.deepEqual(sorted(members(types.get('EventData'))), sorted(cjs.EVENT_NAMES));
  assert.deepEqual(sorted(members(types.get('ClientEvents'))), sorted([...cjs.EVENT_NAMES, '*', 'error']));
  const { config } = new cjs.Client({ sessionPath: directory() });
  assert.deepEqual(sorted(members(types.get('Settings'))), sorted([...Object.keys(config), 'redisUrl']));
  assert.deepEqual(sorted(members(types.get('Deadlines'))), sorted(Object.keys(config.deadlines)));
  assert.deepEqual(sorted(members(types.get('ReconnectPolicy'))), sorted(Object.keys(config.reconnect)));
  assert.deepEqual(sorted(members(types.get('Pacing'))), sorted(Object.keys(config.pacing)));
});

test('the package holds what it needs and nothing else', () => {
  assert.equal(manifest.version, cjs.version);
  assert.equal(manifest.dependencies, undefined);
  assert.ok(!['preinstall', 'install', 'postinstall'].some((name) => name in manifest.scripts), 'nothing runs when it is installed');
  const files = readdirSync(packageDirectory);
  const addon = files.filter((name) => name.endsWith('.node'));
  assert.equal(addon.length, 1);
  const wanted = ['LICENSE-APACHE', 'LICENSE-MIT', 'MIGRATION.md', 'README.md', 'bin', 'index.cjs', 'index.d.mts', 'index.d.ts', 'index.mjs', 'lib', 'native.d.ts', 'package.json', 'testing.cjs', 'testing.d.mts', 'testing.d.ts', 'testing.mjs', ...addon];
  assert.deepEqual(sorted(files), sorted(wanted));
});

test('an empty project with the tarball alone runs both kinds of modules', () => {
  const project = directory();
  const tarball = path.join(packageDirectory, '..', '..', `wa-client-${manifest.version}.tgz`);
  writeFileSync(path.join(project, 'package.json'), '{}');
  // Offline: whatever the package needs is in it.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['install', tarball, '--offline', '--no-audit', '--no-fund'], { cwd: project, stdio: 'pipe' });
  const script = (load) => `${load}
    const client = new Client({ session: 'empty' });
    console.log(client.getConnectionStatus().status);
    client.close();`;
  writeFileSync(path.join(project, 'a.cjs'), script("const { Client } = require('wa-client');"));
  writeFileSync(path.join(project, 'a.mjs'), script("import { Client } from 'wa-client';"));
  for (const file of ['a.cjs', 'a.mjs']) {
    assert.equal(execFileSync(process.execPath, [file], { cwd: project }).toString(), 'DISCONNECTED\n');
  }
  const version = execFileSync(path.join(project, 'node_modules', '.bin', 'wa-sim'), ['--version']).toString();
  assert.equal(version, `wa-sim ${manifest.version}\n`);
  assert.match(execFileSync(path.join(project, 'node_modules', '.bin', 'wa-sim'), ['--help']).toString(), /--token T/);
});

test('the native part is found in the package of the platform, and missed by name', () => {
  const project = directory();
  const copy = path.join(project, 'node_modules', 'wa-client');
  const addon = readdirSync(packageDirectory).find((name) => name.endsWith('.node'));
  const target = addon.split('.')[1];
  assert.ok(manifest.napi.targets.includes(target));
  cpSync(packageDirectory, copy, { recursive: true, filter: (file) => !file.endsWith('.node') });
  const load = (setup = '') => spawnSync(process.execPath, ['-e', `${setup}; console.log(require('wa-client').version)`], { cwd: project });
  const missing = load();
  assert.equal(missing.status, 1);
  assert.match(missing.stderr.toString(), new RegExp(`@wa-client/${target}[^]*WA_NATIVE_MISSING`));
  const strange = load("Object.defineProperty(process, 'platform', { value: 'plan9' })");
  assert.match(strange.stderr.toString(), /there is none for plan9-/);
  const platform = path.join(project, 'node_modules', '@wa-client', target);
  mkdirSync(platform, { recursive: true });
  writeFileSync(path.join(platform, 'package.json'), JSON.stringify({ name: `@wa-client/${target}`, main: addon }));
  writeFileSync(path.join(platform, addon), 'no library');
  const broken = load();
  assert.match(broken.stderr.toString(), /cannot load its native part/);
  cpSync(path.join(packageDirectory, addon), path.join(platform, addon));
  assert.equal(load().stdout.toString(), `${cjs.version}\n`);
});
