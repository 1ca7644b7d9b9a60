// Puts the demo's own output into README.md: the path, the verdict and the first wall. `npm start` shows all of it.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = execFileSync(process.execPath, ['bin/dms-doctor.js', 'demo', '--no-color'], {
  cwd: root,
  encoding: 'utf8',
});
const lines = output.split('\n');
const first = lines.findIndex((line) => line.startsWith('  replication instance'));
const last = lines.findIndex((line, index) => index > first && line.startsWith('✗ pg-hba HBA'));
const block = lines.slice(first, last).join('\n').trimEnd();

const file = `${root}README.md`;
const readme = readFileSync(file, 'utf8');
const [before, rest] = readme.split(/(?<=<!-- demo: begin [^\n]*-->\n)/);
const after = rest.slice(rest.indexOf('<!-- demo: end -->'));
writeFileSync(file, `${before}\`\`\`\n${block}\n\`\`\`\n${after}`);
