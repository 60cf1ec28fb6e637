import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { exampleConclusion } from '../../../events/example-site.ts';
import { thresholdRaised } from '../../../events/warning.ts';
import { capCommand } from '../../../gateway/cli/cap.ts';
import { toWire } from '../../support/events.ts';
import { temporaryFolder } from '../../support/resources.ts';

const cap = async (...argv: string[]) => {
  let stdout = '';
  const out = (text: string): void => {
    stdout += text;
  };
  const code = await capCommand.run(argv, { out, err: () => {} });
  return { code, stdout };
};

it('prints the draft of a warning in a file, around its sensor and in another time zone where asked', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'warning.json');
  await writeFile(file, JSON.stringify(toWire(exampleConclusion(thresholdRaised))));
  const { code, stdout } = await cap(file, '--radius', '2', '--zone', 'UTC');
  expect(code).toBe(0);
  expect(stdout).toContain('<status>Draft</status>');
  expect(stdout).toContain('<sent>2026-10-27T13:00:00+00:00</sent>');
  expect(stdout).toContain('<circle>16.4637,107.5508 2</circle>');
});

it('says what is wrong with what it was given', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'half.json');
  await writeFile(file, '{');
  await expect(cap(file)).rejects.toThrow(`${file} is not one event in JSON`);
  await expect(cap(path.join(folder.path, 'none.json'))).rejects.toThrow('cannot be read (ENOENT)');
  await expect(cap(file, '--radius', 'far')).rejects.toThrow('--radius far is no distance');
  await expect(cap(file, '--zone', 'Hue')).rejects.toThrow('there is no time zone Hue');
});
