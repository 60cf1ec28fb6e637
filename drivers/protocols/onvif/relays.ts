/** Relay outputs (ONVIF Core, 8.6; the Device IO Service has the same operations for devices that moved them there). Pure. */
import { type Duration, hours, minutes, seconds } from '../../../core/time.ts';
import type { SoapRequest } from './soap.ts';
import { type Element, escapeXml, findAll, textAt } from './xml.ts';

export interface Relay {
  readonly token: string;
  /** A monostable one returns to rest by itself after `delay`. */
  readonly mode: 'bistable' | 'monostable';
  readonly delay?: Duration;
}

export const getRelayOutputs = (namespace: string): SoapRequest => ({ namespace, operation: 'GetRelayOutputs' });

export const setRelayOutputState = (namespace: string, token: string, state: 'active' | 'inactive'): SoapRequest => ({
  namespace,
  operation: 'SetRelayOutputState',
  parameters: `<RelayOutputToken>${escapeXml(token)}</RelayOutputToken><LogicalState>${state}</LogicalState>`,
});

/** `PT5S`, `PT1M30.5S`: xs:duration without years, months and days. Undefined when it is none. */
export const parseXsDuration = (text: string): Duration | undefined => {
  const match = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text);
  if (match === null || text === 'PT') return undefined;
  const [, h = 0, m = 0, s = 0] = match;
  return hours(Number(h)) + minutes(Number(m)) + seconds(Number(s));
};

export const parseRelayOutputs = (answer: Element): readonly Relay[] =>
  findAll(answer, 'RelayOutputs').flatMap(relay => {
    const token = relay.attributes.get('token');
    if (token === undefined) return [];
    const isMonostable = textAt(relay, 'Properties', 'Mode')?.toLowerCase() === 'monostable';
    const delay = parseXsDuration(textAt(relay, 'Properties', 'DelayTime') ?? '');
    if (!isMonostable) return { token, mode: 'bistable' as const };
    return { token, mode: 'monostable' as const, ...(delay !== undefined && { delay }) };
  });
