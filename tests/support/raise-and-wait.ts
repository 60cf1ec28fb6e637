/** Raises a condition in the outbox of a folder, says so, and waits to be killed. */
import { exampleSite } from '../../events/example-site.ts';
import { createSealer } from '../../gateway/runtime/create-sealer.ts';
import { openPipelines } from '../../gateway/runtime/pipeline.ts';
import { calling, say, start } from './calling.ts';
import { openTestOutbox } from './outbox.ts';

const { outbox } = await openTestOutbox(process.argv[2] ?? '');
const pipelines = await openPipelines({
  pipelines: [{ name: 'sea', from: ['ais-1'], stages: [{ stage: 'calling' }] }],
  site: exampleSite,
  outbox,
  sealer: createSealer(exampleSite),
  clock: { now: () => start, steady: () => 0 },
  timeQuality: () => 'ntp',
  log: { info: () => {}, warn: () => {}, error: () => {} },
  count: () => {},
  stages: [calling],
});
await pipelines.accept('ais-1', {
  items: [say(0)],
  settle: failure => {
    if (failure !== undefined) throw failure;
    process.stdout.write('raised\n');
  },
});
