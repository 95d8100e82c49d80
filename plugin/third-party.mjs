// Writes THIRD-PARTY.md: what of others is in the addon, and their licenses.
//
//   node third-party.mjs                  writes it
//   node third-party.mjs --check          writes nothing; fails if it is not what Cargo.lock says
//   node third-party.mjs --package NAME   prints that of another package of the workspace, such as openclaw-prometheus-cli
//   node third-party.mjs --target TRIPLE  prints that for another target
//
// The crates are those that are linked for one target, Linux on x64 if none is named; what runs at build time (build scripts,
// procedural macros) is not part of the addon. License texts are read from the crates' own archives. Of several licenses to
// choose from the first in LICENSES is taken. A crate without a license of that list, or without its text, fails with a sentence.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The licenses that we accept, and how their texts are known. Of the first one text is enough: it names no one. */
const LICENSES = {
  'Apache-2.0': /Apache License\s+Version 2\.0, January 2004/,
  MIT: /Permission is hereby granted, free of charge, to any\s+person/,
  ISC: /Permission to use, copy, modify, and\/or distribute this software/,
  'BSD-3-Clause': /Redistribution and use in source and binary forms[^]*3\. Neither the name/,
  Zlib: /This software is provided 'as-is', without any express or implied/,
};
const SHARED = 'Apache-2.0';

/** Crates whose archive has no text, with the copyright lines of the one in their repository; it is the usual one. */
const COPYRIGHTS = {
  napi: ['Copyright (c) 2020 LongYinan', 'Copyright (c) 2018 GitHub'],
  'napi-sys': ['Copyright (c) 2020 LongYinan', 'Copyright (c) 2018 GitHub'],
};

export const ADDON = 'openclaw-prometheus-node';
const LINUX = 'x86_64-unknown-linux-gnu';
const here = dirname(fileURLToPath(import.meta.url));

