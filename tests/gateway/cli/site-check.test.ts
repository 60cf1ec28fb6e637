import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkSite } from '../../../gateway/cli/site-check.ts';
import { temporaryFolder } from '../../support/resources.ts';

const complaintsOf = async (text: string, at = 'devices[0].password') =>
  (await checkSite([{ line: 1, column: 1, path: at, text }])).map(({ message }) => message);

it('misses a variable that is not set', async () => {
  expect(await complaintsOf(`\${env:HAIDANG_NOT_SET}`)).toEqual([
    'the environment variable HAIDANG_NOT_SET is not set here',
  ]);
});

it('misses a secret file, and wants it for the gateway alone', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'password');
  expect(await complaintsOf(`\${file:${file}}`)).toEqual([`the secret file ${file} is not here`]);
  await writeFile(file, 'hunter22');
  await chmod(file, 0o644);
  expect(await complaintsOf(`\${file:${file}}`)).toEqual([`others may read the secret file ${file}`]);
  await chmod(file, 0o600);
  expect(await complaintsOf(`\${file:${file}}`)).toEqual([]);
});

it('misses a serial port', async () => {
  expect(await complaintsOf('/dev/serial/by-path/nothing', 'devices[0].connection.path')).toEqual([
    'the serial port /dev/serial/by-path/nothing is not here',
  ]);
});

it('misses certificates and models', async () => {
  expect(await complaintsOf('/nowhere/ca.pem', 'uplinks[0].ca')).toEqual(['the PEM file /nowhere/ca.pem is not here']);
  expect(await complaintsOf('no-such-model', 'devices[0].detect.model')).toHaveLength(1);
  expect(await complaintsOf('simulated-scenes', 'devices[0].detect.model')).toEqual([]);
});

it('misses the weights of a model that has its manifest alone', async () => {
  const [message] = await complaintsOf('yolox-nano', 'devices[0].detect.model');
  expect(message).toContain('the weights of model yolox-nano cannot be read');
});

it('wants a storage folder that can be written', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'file');
  await writeFile(file, '');
  expect(await complaintsOf(path.join(folder.path, 'new', 'storage'), 'storage.folder')).toEqual([]);
  expect(await complaintsOf(file, 'storage.folder')).toEqual([`${file} is no folder`]);
  expect(await complaintsOf('/proc/1/fdinfo/storage', 'storage.folder')).toHaveLength(1);
});

it('lets other texts be', async () => {
  expect(await complaintsOf('/dev', 'devices[0].name')).toEqual([]);
});
