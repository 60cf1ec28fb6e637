import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MediaProfile } from '../../../../drivers/protocols/onvif/operations.ts';
import {
  absoluteMove,
  chooseHead,
  continuousMove,
  gotoPreset,
  parsePresets,
  parseStatus,
  relativeMove,
} from '../../../../drivers/protocols/onvif/ptz.ts';
import { buildEnvelope, parseEnvelope } from '../../../../drivers/protocols/onvif/soap.ts';
import type { Element } from '../../../../drivers/protocols/onvif/xml.ts';
import { dataFile, missingData } from '../../../support/resources.ts';

const contentOf = (xml: string): Element => {
  const answer = parseEnvelope(xml);
  if (answer.kind !== 'answer') throw new Error('it is a fault');
  return answer.content;
};
const recorded = (file: string): Element => contentOf(readFileSync(dataFile('onvif', file), 'utf8'));

const told = (body: string): Element =>
  contentOf(
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetStatusResponse xmlns="http://www.onvif.org/ver20/ptz/wsdl"><PTZStatus>${body}</PTZStatus></GetStatusResponse></s:Body></s:Envelope>`,
  );

describe.skipIf(missingData() !== undefined)('recorded answers of real cameras', () => {
  it('say where the camera stands', () => {
    expect(parseStatus(recorded('recorded__ex_onvif__test__fixtures__get_ptz_status.xml'))).toEqual({
      state: 'idle',
      pan: 0.164178,
      tilt: -0.618316,
      zoom: 0,
    });
    expect(parseStatus(recorded('servers__agsh-v0.x__test__serverMockup__GetStatus.xml'))).toEqual({
      state: 'idle',
      pan: -0.864665985,
      tilt: 0.267444015,
      zoom: 0.211861998,
    });
  });

  it('say which places it remembers', () => {
    expect(parsePresets(recorded('recorded__ex_onvif__test__fixtures__get_ptz_presets.xml'))).toEqual([
      { token: 'PresetToken001', name: 'Entrance' },
      { token: 'PresetToken002', name: 'Parking' },
    ]);
  });
});

describe('a status', () => {
  it('is moving when one of both moves', () => {
    const moves = '<MoveStatus><PanTilt>IDLE</PanTilt><Zoom>MOVING</Zoom></MoveStatus>';
    expect(parseStatus(told(moves))).toEqual({ state: 'moving' });
  });

  it('is unknown where the camera says nothing, and tells no degrees for fractions', () => {
    expect(parseStatus(told('<Position><PanTilt x="170" y="-0.5"/></Position>'))).toEqual({
      state: 'unknown',
      tilt: -0.5,
    });
  });
});

describe('a movement', () => {
  it('goes by the profile and in the spaces of ONVIF, zoom apart from pan and tilt', () => {
    expect(buildEnvelope(absoluteMove('a&b', { pan: 0.5, tilt: -0.25, zoom: 1 }))).toContain(
      '<AbsoluteMove xmlns="http://www.onvif.org/ver20/ptz/wsdl"><ProfileToken>a&amp;b</ProfileToken><Position><tt:PanTilt x="0.5" y="-0.25"/><tt:Zoom x="1"/></Position></AbsoluteMove>',
    );
    expect(buildEnvelope(relativeMove('p', { zoom: 0.1 }))).toContain('<Translation><tt:Zoom x="0.1"/></Translation>');
  });

  it('that goes on and on ends by itself after whole seconds', () => {
    expect(buildEnvelope(continuousMove('p', { pan: -1 }, 1.2))).toContain(
      '<Velocity><tt:PanTilt x="-1" y="0"/></Velocity><Timeout>PT2S</Timeout>',
    );
  });

  it('to a place escapes its token', () => {
    expect(buildEnvelope(gotoPreset('p', '<1>'))).toContain('<PresetToken>&lt;1&gt;</PresetToken>');
  });
});

describe('the head of a camera', () => {
  const plain: MediaProfile = { token: 'plain', name: '' };
  const turning: MediaProfile = { token: 'turning', name: '', ptzConfiguration: 'head' };

  it('is that of the profile that is shown, or of another one', () => {
    expect(chooseHead([plain, turning], { ...plain, token: 'shown', ptzConfiguration: 'head' })).toBe('shown');
    expect(chooseHead([plain, turning], plain)).toBe('turning');
    expect(chooseHead([plain], plain)).toBeUndefined();
  });
});
