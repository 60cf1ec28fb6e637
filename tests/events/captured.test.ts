/** What is shown of each type of event was captured, and still is what the gateway may send. */
import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { eventNames } from '../../events/names.ts';
import { eventTypes } from '../../events/registry.ts';
import { readCaptured } from '../../scripts/capture/captured.ts';
import { provocations } from '../../scripts/capture/provocations.ts';
import { createJudge } from '../../simulators/ioc/judge.ts';
import { loadSchemas } from '../../simulators/ioc/schemas.ts';
import { projectFile } from '../support/resources.ts';

const captured = await readCaptured();
const check = await loadSchemas(projectFile('events', 'schemas'));

it('is one of every type', () => {
  const missing = eventNames
    .filter(name => !captured.has(name))
    .map(name =>
      provocations[name] === undefined
        ? `${name} has no capture: say in scripts/capture/provocations.ts what makes it happen, then run "npm run capture -- ${name}" and "npm run generate"`
        : `${name} has no capture: run "npm run capture -- ${name}" and "npm run generate"`,
    );
  expect(missing).toEqual([]);
});

it('is of no type that there is not', () => {
  const unknown = [...captured.keys(), ...Object.keys(provocations)].filter(name => !eventTypes.has(name));
  expect(unknown, 'remove them from scripts/capture/provocations.ts and run "npm run capture"').toEqual([]);
});

describe.each([...captured])('the capture of %s', (name, { topic, retained, event }) => {
  it('is a CloudEvent', () => {
    expect(new CloudEvent(event, true).validate()).toBe(true);
  });

  it('fits the schema of its type and stands under its topic', () => {
    const judge = createJudge({ check, from: 'first-seen' });
    judge.receive({ topic, retained, body: Buffer.from(JSON.stringify(event)), at: 0 });
    const again = `run "npm run capture -- ${name}" and "npm run generate"`;
    expect([...judge.report(0).invalid], again).toEqual([]);
    expect(event.type, again).toMatch(new RegExp(`^vn\\.ioc\\.${name.replaceAll('.', '\\.')}\\.v\\d+$`));
    expect(topic.split('/')[5], again).toBe(eventTypes.get(name)?.lane);
  });

  it('is retained where it is a state, and tells nobody to go out', () => {
    expect(retained).toBe(topic.includes('/state/'));
    expect(event['eventstatus']).toBe('simulated');
  });
});
