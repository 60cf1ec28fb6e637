/** Every type of event that the registry knows leaves a really running gateway, once it is provoked. */
import { expect, test } from 'vitest';
import { eventNames } from '../../events/names.ts';
import { capture } from '../../scripts/capture/capture.ts';
import { createJudge } from '../../simulators/ioc/judge.ts';
import { loadSchemas } from '../../simulators/ioc/schemas.ts';
import { missingPrograms, projectFile } from '../support/resources.ts';

const skipped = missingPrograms('ffmpeg', 'mosquitto', 'mosquitto_sub');

test.skipIf(skipped !== undefined)(
  'a gateway sends every type of event that there is, each as its schema says',
  { timeout: 420_000 },
  async () => {
    const { captured, missing, recorded, output } = await capture();
    expect(Object.fromEntries(missing), output).toEqual({});
    expect([...captured.keys()].toSorted()).toEqual([...eventNames].toSorted());
    const judge = createJudge({ check: await loadSchemas(projectFile('events', 'schemas')), from: 'one' });
    for (const { topic, retained, event } of recorded)
      judge.receive({ topic, retained, body: Buffer.from(JSON.stringify(event)), at: Date.now() });
    expect(Object.fromEntries(judge.report(Date.now()).invalid)).toEqual({});
  },
);
