import type { Argv } from 'yargs';

/**
 * Declares one command: its options, and what runs where it is called.
 *
 * @param parser what is declared on
 * @param name the word that calls the command, or `$0` where it is the only one
 * @param set takes the exit code of a finished run
 */
export type Declare = (parser: Argv, name: string, set: (code: number) => void) => unknown;
