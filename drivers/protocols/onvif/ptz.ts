/** ONVIF PTZ Service Specification: how a camera is turned, and what it says of where it stands. Pure. */
import type { MediaProfile } from './operations.ts';
import { ptzNamespace, type SoapRequest } from './soap.ts';
import { type Element, escapeXml, find, findAll, textAt } from './xml.ts';

/** In the generic spaces (5.2.2): −1…1, an absolute zoom 0…1. What is absent is left as it is. */
export interface PtzVector {
  readonly pan?: number;
  readonly tilt?: number;
  readonly zoom?: number;
}

const ptz = (operation: string, profile: string, parameters = ''): SoapRequest => ({
  namespace: ptzNamespace,
  operation,
  parameters: `<ProfileToken>${escapeXml(profile)}</ProfileToken>${parameters}`,
});

/** Pan and tilt go together in one element: the one that is absent is 0. */
const vector = (name: string, { pan, tilt, zoom }: PtzVector): string => {
  const panTilt = pan === undefined && tilt === undefined ? '' : `<tt:PanTilt x="${pan ?? 0}" y="${tilt ?? 0}"/>`;
  return `<${name}>${panTilt}${zoom === undefined ? '' : `<tt:Zoom x="${zoom}"/>`}</${name}>`;
};

export const getStatus = (profile: string): SoapRequest => ptz('GetStatus', profile);
export const getPresets = (profile: string): SoapRequest => ptz('GetPresets', profile);
export const gotoHomePosition = (profile: string): SoapRequest => ptz('GotoHomePosition', profile);

export const gotoPreset = (profile: string, preset: string): SoapRequest =>
  ptz('GotoPreset', profile, `<PresetToken>${escapeXml(preset)}</PresetToken>`);

export const absoluteMove = (profile: string, position: PtzVector): SoapRequest =>
  ptz('AbsoluteMove', profile, vector('Position', position));

export const relativeMove = (profile: string, translation: PtzVector): SoapRequest =>
  ptz('RelativeMove', profile, vector('Translation', translation));

/** The camera stops by itself after `seconds`, whole ones because some understand no others. */
export const continuousMove = (profile: string, velocity: PtzVector, seconds: number): SoapRequest =>
  ptz('ContinuousMove', profile, `${vector('Velocity', velocity)}<Timeout>PT${Math.ceil(seconds)}S</Timeout>`);

export const stopMoving = (profile: string): SoapRequest =>
  ptz('Stop', profile, '<PanTilt>true</PanTilt><Zoom>true</Zoom>');

/** Of the profile that is shown if it can be turned, or of another one: they are views of the same head. */
export const chooseHead = (profiles: readonly MediaProfile[], shown: MediaProfile): string | undefined =>
  [shown, ...profiles].find(({ ptzConfiguration }) => ptzConfiguration !== undefined)?.token;

export interface PtzPreset {
  readonly token: string;
  readonly name: string;
}

export const parsePresets = (answer: Element): readonly PtzPreset[] =>
  findAll(answer, 'Preset').flatMap(preset => {
    const token = preset.attributes.get('token');
    return token === undefined ? [] : { token, name: textAt(preset, 'Name') ?? '' };
  });

export interface PtzStatus extends PtzVector {
  readonly state: 'idle' | 'moving' | 'unknown';
}

/** Undefined outside −1…1: then it is in a space of the maker's own. */
const coordinate = (element: Element | undefined, name: string): number | undefined => {
  const text = element?.attributes.get(name);
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return value >= -1 && value <= 1 ? value : undefined;
};

export const parseStatus = (answer: Element): PtzStatus => {
  const status = find(answer, 'PTZStatus');
  const position = status && find(status, 'Position');
  const panTilt = position && find(position, 'PanTilt');
  const pan = coordinate(panTilt, 'x');
  const tilt = coordinate(panTilt, 'y');
  const zoom = coordinate(position && find(position, 'Zoom'), 'x');
  const moves = [status && textAt(status, 'MoveStatus', 'PanTilt'), status && textAt(status, 'MoveStatus', 'Zoom')];
  return {
    state: moves.includes('MOVING') ? 'moving' : moves.includes('IDLE') ? 'idle' : 'unknown',
    ...(pan !== undefined && { pan }),
    ...(tilt !== undefined && { tilt }),
    ...(zoom !== undefined && { zoom }),
  };
};
