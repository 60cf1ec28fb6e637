import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { influxSchema } from '../../../sinks/influx/config.ts';
import { readProjectFile } from '../../support/project-files.ts';

const complaints = (entry: Readonly<Record<string, unknown>>): readonly string[] => {
  const parsed = influxSchema.safeParse({ name: 'history', sink: 'influx', url: 'http://db:8086', ...entry });
  return parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
};

test.each([
  [{ version: 1 }, ['database: version 1 needs it']],
  [{ version: 2 }, ['organization: version 2 needs it', 'bucket: version 2 needs it']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: how a secret is named in a configuration.
  [{ version: 1, database: 'h', token: '${env:T}' }, ['token: is of version 2, and "version" is 1']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: how a secret is named in a configuration.
  [{ version: 1, database: 'h', password: '${env:P}' }, ['password: a password needs a "username" beside it']],
  [{ version: 1, database: 'h', ca: 'ca.pem' }, ['ca: only used with an "https://" address']],
  [{ version: 1, database: 'h' }, []],
])('%j is judged', (entry, expected) => expect(complaints(entry)).toEqual(expected));

test('takes no address with a password in it, and no password that stands in the file', () => {
  const said = complaints({
    version: 1,
    url: 'http://me:word@db:8086',
    database: 'h',
    username: 'me',
    password: 'word',
  });
  expect(said).toHaveLength(2);
  expect(said.join()).toMatch(/without user and password.*a secret never stands in the file/s);
});

test('every example of the page on the history is a good one', () => {
  const examples = [...readProjectFile('docs/history.md').matchAll(/```yaml\n([\s\S]*?)```/g)];
  expect(examples.length).toBeGreaterThanOrEqual(3);
  for (const [, text = ''] of examples) {
    const { uplinks } = z.object({ uplinks: z.array(influxSchema) }).parse(parse(text));
    expect(uplinks).toHaveLength(1);
  }
});
