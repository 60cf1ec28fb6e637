import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelFolder } from '../../models/load.ts';
import { otherFormatOf, readOnnxMetadata } from '../../models/onnx-metadata.ts';
import { encodeConstants } from '../support/onnx.ts';

const names = "{0: 'person', 1: 'xe máy'}";
const model = encodeConstants(
  { type: 'float32', dimensions: [1, 3, 64, 64] },
  { output: { type: 'float32', dimensions: [1], values: [1] } },
  { names, stride: '32' },
);

describe('what an ONNX file says of itself', () => {
  it('is read beside its graph', async () => {
    expect([...(readOnnxMetadata(model)?.properties ?? [])]).toEqual([
      ['names', names],
      ['stride', '32'],
    ]);
    const shipped = await readFile(path.join(modelFolder('simulated-scenes'), 'model.onnx'));
    expect(readOnnxMetadata(shipped)).toMatchObject({ producer: 'pytorch' });
  });

  it('is nothing where it is cut off anywhere, and no file makes the reader throw', () => {
    let whole = 0;
    for (let length = 0; length < model.length; length++) {
      const read = readOnnxMetadata(model.subarray(0, length));
      // Between two fields a prefix is a shorter model.
      if (read !== undefined) whole++;
      expect(read?.properties.size ?? 0).toBeLessThan(2);
    }
    expect(whole).toBeLessThan(8);
    for (let at = 0; at < model.length; at++) {
      const broken = Uint8Array.from(model);
      broken[at] = (broken[at] ?? 0) ^ 255;
      readOnnxMetadata(broken);
    }
  });

  it('has an end, whatever lengths it claims', () => {
    expect(readOnnxMetadata(Uint8Array.of(0x72, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1))).toBeUndefined();
    expect(readOnnxMetadata(new Uint8Array(100_000).fill(255))).toBeUndefined();
    expect(readOnnxMetadata(new Uint8Array(100_000))).toBeUndefined();
    expect(readOnnxMetadata(Buffer.concat([model, Buffer.alloc(100_000, Buffer.of(0x08, 0x01))]))).toBeUndefined();
  });

  it('keeps only so many properties', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key-${index}`, 'value']));
    const image = { type: 'float32', dimensions: [1, 3, 64, 64] } as const;
    expect(readOnnxMetadata(encodeConstants(image, {}, many))?.properties.size).toBe(200);
  });

  it.each([
    ['PK\u0003\u0004archive/data.pkl', 'PyTorch'],
    ['\u001c\u0000\u0000\u0000TFL3', 'TensorFlow Lite'],
    ['version https://git-lfs.github.com/spec/v1', 'Git LFS'],
    ['<!DOCTYPE html>', 'web page'],
  ])('of another format %j is told to be %s', (text, words) => {
    const file = Buffer.from(text, 'latin1');
    expect(readOnnxMetadata(file)).toBeUndefined();
    expect(otherFormatOf(file)).toContain(words);
    expect(otherFormatOf(model)).toBeUndefined();
  });
});
