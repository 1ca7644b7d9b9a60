import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/errors/explainer.ts';
import { details } from '../../src/errors/details.ts';

describe('details', () => {
  it('says what the server saw', () => {
    expect(details('FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "dms", database "app", no encryption')).toBe(
      'The server saw the address 10.0.0.9, the user dms, the database app.',
    );
    expect(details('no pg_hba.conf entry for replication connection from host "10.0.0.9", user "dms", SSL off')).toBe(
      'The server saw the address 10.0.0.9, the user dms.',
    );
  });

  it('says what the client tried, in the words of old and new clients', () => {
    expect(details('connection to server at "db.example" (10.0.0.5), port 5432 failed: timeout expired')).toBe(
      'The client tried db.example (10.0.0.5), port 5432.',
    );
    expect(
      details(
        'Is the server running on host "db.example" (10.0.0.5) and accepting\n\tTCP/IP connections on port 5433?',
      ),
    ).toBe('The client tried db.example (10.0.0.5), port 5433.');
  });

  it('says nothing where nothing is said', () => {
    expect(details('timeout expired')).toBe('');
  });

  it('comes first in the explanation', () => {
    const text = 'FATAL:  pg_hba.conf rejects connection for host "10.0.0.9", user "dms", database "app", SSL on';
    expect(explainText(text)[0]?.cause).toMatch(/^The server saw the address 10\.0\.0\.9, /);
  });
});
