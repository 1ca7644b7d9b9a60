import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { RawFile } from '../../src/evidence/bundle.ts';
import { evidenceFrom, filesOf } from '../support/bundles.ts';

/** A recorded bundle with AWS's answers in folders of accounts, and no checksums that know their old names. */
function inFolders(place: (file: string) => string): Map<string, RawFile> {
  const files = [...filesOf('closed-security-group')].map(([name, file]): [string, RawFile] => {
    if (name === 'bundle.json') {
      const { items: _, ...manifest } = JSON.parse(Buffer.from(file.bytes).toString()) as { items?: unknown };
      return [name, { ...file, bytes: Buffer.from(JSON.stringify(manifest)) }];
    }
    return [name.startsWith('aws/') ? place(name.slice('aws/'.length)) : name, file];
  });
  return new Map(files);
}

const own = '111122223333/eu-west-1';
const statuses = (files: Map<string, RawFile>) => check(evidenceFrom(files)).layers;
const flat = statuses(inFolders((file) => `aws/${file}`));

describe('answers of AWS in folders of accounts', () => {
  test('the one whose DMS has the endpoint is the connection’s own', () => {
    const files = inFolders((file) => `aws/${own}/${file}`);
    expect(statuses(files)).toEqual(flat);
    expect(flat).toContainEqual({ layer: 'security-group', status: 'block' });
    expect(evidenceFrom(files).notes.join('\n')).toContain(`aws/${own}/`);
  });

  test('another account beside it does not stand in for it', () => {
    const files = inFolders((file) => `aws/${own}/${file}`);
    files.set('aws/999988887777/eu-west-1/describe-vpcs.json', { bytes: Buffer.from('{"Vpcs":[]}'), at: '' });
    expect(statuses(files)).toEqual(flat);
  });

  test('where two accounts have endpoints, none is chosen', () => {
    const files = inFolders((file) => `aws/${own}/${file}`);
    files.set('aws/999988887777/eu-west-1/describe-endpoints.json', { bytes: Buffer.from('{"Endpoints":[]}'), at: '' });
    expect([...evidenceFrom(files).items.keys()].filter((name) => /^aws\/[^/]+$/.test(name))).toEqual([]);
    expect(statuses(files)).toContainEqual({ layer: 'target', status: 'unknown' });
  });
});
