import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDigestGuard, parseDigest } from '../../../../simulators/cameras/video/digest.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const login = { username: 'Mufasa', password: 'Circle of Life' };

const authorize = (challenge: string, password: string, method: string): string => {
  const nonce = parseDigest(challenge).get('nonce') ?? '';
  const response = md5(`${md5(`Mufasa:here:${password}`)}:${nonce}:${md5(`${method}:/live`)}`);
  return `Digest username="Mufasa", realm="here", nonce="${nonce}", uri="/live", response="${response}"`;
};

test('the right password is granted', () => {
  const guard = createDigestGuard('here', login, 'none');
  expect(guard.grants('PLAY', authorize(guard.challenge, login.password, 'PLAY'))).toBe(true);
});

test('an answer for another method is refused', () => {
  const guard = createDigestGuard('here', login, 'none');
  expect(guard.grants('PLAY', authorize(guard.challenge, login.password, 'DESCRIBE'))).toBe(false);
});

test('an answer to the challenge of another device is refused', () => {
  const guard = createDigestGuard('here', login, 'none');
  const other = createDigestGuard('here', login, 'none');
  expect(guard.grants('PLAY', authorize(other.challenge, login.password, 'PLAY'))).toBe(false);
});

test.each([undefined, '', 'Basic TXVmYXNh', 'Digest', 'Digest username="Mufasa"'])('%s is refused', authorization => {
  expect(createDigestGuard('here', login, 'none').grants('PLAY', authorization)).toBe(false);
});

test('fields are read with and without quotes, blanks in values too', () => {
  expect(parseDigest('Digest username="a b", qop=auth,nc=00000001')).toEqual(
    new Map([
      ['username', 'a b'],
      ['qop', 'auth'],
      ['nc', '00000001'],
    ]),
  );
});
