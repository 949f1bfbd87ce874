'use strict';

// Makes one package for each platform whose addon lies in a directory, in npm/<target>/, and names them all as optional
// dependencies of this one, so that npm installs the one that fits. Used when releasing; see docs/releasing.md.
//
//   node scripts/platforms.cjs <directory with *.node> [<where to put the packages>]

const fs = require('node:fs');
const path = require('node:path');

const here = path.join(__dirname, '..');
const manifest = path.join(here, 'package.json');

/** `linux-x64-gnu` → what npm compares with the machine. */
function machine(target) {
  const [os, cpu, libc] = target.split('-');
  const names = { gnu: 'glibc', musl: 'musl' };
  return { os: [os], cpu: [cpu], ...(names[libc] ? { libc: [names[libc]] } : {}) };
}

function pack(main, target, addons, out) {
  const file = `${main.napi.binaryName}.${target}.node`;
  const directory = path.join(out, target);
  fs.mkdirSync(directory, { recursive: true });
  fs.copyFileSync(path.join(addons, file), path.join(directory, file));
  for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE']) {
    fs.copyFileSync(path.join(here, '..', '..', licence), path.join(directory, licence));
  }
  const { version, license, engines } = main;
  const description = `The native part of ${main.name} for ${target}`;
  const name = `@${main.name}/${target}`;
  const own = { name, version, description, license, engines, ...machine(target), main: file, files: [file, 'LICENSE-MIT', 'LICENSE-APACHE'] };
  fs.writeFileSync(path.join(directory, 'package.json'), `${JSON.stringify(own, null, 2)}\n`);
  return name;
}

const [addons, out = path.join(here, 'npm')] = process.argv.slice(2);
if (!addons) {
  process.stderr.write('Usage: node scripts/platforms.cjs <directory with *.node> [<where to put the packages>]\n');
  process.exit(2);
}
const main = JSON.parse(fs.readFileSync(manifest, 'utf8'));
const missing = main.napi.targets.filter((target) => !fs.existsSync(path.join(addons, `${main.napi.binaryName}.${target}.node`)));
if (missing.length > 0) {
  process.stderr.write(`There is no addon for ${missing.join(', ')}\n`);
  process.exit(1);
}
const names = main.napi.targets.map((target) => pack(main, target, addons, out));
main.optionalDependencies = Object.fromEntries(names.map((name) => [name, main.version]));
// The addon of this machine is in a package of its own.
main.files = main.files.filter((pattern) => pattern !== '*.node');
delete main.scripts.prepack;
fs.writeFileSync(manifest, `${JSON.stringify(main, null, 2)}\n`);
