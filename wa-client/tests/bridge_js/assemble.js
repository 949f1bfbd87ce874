'use strict';

// Joins the script as `page/script.rs` does, from the list that stands there.

const fs = require('node:fs');
const path = require('node:path');

const PAGE = path.join(__dirname, '..', '..', 'src', 'page');

const LIMITS = { batch: 349_525, text: 65_536 };

function files() {
  const list = fs.readFileSync(path.join(PAGE, 'script.rs'), 'utf8');
  return [...list.matchAll(/include_str!\("(js\/[^"]+)"\)/g)].map(([, name]) => path.join(PAGE, name));
}

function assemble(config) {
  const body = files().map((name) => fs.readFileSync(name, 'utf8')).join('\n');
  return `(function (config) {\n'use strict';\n${body}\n})(${JSON.stringify({ overrides: null, limits: LIMITS, ...config })});\n`;
}

module.exports = { assemble, files };
