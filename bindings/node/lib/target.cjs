'use strict';

/** The name of this machine among the targets in package.json, for example `linux-x64-gnu`. */
function target() {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  /** @type {any} */
  const report = process.report?.getReport();
  return `${platform}-${arch}-${report?.header?.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

module.exports = { target };
