'use strict';

// Packs the package and installs the tarball into an empty project, as users do; the tests are run there. Beside it lie
// the tools that only the tests need.
//
//   node scripts/project.cjs DIRECTORY

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const here = path.join(__dirname, '..');
const { name, version } = require('../package.json');
const project = path.resolve(process.argv[2] ?? path.join(here, '..', '..', 'target', 'npm'));

function npm(...options) {
  const program = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const run = spawnSync(program, [...options, '--no-audit', '--no-fund'], { cwd: project, stdio: 'inherit' });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

function copy(from, to) {
  fs.rmSync(path.join(project, to), { recursive: true, force: true });
  fs.cpSync(path.join(here, from), path.join(project, to), { recursive: true });
}

fs.mkdirSync(project, { recursive: true });
npm('pack', here, '--ignore-scripts', '--pack-destination', project);
for (const file of ['package.json', 'package-lock.json']) copy(path.join('tests', file), file);
npm('ci');
npm('install', `./${name}-${version}.tgz`, '--no-save', '--no-package-lock');
copy('tests', 'tests');
copy('../../examples/node', 'example');
