/**
 * How much of the fault suite is wanted (README.md beside it): the short form within `npm test`, the long one by
 * `npm run test:faults`.
 */
const isLong = process.env['HAIDANG_FAULTS'] === 'long';

export const inForm = <T>(amounts: { readonly short: T; readonly long: T }): T =>
  isLong ? amounts.long : amounts.short;

/** What random choices begin from; a failure names it, and `HAIDANG_SEED` repeats it. */
export const seed = Number(process.env['HAIDANG_SEED'] ?? 20_261_126);

/** A line for whoever wants to know how much was tried; vitest shows what a test prints only when it fails or is asked. */
export const tell = (line: string): void => void process.stdout.write(`\n${line}\n`);
