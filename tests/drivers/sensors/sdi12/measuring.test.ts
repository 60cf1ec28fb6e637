import { expect, it } from 'vitest';
import { crcOf } from '../../../../drivers/protocols/sdi12/crc.ts';
import { type Measuring, measure } from '../../../../drivers/sensors/sdi12/measuring.ts';
import type { Line, Talk } from '../../../../drivers/transports/line.ts';

const plain: Measuring = { address: '0', command: 'M', set: 0, checked: false };

/** A sensor that says what `answers` has for each request, one after the other; `undefined` is silence. */
const lineOf = (answers: Readonly<Record<string, readonly (string | undefined)[]>>) => {
  const said: string[] = [];
  let [turns, inTurn] = [0, false];
  const seen = new Map<string, number>();
  const talk: Talk = {
    ask: async (request, answerIn) => {
      expect(inTurn).toBe(true);
      const text = Buffer.from(request).toString('latin1');
      said.push(text);
      const index = seen.get(text) ?? 0;
      seen.set(text, index + 1);
      const answer = answers[text]?.[index];
      return answer === undefined ? undefined : answerIn(Buffer.from(`${answer}\r\n`, 'latin1'));
    },
  };
  const line: Line = {
    turn: async work => {
      turns++;
      inTurn = true;
      try {
        return await work(talk);
      } finally {
        inTurn = false;
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return { line, said, turns: () => turns };
};

const { signal } = new AbortController();

it('waits for the service request, and asks until all values are there', async () => {
  const { line, said, turns } = lineOf({
    '0M!': ['00023'],
    '': ['0'],
    '0D0!': ['0+1+2'],
    '0D1!': ['0+3'],
  });
  expect(await measure(line, plain, signal)).toEqual([1, 2, 3]);
  expect(said).toEqual(['0M!', '', '0D0!', '0D1!']);
  expect(turns()).toBe(1);
});

it('goes on where the service request is lost, and waits for none where the values are ready', async () => {
  const lost = lineOf({ '0M!': ['00011'], '0D0!': ['0+1'] });
  expect(await measure(lost.line, plain, signal)).toEqual([1]);
  const ready = lineOf({ '0M!': ['00001'], '0D0!': ['0+1'] });
  expect(await measure(ready.line, plain, signal)).toEqual([1]);
  expect(ready.said).toEqual(['0M!', '0D0!']);
});

it('leaves the line to others while it measures beside them', async () => {
  const { line, said, turns } = lineOf({ '0CC2!': ['000001'], '0D0!': [`0+7${crcOf('0+7')}`] });
  expect(await measure(line, { ...plain, command: 'C', set: 2, checked: true }, signal)).toEqual([7]);
  expect(said).toEqual(['0CC2!', '0D0!']);
  expect(turns()).toBe(2);
});

it('asks again for what was lost or spoiled, three times in all', async () => {
  const checked = { ...plain, checked: true };
  const good = `0+7${crcOf('0+7')}`;
  const spoiled = lineOf({ '0MC!': [undefined, '00001'], '0D0!': ['0+8@@@', undefined, good] });
  expect(await measure(spoiled.line, checked, signal)).toEqual([7]);
  const always = lineOf({ '0MC!': ['00001'], '0D0!': ['0+8@@@', '0+8@@@', '0+8@@@', good] });
  expect(await measure(always.line, checked, signal)).toBe('bad-checksum');
  expect(await measure(lineOf({}).line, checked, signal)).toBe('unanswered');
});

it('ends where the sensor has fewer values than it said', async () => {
  const { line } = lineOf({ '0M!': ['00009'], '0D0!': ['0+1'], '0D1!': ['0'] });
  expect(await measure(line, plain, signal)).toEqual([1]);
});