function cargo(...parameters) {
  return execFileSync('cargo', parameters, { cwd: here, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The crates that are linked into a package of ours, ours left out. */
function crates(name, target) {
  const shape = ['--edges', 'normal,no-proc-macro', '--prefix', 'none', '--format', '{p}'];
  const tree = cargo('tree', '--locked', '--package', name, '--target', target, ...shape);
  const linked = new Set(tree.split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')));
  const { packages } = JSON.parse(cargo('metadata', '--locked', '--format-version', '1', '--filter-platform', target));
  return packages.filter((crate) => crate.source !== null && linked.has(`${crate.name} v${crate.version}`))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
}

/** Those licenses of an expression that are taken: one of each `OR`, all of each `AND`; null if there are none in the list. */
export function chosen(expression) {
  const tokens = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g) ?? [];
  const rank = (names) => Math.max(...names.map((name) => Object.keys(LICENSES).indexOf(name)));
  function list(word, next, join) {
    let taken = next();
    while (tokens[0] === word) {
      tokens.shift();
      taken = join(taken, next());
    }
    return taken;
  }
  const all = () => list('AND', one, (left, right) => left && right && [...left, ...right]);
  const any = () => list('OR', all, (left, right) => (!left || (right && rank(right) < rank(left)) ? right : left));
  function one() {
    const token = tokens.shift();
    if (token === '(') {
      const within = any();
      tokens.shift();
      return within;
    }
    if (tokens[0] !== 'WITH') return Object.hasOwn(LICENSES, token) ? [token] : null;
    // A license with an exception is another license.
    tokens.splice(0, 2);
    return null;
  }
  return any();
}

/** A crate's text of a license, in two parts: whose it is, and what is said. None if its archive has none. */
function textOf(crate, license) {
  const folder = dirname(crate.manifest_path);
  const names = readdirSync(folder).filter((name) => /^(un)?licen[sc]e|^copying/i.test(name)).sort();
  const text = names.map((name) => readFileSync(join(folder, name), 'utf8')).find((text) => LICENSES[license].test(text));
  if (text === undefined) return null;
  const copyright = [], terms = [];
  // What comes after the end of the first license shows how to apply it.
  for (const line of text.split(/\n\s*END OF TERMS AND CONDITIONS/)[0].split(/\r?\n/)) {
    const plain = line.replace(/^\/\/ ?/, '').trimEnd();
    if (license !== SHARED && /^(Copyright|\(C\)) /.test(plain)) copyright.push(plain);
    else if (!/^(The )?MIT License( \(MIT\))?$/.test(plain)) terms.push(plain);
  }
  return { copyright, terms: terms.join('\n').replace(/^\n+|\n+$/g, '').replace(/\n{3,}/g, '\n\n') };
}

/** The wordings of a license, each with whose it is, the most usual first. */
function wordings(license, crates) {
  const found = new Map();
  const without = [];
  for (const crate of crates.filter(({ licenses }) => licenses.includes(license))) {
    const text = textOf(crate, license);
    if (text === null) {
      without.push(crate);
      continue;
    }
    const key = text.terms.replace(/\s+/g, ' ');
    const same = found.get(key) ?? found.set(key, { terms: text.terms, of: [] }).get(key);
    same.of.push([crate.name, text.copyright]);
  }
  const sorted = [...found.values()].sort((a, b) => b.of.length - a.of.length);
  const usual = sorted[0];
  for (const { name, version, repository } of without) {
    const copyright = license === SHARED ? [] : COPYRIGHTS[name];
    if (usual === undefined || copyright === undefined) {
      throw new Error(`${name} ${version}: its archive has no text of ${license}; ` +
        `if that of ${repository} is the usual one, add its copyright lines to COPYRIGHTS of plugin/third-party.mjs`);
    }
    usual.of.push([name, copyright]);
  }
  return license === SHARED ? sorted.slice(0, 1) : sorted;
}

/** What is to be said of a package that is linked for a target. */
export function notice(name, target = LINUX) {
  const all = crates(name, target).map((crate) => {
    const licenses = crate.license && chosen(crate.license);
    if (!licenses) {
      throw new Error(`${crate.name} ${crate.version}: its license, ${crate.license ?? 'none'}, is none of ` +
        `${Object.keys(LICENSES).join(', ')}; do without it, or accept it in LICENSES of plugin/third-party.mjs`);
    }
    return { ...crate, licenses };
  });
  const rows = all.map(({ name, version, repository, licenses }) =>
    `| [${name}](${repository ?? `https://crates.io/crates/${name}`}) | ${version} | ${licenses.join(' and ')} |`);
  const sections = Object.keys(LICENSES).flatMap((license) => wordings(license, all).map(({ terms, of }) => {
    const whose = license === SHARED ? [] : of.map(([name, copyright]) => `- ${name}${copyright.map((line) => `  \n  ${line}`).join('')}`);
    return [`## ${license}`, ...(whose.length > 0 ? [whose.join('\n')] : []), `\`\`\`text\n${terms}\n\`\`\``].join('\n\n');
  }));
  const page = readFileSync(join(here, '../ui/THIRD-PARTY.md'), 'utf8').replace(/^# .*\n+/, '').trim();
  return `# Parts of others in ${name === ADDON ? 'the addon' : name}

Linked for \`${target}\`: these crates, under the license named here, whose texts are below; and the standard library of
[Rust](https://github.com/rust-lang/rust), under Apache-2.0. Written by \`plugin/third-party.mjs\`.

| crate | version | license |
|---|---|---|
${rows.join('\n')}

## The live page

${page}

${sections.join('\n\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, package: { type: 'string' }, target: { type: 'string' } } });
  const file = join(here, 'THIRD-PARTY.md');
  try {
    const text = notice(values.package ?? ADDON, values.target);
    if (values.package ?? values.target) process.stdout.write(text);
    else if (!values.check) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) throw new Error('plugin/THIRD-PARTY.md is old: run `node third-party.mjs` in plugin');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
