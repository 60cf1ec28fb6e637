/** What a simulated ONVIF device does when it is told to: its PTZ service, and the relay outputs of its device service. */
import { type Duration, type Instant, seconds, toTimestamp } from '../../../core/time.ts';
import { type Element, find, parseXml, textAt } from '../../../drivers/protocols/onvif/xml.ts';
import type { HeadPosition, SimulatedHead } from './onvif-head.ts';
import type { SimulatedRelays } from './onvif-relays.ts';
import { element, leaf, mainProfile } from './onvif-xml.ts';
import { envelope, escapeXml, soapFault } from './soap.ts';

export interface OnvifActuators {
  readonly head: SimulatedHead | undefined;
  readonly relays: SimulatedRelays;
}

export type OrderAnswer = { readonly kind: 'answer' | 'fault'; readonly xml: string };

const fault = (subcode: string, reason: string): OrderAnswer => ({ kind: 'fault', xml: soapFault(subcode, reason) });

const vectorOf = (parameters: Element, name: string): Partial<HeadPosition> | undefined => {
  const vector = find(parameters, name);
  if (vector === undefined) return undefined;
  const panTilt = find(vector, 'PanTilt');
  const zoom = find(vector, 'Zoom');
  const number = (from: Element | undefined, axis: string): number => Number(from?.attributes.get(axis));
  return {
    ...(panTilt !== undefined && { pan: number(panTilt, 'x'), tilt: number(panTilt, 'y') }),
    ...(zoom !== undefined && { zoom: number(zoom, 'x') }),
  };
};

const isWithin = (vector: Partial<HeadPosition>): boolean =>
  Object.values(vector).every(value => value >= -1 && value <= 1);

/** `PT1.5S`; some clients send no more than that. */
const timeoutOf = (parameters: Element): Duration => {
  const [, given = '5'] = /^PT([\d.]+)S$/.exec(textAt(parameters, 'Timeout') ?? '') ?? [];
  return seconds(Number(given));
};

type Turn = (head: SimulatedHead, parameters: Element, now: Instant) => string | OrderAnswer;

const moving =
  (
    name: string,
    move: (head: SimulatedHead, vector: Partial<HeadPosition>, parameters: Element, now: Instant) => void,
  ): Turn =>
  (head, parameters, now) => {
    const vector = vectorOf(parameters, name);
    if (vector === undefined) return fault('ter:InvalidArgVal', `${name} is missing`);
    if (!isWithin(vector)) return fault('ter:InvalidPosition', `${name} is out of bounds`);
    move(head, vector, parameters, now);
    return '';
  };

const status: Turn = (head, _, now) => {
  const { position, isMoving } = head.at(now);
  const moves = isMoving ? 'MOVING' : 'IDLE';
  const spaces = 'http://www.onvif.org/ver10/tptz';
  return element(
    'tptz:PTZStatus',
    element(
      'tt:Position',
      `<tt:PanTilt x="${position.pan.toFixed(6)}" y="${position.tilt.toFixed(6)}" space="${spaces}/PanTiltSpaces/PositionGenericSpace"/>`,
      `<tt:Zoom x="${position.zoom.toFixed(6)}" space="${spaces}/ZoomSpaces/PositionGenericSpace"/>`,
    ),
    element('tt:MoveStatus', leaf('tt:PanTilt', moves), leaf('tt:Zoom', moves)),
    leaf('tt:UtcTime', toTimestamp(now)),
  );
};

/** By operation of the PTZ service (ONVIF PTZ Service Specification, 5.3 to 5.5). */
const turns: Readonly<Record<string, Turn>> = {
  GetStatus: status,
  AbsoluteMove: moving('Position', (head, position, _, now) => head.goTo(position, now)),
  RelativeMove: moving('Translation', (head, translation, _, now) => head.goBy(translation, now)),
  ContinuousMove: moving('Velocity', (head, velocity, parameters, now) =>
    head.turn(velocity, timeoutOf(parameters), now),
  ),
  Stop: (head, _, now) => {
    head.stop(now);
    return '';
  },
  GotoHomePosition: (head, _, now) => {
    head.goTo({ pan: 0, tilt: 0, zoom: 0 }, now);
    return '';
  },
  GetPresets: head =>
    [...head.presets]
      .map(([token, { name }]) => `<tptz:Preset token="${escapeXml(token)}">${leaf('tt:Name', name)}</tptz:Preset>`)
      .join(''),
  GotoPreset: (head, parameters, now) => {
    const preset = head.presets.get(textAt(parameters, 'PresetToken') ?? '');
    if (preset === undefined) return fault('ter:NoToken', 'no such preset');
    head.goTo(preset.position, now);
    return '';
  },
};

type Switch = (relays: SimulatedRelays, parameters: Element, now: Instant) => string | OrderAnswer;

/** ONVIF Core, 8.6. */
const switches: Readonly<Record<string, Switch>> = {
  GetRelayOutputs: ({ configs }) =>
    configs
      .map(({ token, mode, delay }) => {
        const properties = element(
          'tt:Properties',
          leaf('tt:Mode', mode === 'bistable' ? 'Bistable' : 'Monostable'),
          leaf('tt:DelayTime', `PT${delay / seconds(1)}S`),
          leaf('tt:IdleState', 'open'),
        );
        return `<tds:RelayOutputs token="${escapeXml(token)}">${properties}</tds:RelayOutputs>`;
      })
      .join(''),
  SetRelayOutputState: (relays, parameters, now) => {
    const state = textAt(parameters, 'LogicalState');
    if (state !== 'active' && state !== 'inactive') return fault('ter:InvalidArgVal', 'no such state');
    const done = relays.set(textAt(parameters, 'RelayOutputToken') ?? '', state, now);
    return done ? '' : fault('ter:RelayToken', 'no such relay output');
  },
};

const parametersOf = (xml: string): Element | undefined => find(parseXml(xml), 'Body')?.children[0];

/** Undefined for what is no order. */
export const answerOrder = (
  operation: string,
  xml: string,
  { head, relays }: OnvifActuators,
  now: Instant,
): OrderAnswer | undefined => {
  const turn = Object.hasOwn(turns, operation) ? turns[operation] : undefined;
  const switched = Object.hasOwn(switches, operation) ? switches[operation] : undefined;
  const parameters = turn === undefined && switched === undefined ? undefined : parametersOf(xml);
  if (parameters === undefined) return undefined;
  const reply = (prefix: string, content: string | OrderAnswer | undefined): OrderAnswer | undefined =>
    typeof content === 'string'
      ? { kind: 'answer', xml: envelope(element(`${prefix}:${operation}Response`, content)) }
      : content;
  if (switched !== undefined) return reply('tds', switched(relays, parameters, now));
  if (head === undefined) return undefined;
  if (textAt(parameters, 'ProfileToken') !== mainProfile) return fault('ter:NoProfile', 'no such profile');
  return reply('tptz', turn?.(head, parameters, now));
};
