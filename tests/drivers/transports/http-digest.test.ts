import { describe, expect, it } from 'vitest';
import { answerChallenge, chooseChallenge } from '../../../drivers/transports/http-digest.ts';

const md5 =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, ' +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const sha256 = md5.replace('algorithm=MD5', 'algorithm=SHA-256');
const mufasa = { username: 'Mufasa', password: 'Circle of Life' };
const request = {
  method: 'GET',
  target: '/dir/index.html',
  count: 1,
  clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

const answerTo = (...values: readonly string[]): string => {
  const challenge = chooseChallenge(values);
  if (challenge === undefined) throw new Error('no challenge');
  return answerChallenge(challenge, mufasa, request);
};

describe('HTTP Digest', () => {
  it('gives the answers of RFC 7616, section 3.9.1', () => {
    expect(answerTo(md5)).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    expect(answerTo(sha256)).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
  });

  it('takes SHA-256 where a device offers both', () => {
    expect(answerTo(md5, sha256)).toContain('algorithm=SHA-256');
    expect(answerTo(md5, sha256)).toContain('qop=auth, nc=00000001');
  });

  it('gives the answer of RFC 2617 where the device names no qop', () => {
    const challenge = chooseChallenge(['Digest realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']);
    if (challenge === undefined) throw new Error('no challenge');
    const answer = answerChallenge(challenge, mufasa, request);
    expect(answer).not.toContain('cnonce');
    expect(answer).toContain('response="2951cdbad33b2271fcb6b8e7b8feac23"');
  });

  it.each([
    ['Basic realm="x"'],
    ['Digest realm="x"'],
    ['Digest realm="x", nonce="y", algorithm=MD5-sess'],
    ['Digest realm="x", nonce="y", qop="auth-int"'],
    [''],
  ])('cannot answer %s', value => {
    expect(chooseChallenge([value])).toBeUndefined();
  });
});
