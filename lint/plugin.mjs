/**
 * The project's own lint rules: which part may import which (`arrows`), and which parts may touch no clock, process,
 * network or file (`pure`). The table below is the map; docs/architecture.md draws it.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Small pure words that every part above the engines speaks. */
const words = [
  'src/layers.ts',
  'src/flow.ts',
  'src/finding.ts',
  'src/report.ts',
  'src/exit-code.ts',
  'src/address.ts',
  'src/shell.ts',
  'src/sql.ts',
];
/** The pure half of evidence: what items are and how they are parsed; gathering them is the other half. */
const items = ['src/evidence/item.ts', 'src/evidence/items.ts', 'src/evidence/reader.ts', 'src/evidence/parse/', 'src/evidence/network/'];
const engines = ['src/netfilter/', 'src/hba/', 'src/vpc/'];

/**
 * For each part: the parts that it may import beside itself, and whether it is pure. The first entry that a file's path
 * begins with counts.
 */
export const parts = [
  { part: 'src/netfilter/', may: [], pure: true },
  { part: 'src/hba/', may: [], pure: true },
  { part: 'src/vpc/', may: [], pure: true },
  ...words.map((part) => ({ part, may: words, pure: true })),
  { part: 'src/errors/', may: words, pure: true },
  { part: 'src/findings/page.ts', may: [], pure: false },
  { part: 'src/findings/', may: words, pure: true },
  ...items.map((part) => ({ part, may: [...words, ...items, ...engines], pure: true })),
  { part: 'src/evidence/patch.ts', may: [...words, ...items], pure: true },
  { part: 'src/evidence/derive-flow.ts', may: [...words, ...items, ...engines], pure: true },
  { part: 'src/evidence/', may: [...words, ...items, ...engines, 'src/evidence/'], pure: false },
  { part: 'src/probes/', may: [...words, ...items, ...engines, 'src/findings/', 'src/errors/'], pure: true },
  { part: 'src/judging/', may: [...words, ...items, 'src/probes/probe.ts'], pure: true },
  { part: 'src/judge.ts', may: [...words, ...items, 'src/findings/', 'src/probes/', 'src/judging/'], pure: true },
  { part: 'src/plan-order.ts', may: words, pure: true },
  { part: 'src/plan.ts', may: [...words, ...items, 'src/evidence/patch.ts', 'src/judge.ts', 'src/plan-order.ts'], pure: true },
  { part: 'src/excerpts.ts', may: [...words, ...items], pure: true },
  { part: 'src/check.ts', may: [...words, ...items, 'src/judge.ts', 'src/plan.ts', 'src/excerpts.ts'], pure: true },
  { part: 'src/report/', may: [...words, 'src/errors/cause.ts'], pure: true },
  { part: 'src/commands/', may: ['src/'], pure: false },
  { part: 'src/index.ts', may: ['src/'], pure: false },
  {
    part: 'src/options/',
    may: [...words, 'src/commands/', 'src/findings/', 'src/report/index.ts'],
    pure: false,
  },
  {
    part: 'src/cli.ts',
    may: [...words, 'src/options/', 'src/commands/', 'src/report/plain.ts'],
    pure: false,
  },
];

/** Packages that a pure part may use: they compute, and touch nothing. */
const purePackages = ['node:buffer', 'valibot', 'ipaddr.js', 'fast-string-width', 'wrap-ansi'];

const within = (file, part) => (part.endsWith('/') ? file.startsWith(part) : file === part);
const partOf = (file) => parts.find(({ part }) => within(file, part));
const relative = (file) => path.relative(root, file).split(path.sep).join('/');

const arrows = {
  create(context) {
    const file = relative(context.filename);
    const own = partOf(file);
    if (own === undefined) {
      if (!file.startsWith('src/')) return {};
      return {
        Program: (node) => context.report({ node, message: `${file} belongs to no part: name it in lint/plugin.mjs` }),
      };
    }
    const look = (node, source) => {
      if (typeof source !== 'string') return;
      if (!source.startsWith('.')) {
        if (own.pure && !purePackages.includes(source))
          context.report({ node, message: `${own.part} is pure: it may not import ${source}` });
        return;
      }
      const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), source));
      if (within(target, own.part) || own.may.some((part) => within(target, part))) return;
      context.report({ node, message: `${own.part} may not import ${target}: arrows run one way (lint/plugin.mjs)` });
    };
    return {
      ImportDeclaration: (node) => look(node, node.source.value),
      ExportNamedDeclaration: (node) => node.source && look(node, node.source.value),
      ExportAllDeclaration: (node) => look(node, node.source.value),
      ImportExpression: (node) => look(node, node.source.value),
    };
  },
};

const objects = { process: undefined, console: undefined, performance: undefined, Date: 'now', Math: 'random' };
const calls = ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'require'];

const pure = {
  create(context) {
    const file = relative(context.filename);
    const own = partOf(file);
    if (!own?.pure) return {};
    const refuse = (node, what) =>
      context.report({ node, message: `${own.part} is pure: ${what} is out of its reach` });
    return {
      MemberExpression(node) {
        if (node.object.type !== 'Identifier' || !Object.hasOwn(objects, node.object.name)) return;
        const member = objects[node.object.name];
        if (member === undefined || node.property.name === member)
          refuse(node, `${node.object.name}.${node.property.name}`);
      },
      CallExpression(node) {
        if (node.callee.type === 'Identifier' && calls.includes(node.callee.name))
          refuse(node, `${node.callee.name}()`);
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date') refuse(node, 'the clock');
      },
      NewExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0)
          refuse(node, 'the clock');
      },
    };
  },
};

export default { meta: { name: 'dms-doctor' }, rules: { arrows, pure } };
