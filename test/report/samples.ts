/** How many runs a property test makes: what it asks for, times SAMPLES. */
export function samples(runs: number): { numRuns: number } {
  return { numRuns: runs * Number(process.env['SAMPLES'] ?? 1) };
}
