/** The keys that a log-in offers: of the agent, and of the files that `ssh_config` names. */
import { readFile } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import type { Terminal } from '../terminal.ts';
import type { HostConfig } from './config.ts';
import { fingerprint, keyType } from './known-hosts.ts';

/** One public key that can be offered, and how a challenge is signed with its private half. */
export type Offer = {
  /** How it is called in messages: never a secret. */
  readonly name: string;
  readonly key: ParsedKey;
  readonly sign: (data: Buffer, hash: string | undefined) => Promise<Buffer>;
};

/** What there is to offer; `notes`: what could not be used, and why. */
export type Offers = { readonly offers: readonly Offer[]; readonly notes: readonly string[] };

/** In the order in which OpenSSH offers them: the agent's that are named in `ssh_config`, its others, the files'. */
export async function offersFor(
  config: HostConfig,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Offers> {
  const notes: string[] = [];
  const files = (await Promise.all(config.identityFiles.map((file) => fromFile(file, terminal, signal)))).flatMap(
    (one) => {
      if (typeof one === 'string') notes.push(one);
      return typeof one === 'object' ? [one] : [];
    },
  );
  const inAgent = config.agent === undefined ? [] : await fromAgent(config.agent, notes);
  const named = inAgent.filter((offer) => files.some((file) => same(offer, file)));
  const others = config.identitiesOnly ? [] : inAgent.filter((offer) => !named.includes(offer));
  const rest = files.filter((file) => !inAgent.some((offer) => same(offer, file)));
  return { offers: [...named, ...others, ...rest], notes };
}

const same = (a: Offer, b: Offer) => a.key.getPublicSSH().equals(b.key.getPublicSSH());

async function fromAgent(socket: string, notes: string[]): Promise<Offer[]> {
  const agent = ssh2.createAgent(socket);
  const keys = await new Promise<ParsedKey[]>((resolve) => {
    agent.getIdentities((error, found) => {
      if (error) notes.push(`the SSH agent did not answer (${error.message})`);
      resolve((found ?? []).flatMap((one) => parsed(one as ParsedKey) ?? []));
    });
  });
  return keys.map((key) => ({
    name: `agent key ${fingerprint(key.getPublicSSH())}`,
    key,
    sign: (data, hash) =>
      new Promise((resolve, reject) => {
        agent.sign(key, data, hash === undefined ? {} : { hash: hash as 'sha256' }, (error, signature) => {
          if (signature === undefined) reject(error ?? new Error('the agent did not sign'));
          else resolve(signature);
        });
      }),
  }));
}

/** A file's key; undefined where there is no such file, a sentence where it cannot be used. */
async function fromFile(
  file: string,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<Offer | string | undefined> {
  const text = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error)
    return text.code === 'ENOENT' || text.code === 'ENOTDIR' ? undefined : `${file}: cannot be read (${text.code})`;
  const plain = parsed(text);
  if (plain?.isPrivateKey() === true)
    return { name: file, key: plain, sign: (data, hash) => Promise.resolve(signed(plain, data, hash)) };
  const beside = await readFile(`${file}.pub`).catch(() => undefined);
  const key =
    (beside === undefined ? undefined : parsed(beside)) ?? parsed(publicPart(text.toString('latin1'))) ?? plain;
  if (key === undefined) return `${file}: not a private key that can be read here`;
  let known: ParsedKey | undefined;
  return {
    name: file,
    key,
    sign: async (data, hash) => {
      known ??= await unlocked(file, text, terminal, signal);
      return signed(known, data, hash);
    },
  };
}

const mostTries = 3;

/** Asks for the passphrase only once the server has said that it takes the key, as OpenSSH does. */
async function unlocked(
  file: string,
  text: Buffer,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Promise<ParsedKey> {
  if (terminal === undefined)
    throw new Error(
      `${file} has a passphrase, and there is no terminal to ask for it: add the key to an agent (ssh-add)`,
    );
  for (let tried = 0; tried < mostTries; tried += 1) {
    const passphrase = await terminal.ask(`Passphrase of ${file}: `, signal);
    if (passphrase === undefined) break;
    const key = parsed(text, passphrase);
    if (key?.isPrivateKey() === true) return key;
  }
  throw new Error(`${file} was not unlocked: the passphrase was not the right one`);
}

function parsed(text: Buffer | string | ParsedKey, passphrase?: string): ParsedKey | undefined {
  const key = ssh2.utils.parseKey(text, passphrase);
  const [first] = Array.isArray(key) ? key : [key];
  return first instanceof Error ? undefined : first;
}

function signed(key: ParsedKey, data: Buffer, hash: string | undefined): Buffer {
  const signature = key.sign(data, hash) as Buffer | Error;
  if (signature instanceof Error) throw signature;
  return signature;
}

/**
 * The public key that an OpenSSH private key file holds in clear beside the encrypted part (PROTOCOL.key), as a line of
 * `authorized_keys`; empty where the file is of another kind.
 */
function publicPart(text: string): string {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic) return '';
  let at = magic.length;
  const next = () => {
    if (at + 4 > bytes.length) return Buffer.alloc(0);
    const length = bytes.readUInt32BE(at);
    const part = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return part;
  };
  next();
  next();
  next();
  at += 4;
  const blob = next();
  return blob.length === 0 ? '' : `${keyType(blob)} ${blob.toString('base64')}`;
}
