import fc from 'fast-check';

/*
 * In CI every property is tried with the same values each time, so that a change is judged by what it changes; elsewhere
 * with others each time, which is where new counterexamples come from. STRATA_SEED repeats a run.
 */
const { CI, STRATA_SEED } = process.env;
const seed = STRATA_SEED ?? (CI === undefined || CI === '' ? undefined : '1');
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
