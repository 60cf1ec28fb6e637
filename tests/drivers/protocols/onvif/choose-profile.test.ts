import { describe, expect, it } from 'vitest';
import { chooseProfile } from '../../../../drivers/protocols/onvif/choose-profile.ts';

const profile = (token: string, width: number, height: number, encoding = 'H264') => ({
  token,
  name: `name of ${token}`,
  encoding,
  width,
  height,
});
const main = profile('main', 2592, 1944);
const middle = profile('middle', 1280, 720, 'H265');
const sub = profile('sub', 352, 288);
const jpeg = profile('jpeg', 640, 480, 'JPEG');
const wanted = { width: 416, height: 416 };

describe('the profile of a camera', () => {
  it('is the smallest that is as large as wanted', () => {
    expect(chooseProfile([main, middle, sub], wanted)).toBe(middle);
    expect(chooseProfile([main, middle, sub], { width: 320, height: 192 })).toBe(sub);
  });

  it('is the largest when none is large enough', () => {
    expect(chooseProfile([sub, main, middle], { width: 3840, height: 2160 })).toBe(main);
  });

  it('is JPEG only when there is nothing else', () => {
    expect(chooseProfile([jpeg, main], wanted)).toBe(main);
    expect(chooseProfile([jpeg], wanted)).toBe(jpeg);
  });

  it('is the named one, by token or name, or none', () => {
    expect(chooseProfile([main, sub], wanted, 'sub')).toBe(sub);
    expect(chooseProfile([main, sub], wanted, 'name of main')).toBe(main);
    expect(chooseProfile([main, sub], wanted, 'other')).toBeUndefined();
  });

  it('may be one that tells no encoder, when all are so', () => {
    const bare = { token: 'a', name: '' };
    expect(chooseProfile([bare], wanted)).toBe(bare);
    expect(chooseProfile([], wanted)).toBeUndefined();
  });
});
