import type { AnyAuthMethod, AuthHandlerMiddleware, NextAuthHandler, ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import type { Terminal } from '../terminal.ts';
import type { Offer, Offers } from './keys.ts';

/** The log-in of one host: ssh2's handler, and what was tried, for the message where all of it failed. */
export type Authentication = {
  readonly handler: AuthHandlerMiddleware;
  /** What the server takes, as far as it said so. */
  readonly taken: () => readonly string[];
  /** What was tried and why it failed, in words; never a secret. */
  readonly story: () => string;
};

const mostTries = 3;

/**
 * Logs in as OpenSSH does: keys first, then what a person answers on a terminal. A server that wants several of them in turn
 * is answered in turn.
 *
 * @param place `user@host`, for the questions
 */
export function authentication(
  place: string,
  user: string,
  given: Offers,
  terminal: Terminal | undefined,
  signal: AbortSignal,
): Authentication {
  const waiting = [...given.offers];
  const told = [...given.notes];
  let left: readonly string[] | undefined;
  let isTaken = false;
  let interactive = terminal === undefined ? 0 : 1;
  let passwords = terminal === undefined ? 0 : mostTries;

  const next = async (): Promise<AnyAuthMethod | false> => {
    if (left === undefined) return { type: 'none', username: user };
    if (isTaken) {
      // The key was right and is not enough: ssh2 does not say what is wanted besides, but the server does when asked again.
      isTaken = false;
      waiting.length = 0;
      return { type: 'none', username: user };
    }
    const offer = left.includes('publickey') ? waiting.shift() : undefined;
    if (offer !== undefined) {
      told.push(`${offer.name} was offered`);
      const noted = {
        ...offer,
        sign: async (data: Buffer, hash: string | undefined) => {
          const signature = await offer.sign(data, hash);
          isTaken = true;
          return signature;
        },
      };
      return { type: 'agent', username: user, agent: new OneKey(noted, (why) => told.push(why)) };
    }
    if (terminal !== undefined && interactive > 0 && left.includes('keyboard-interactive')) {
      interactive -= 1;
      return { type: 'keyboard-interactive', username: user, prompt: answering(place, terminal, signal) };
    }
    if (terminal !== undefined && passwords > 0 && left.includes('password')) {
      passwords -= 1;
      const password = await terminal.ask(`Password of ${place}: `, signal);
      if (password !== undefined) return { type: 'password', username: user, password };
      passwords = 0;
    }
    return false;
  };
  const answer = async (done: NextAuthHandler) => {
    const method = await next().catch(() => false as const);
    left ??= [];
    done(method as AnyAuthMethod);
  };
  return {
    // It returns nothing: what it returned would be taken for the answer.
    handler: (methods, _partial, done) => {
      left = methods ?? left;
      void answer(done);
    },
    taken: () => left ?? [],
    story: () => {
      const takes = left === undefined || left.length === 0 ? '' : `the server takes ${left.join(', ')}; `;
      const wanted = left?.some((one) => one === 'password' || one === 'keyboard-interactive') === true;
      const nobody = terminal === undefined && wanted ? '; there is no terminal to ask for a password' : '';
      return `${takes}${told.length === 0 ? 'there was no key to offer' : told.join('; ')}${nobody}`;
    },
  };
}

/** Answers what a server asks. Servers ask again after a wrong answer, within one exchange. */
function answering(place: string, terminal: Terminal, signal: AbortSignal) {
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: readonly { readonly prompt: string }[],
    finish: (answers: string[]) => void,
  ): void => {
    const ask = async () => {
      const answers: string[] = [];
      for (const { prompt } of prompts) answers.push((await terminal.ask(`${place}: ${prompt}`, signal)) ?? '');
      return answers;
    };
    ask().then(finish, () => finish([]));
  };
}

/** An agent with one key: ssh2 offers its public half, and asks for a signature only where the server takes it. */
class OneKey extends ssh2.BaseAgent {
  readonly #offer: Offer;
  readonly #failed: (why: string) => void;
  constructor(offer: Offer, failed: (why: string) => void) {
    super();
    this.#offer = offer;
    this.#failed = failed;
  }
  getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    done(undefined, [this.#offer.key]);
  }
  override sign(
    _key: unknown,
    data: Buffer,
    options: { hash?: string } | ((error?: Error | null, signature?: Buffer) => void),
    done?: (error?: Error | null, signature?: Buffer) => void,
  ): void {
    const finish = typeof options === 'function' ? options : done;
    const hash = typeof options === 'function' ? undefined : options.hash;
    this.#offer.sign(data, hash).then(
      (signature) => finish?.(null, signature),
      (error: Error) => {
        this.#failed(error.message);
        finish?.(error);
      },
    );
  }
}
