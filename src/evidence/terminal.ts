/** The person at this machine's terminal. */
export type Terminal = {
  /**
   * Asks one question; what is typed is not shown.
   *
   * @param signal gives it up
   * @returns undefined where it was given up
   */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string | undefined>;
  /** Keeps the terminal and the clock still while another program asks. @returns ends that */
  readonly hold: () => () => void;
};
