import { expect, test } from 'vitest';
import { simulators } from '../../../simulators/registry.generated.ts';
import {
  parseScenario,
  readScenario,
  scenarioNames,
  summaryOf,
  variablesOf,
} from '../../../simulators/scenarios/scenario.ts';

const text = `
summary: One sensor.
devices:
  - id: air
    simulator: pms5003
    password: \${env:AIR_PASSWORD}
    connection: { transport: tcp-server, port: 4001 }
    faults:
      - { after: 30s, show: silent, for: 10s }
`;

test('the keys that are not of the scenario are left to the simulator', () => {
  expect(parseScenario(text, 'a.yaml', { AIR_PASSWORD: 'secret' }).devices).toEqual([
    {
      id: 'air',
      simulator: 'pms5003',
      faults: [{ after: 30_000, show: 'silent', for: 10_000 }],
      config: { password: 'secret', connection: { transport: 'tcp-server', port: 4001 } },
    },
  ]);
});

test('a variable that is not set is named', () => {
  expect(variablesOf(text)).toEqual(['AIR_PASSWORD']);
  expect(() => parseScenario(text, 'a.yaml', {})).toThrow('AIR_PASSWORD is not set');
});

test.each([
  ['a broken file', 'summary: [', 'a.yaml'],
  ['an unknown fault', text.replace('show: silent', 'show: explode'), 'devices.0.faults.0.show'],
  ['an unknown key', `${text}\nspeed: 3\n`, 'speed'],
  ['two devices of one name', text + text.split('devices:\n')[1], 'two devices are called air'],
])('%s is refused with its place', (_, broken, place) => {
  expect(() => parseScenario(broken, 'a.yaml', { AIR_PASSWORD: 'x' })).toThrow(place);
});

test('a scenario that is not there is answered with those that are', async () => {
  await expect(readScenario('nowhere')).rejects.toMatchObject({
    kind: 'config',
    advice: expect.stringContaining('sensor-station'),
  });
});

test('every scenario of the project fits the simulators it names', async () => {
  const names = await scenarioNames();
  expect(names.length).toBeGreaterThanOrEqual(4);
  for (const name of names) {
    const scenario = await readScenario(name);
    const environment = Object.fromEntries(variablesOf(scenario.text).map(variable => [variable, 'password']));
    expect(summaryOf(scenario.text)).toMatch(/\.$/);
    for (const device of parseScenario(scenario.text, scenario.file, environment).devices) {
      const simulator = simulators.find(known => known.name === device.simulator);
      expect(simulator?.schema.safeParse(device.config), `${name}: ${device.id}`).toMatchObject({ success: true });
    }
  }
});
