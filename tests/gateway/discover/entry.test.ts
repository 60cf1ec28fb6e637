import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../config/load.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { connectionOf, signsOf } from '../../../gateway/discover/ear.ts';
import { type Entry, formatEntries } from '../../../gateway/discover/entry.ts';
import { siteSections } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/resources.ts';

const line = connectionOf('/dev/serial/by-path/platform-1', { baudRate: 9600 });
const entry = (parts: Partial<Entry>): Entry => ({
  name: 'pms5003',
  driver: 'pms5003',
  config: { connection: line },
  remarks: [],
  ...parts,
});

describe('entries of a configuration', () => {
  it('of every sign of every driver are taken by a configuration as they are printed', async () => {
    const entries = signsOf(drivers).map(
      ({ driver, sign }, index): Entry => ({
        name: driver.name,
        driver: driver.name,
        config: {
          ...sign.config,
          connection: connectionOf(`/dev/serial/by-path/platform-${index}`, sign.lines[0] ?? { baudRate: 9600 }),
        },
        ...(sign.toFill !== undefined && { toFill: sign.toFill }),
        remarks: ['seen: # a: - [b'],
      }),
    );
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'gateway.yaml');
    const sections = siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 });
    await writeFile(file, `${sections}\n${await formatEntries(entries)}`);
    const { config, problems } = await loadConfig(file);
    expect(problems).toEqual([]);
    expect(config?.devices).toHaveLength(entries.length);
    expect(entries.length).toBeGreaterThan(20);
  });

  it('have ids that no other has, made of any name', async () => {
    const text = await formatEntries(
      [entry({}), entry({}), entry({ name: 'Đầm Kim Long/1' }), entry({ name: '???' })],
      new Set(['pms5003']),
    );
    const ids = parse(text).devices.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['pms5003-2', 'pms5003-3', 'dam-kim-long-1', 'device']);
  });

  it('that a person has to complete stand behind the others as comments', async () => {
    const text = await formatEntries([
      entry({ name: 'draft', isDraft: true, remarks: ['seen'], toFill: { model: 'which' }, config: { model: 'a' } }),
      entry({ name: 'ready' }),
    ]);
    expect(parse(text).devices).toHaveLength(1);
    expect(text.slice(text.indexOf('# seen'))).toBe(
      '# seen\n#  - id: draft\n#    driver: pms5003\n#    model: a # which\n',
    );
  });

  it('keep what a device calls itself inside their comments', async () => {
    const text = await formatEntries([entry({ remarks: ['a\n- id: evil\u001b[2J'] })]);
    expect(parse(text).devices).toHaveLength(1);
    expect(text).not.toContain('\u001b');
  });
});
