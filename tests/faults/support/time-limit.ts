import { minutes } from '../../../core/time.ts';

/** Ends the fault suite when it is not done in the time that it promises. */
export const setup = (): (() => void) => {
  const timer = setTimeout(() => {
    process.stderr.write('\nthe fault suite took longer than 20 minutes\n');
    process.exit(1);
  }, minutes(20));
  return () => clearTimeout(timer);
};
