import { describe, expect, it } from 'vitest';
import {
  getRelayOutputs,
  parseRelayOutputs,
  parseXsDuration,
  setRelayOutputState,
} from '../../../../drivers/protocols/onvif/relays.ts';
import {
  buildEnvelope,
  deviceIoNamespace,
  deviceNamespace,
  parseEnvelope,
} from '../../../../drivers/protocols/onvif/soap.ts';

describe('relay outputs', () => {
  it('are read with their modes, as the example of the device service has them', () => {
    const answer = parseEnvelope(
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"><s:Body>
       <tds:GetRelayOutputsResponse xmlns:tds="${deviceNamespace}">
       <tds:RelayOutputs token="AlarmOut_0"><tt:Properties><tt:Mode>Monostable</tt:Mode><tt:DelayTime>PT5S</tt:DelayTime><tt:IdleState>closed</tt:IdleState></tt:Properties></tds:RelayOutputs>
       <tds:RelayOutputs token="AlarmOut_1"><tt:Properties><tt:Mode>Bistable</tt:Mode><tt:DelayTime>PT0S</tt:DelayTime><tt:IdleState>open</tt:IdleState></tt:Properties></tds:RelayOutputs>
       <tds:RelayOutputs><tt:Properties/></tds:RelayOutputs>
       </tds:GetRelayOutputsResponse></s:Body></s:Envelope>`,
    );
    expect(answer.kind === 'answer' && parseRelayOutputs(answer.content)).toEqual([
      { token: 'AlarmOut_0', mode: 'monostable', delay: 5000 },
      { token: 'AlarmOut_1', mode: 'bistable' },
    ]);
  });

  it('are set by their token, in whichever service they are', () => {
    expect(buildEnvelope(setRelayOutputState(deviceNamespace, 'a<b', 'active'))).toContain(
      `<SetRelayOutputState xmlns="${deviceNamespace}"><RelayOutputToken>a&lt;b</RelayOutputToken><LogicalState>active</LogicalState></SetRelayOutputState>`,
    );
    expect(buildEnvelope(getRelayOutputs(deviceIoNamespace))).toContain(
      `<GetRelayOutputs xmlns="${deviceIoNamespace}">`,
    );
  });
});

describe('a duration of XML Schema', () => {
  it.each([
    ['PT5S', 5000],
    ['PT0.5S', 500],
    ['PT1M30S', 90_000],
    ['PT2H', 7_200_000],
    ['PT', undefined],
    ['P1Y', undefined],
    ['5', undefined],
    ['', undefined],
  ] as const)('%s is %s ms', (text, expected) => {
    expect(parseXsDuration(text)).toBe(expected);
  });
});
