/**
 * `npm run capture [-- TYPE…]`: runs a gateway with everything around it, makes every type of event happen and writes
 * one message of each, as mosquitto_sub received it, to events/captured/.
 */
import { capture } from './capture/capture.ts';
import { writeCaptured } from './capture/captured.ts';

const main = async (): Promise<number> => {
  const began = performance.now();
  const captured = await capture({
    onCaptured: name =>
      process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}\n`),
  });
  for (const [name, message] of captured) await writeCaptured(name, message);
  return 0;
};
process.exitCode = await main();
