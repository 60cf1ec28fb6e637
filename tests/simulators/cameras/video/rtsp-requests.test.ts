import { expect, test } from 'vitest';
import { createRequestReader } from '../../../../simulators/cameras/video/rtsp-requests.ts';

const options = 'OPTIONS rtsp://a/live RTSP/1.0\r\nCSeq: 1\r\n\r\n';
const withBody = 'GET_PARAMETER rtsp://a/live RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nabcd';
const interleaved = Buffer.from([0x24, 1, 0, 3, 9, 9, 9]);
const dialogue = Buffer.concat([Buffer.from(options), interleaved, Buffer.from(withBody), Buffer.from(options)]);

const kinds = (chunks: readonly Buffer[]): readonly string[] => {
  const read = createRequestReader();
  return chunks.flatMap(chunk =>
    (read(chunk) ?? []).map(part => (part.kind === 'request' ? part.request.method : `channel ${part.channel}`)),
  );
};

const expected = ['OPTIONS', 'channel 1', 'GET_PARAMETER', 'OPTIONS'];

test('requests and interleaved frames are told apart', () => {
  expect(kinds([dialogue])).toEqual(expected);
});

test('it does not matter where the chunks are cut', () => {
  expect(kinds([...dialogue].map(byte => Buffer.from([byte])))).toEqual(expected);
});

test('names of headers are read in lower case', () => {
  const [part] = createRequestReader()(Buffer.from(options)) ?? [];
  expect(part).toMatchObject({ request: { url: 'rtsp://a/live', headers: new Map([['cseq', '1']]) } });
});

test.each([
  ['no RTSP', 'GET / HTTP/1.1\r\n\r\n'],
  ['a body of endless length', 'PLAY rtsp://a RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n'],
  ['a header without end', 'x'.repeat(20_000)],
])('%s ends the dialogue', (_, text) => {
  expect(createRequestReader()(Buffer.from(text))).toBeUndefined();
});
