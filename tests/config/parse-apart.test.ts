import { describe, expect, it } from 'vitest';
import { parseText } from '../../config/document.ts';
import { parseTextApart } from '../../config/parse-apart.ts';

const text = 'gateway:\n  id: gw-1\ndevices:\n  - &pm { id: pm-1 }\n  - *pm\n';

describe('a text that is parsed in a thread of its own', () => {
  it('reads as it does here', async () => {
    await using document = parseTextApart(text);

    expect(await document.reading).toEqual(parseText(text).reading);
  });

  it('tells where things stand in it, in the order of the questions', async () => {
    await using document = parseTextApart(text);

    expect(
      await document.positionsOf([
        { path: ['devices', 1, 'id'], at: 'value' },
        { path: ['gateway', 'id'], at: 'value' },
      ]),
    ).toEqual([
      { line: 4, column: 15 },
      { line: 2, column: 7 },
    ]);
  });

  it('says what is wrong with what is no YAML', async () => {
    await using document = parseTextApart('gateway: [1');

    expect(await document.reading).toMatchObject({ kind: 'broken', faults: [{ line: 1 }] });
  });
});
