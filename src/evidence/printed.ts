/** What a command printed by the time it ended or was ended. */
export type Printed = {
  readonly output: Buffer;
  /** The beginning of its standard error. */
  readonly complaint: string;
  /** Why it was cut short; undefined where it ended by itself. */
  readonly cut: string | undefined;
};

/** More than any host prints; a host that prints without end is cut here, and known to be cut. */
const mostOutput = 256 * 1024 * 1024;

/** Room for what `ssh -v` says before what matters. */
const mostComplaint = 64 * 1024;

/** Collects what a command prints, until it ends, a signal ends it, or it has printed too much. */
export class Collector {
  readonly #chunks: Buffer[] = [];
  readonly #stop: () => void;
  #release: () => void = () => undefined;
  #length = 0;
  #complaint = '';
  #cut: string | undefined;

  /** @param stop ends the command; what was collected stays */
  constructor(stop: () => void) {
    this.#stop = stop;
  }

  /** Ends the command when the signal comes, or now where it has come. */
  until(signal: AbortSignal): void {
    const aborted = () => this.end(signal.reason instanceof Error ? signal.reason.message : 'ended');
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
    this.#release = () => signal.removeEventListener('abort', aborted);
  }

  /** Why it was cut short; undefined as long as it was not. */
  get cut(): string | undefined {
    return this.#cut;
  }

  /** Takes a piece of standard output. */
  readonly output = (chunk: Buffer): void => {
    if (this.#cut !== undefined) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > mostOutput) this.end(`it printed more than ${mostOutput / 1024 / 1024} MiB`);
  };

  /** Takes a piece of standard error. */
  readonly complaint = (chunk: Buffer): void => {
    if (this.#complaint.length < mostComplaint) this.#complaint += chunk.toString('utf8');
  };

  /** Ends the command before its time. */
  end(why: string): void {
    this.#cut ??= why;
    this.#stop();
  }

  /** Everything that came; the signal counts no more. */
  printed(): Printed {
    this.release();
    return { output: Buffer.concat(this.#chunks), complaint: this.#complaint, cut: this.#cut };
  }

  /** The signal counts no more. */
  release(): void {
    this.#release();
  }
}
