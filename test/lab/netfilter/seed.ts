/**
 * The seed of the generated rulesets. It is fixed, so that whether a change lands does not depend on what was drawn;
 * `SEED=random` draws a new one, which every test prints, and `SEED=N` repeats one.
 */
export const SEED =
  process.env.SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(process.env.SEED ?? 20_261_122);

/** Whether the counts that the tests promise can be asked of this run. */
export const SEED_IS_FIXED = process.env.SEED === undefined;
