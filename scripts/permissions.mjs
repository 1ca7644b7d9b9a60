/**
 * Writes the AWS part of docs/permissions.md from the calls that gathering makes: the least policy that reads, and apart
 * from it the one action that acts.
 *
 *   node scripts/permissions.mjs [FILE]           writes it
 *   node scripts/permissions.mjs --check [FILE]   exits 1 where FILE is not what would be written
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const file = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? join(root, 'docs/permissions.md');
const text = await readFile(file, 'utf8');
const [begin, end] = ['\n## AWS\n', '\n## The source host\n'];
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`${file}: where the AWS part begins and ends cannot be told`);
const wanted = `${text.slice(0, from)}${begin}\n${await awsPart()}${text.slice(to)}`;
if (!check) {
  await writeFile(file, wanted);
} else if (text !== wanted) {
  console.error(`${file} is stale: run "node scripts/permissions.mjs"`);
  process.exitCode = 1;
}

async function awsPart() {
  const { awsActions, testAction } = await calls();
  const policy = (sid, actions) =>
    JSON.stringify(
      { Version: '2012-10-17', Statement: [{ Sid: sid, Effect: 'Allow', Resource: '*', Action: actions }] },
      null,
      2,
    );
  return `The answers under \`aws/\` are had with these actions, which only read (\`Resource: "*"\`: EC2's Describe calls cannot be
narrowed). Each one that is missing costs the layers that rest on it, and the report names it.

\`\`\`json
${policy('DmsDoctorRead', awsActions)}
\`\`\`

Who asks is looked up with \`sts:GetCallerIdentity\`, which needs no permission. A source in another account needs the \`ec2:\`
actions there, for a second \`--profile\`.

One call acts, and only with \`--test-connection\`: DMS then opens a connection from the replication instance and keeps its
result in the place of the last one. Give it for the endpoint and the instance in question:

\`\`\`json
${policy('DmsDoctorTestConnection', [testAction])}
\`\`\`
`;
}

/** The list of calls, bundled from its TypeScript. */
async function calls() {
  const directory = await mkdtemp(join(tmpdir(), 'dms-doctor-permissions-'));
  try {
    const outfile = join(directory, 'calls.mjs');
    const source = join(root, 'src/evidence/aws/calls.ts');
    await build({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
