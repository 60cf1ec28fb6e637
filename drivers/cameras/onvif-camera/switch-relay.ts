/** `output.set` of a camera: its relay outputs, in whichever of its services they are. */
import type { z } from 'zod';
import type { outputSet } from '../../../core/device-commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import { seconds } from '../../../core/time.ts';
import { getRelayOutputs, parseRelayOutputs, type Relay, setRelayOutputState } from '../../protocols/onvif/relays.ts';
import { deviceIoNamespace, deviceNamespace } from '../../protocols/onvif/soap.ts';
import type { OnvifClient, OnvifService } from './client.ts';

interface Relays {
  readonly service: OnvifService;
  readonly namespace: string;
  readonly relays: readonly Relay[];
}

/** Most devices have them in the device service, newer ones in that for their inputs and outputs. */
const findRelays = async (client: OnvifClient, signal: AbortSignal): Promise<Relays | undefined> => {
  for (const namespace of [deviceNamespace, deviceIoNamespace]) {
    const service = await client.findService(namespace);
    if (service === undefined) continue;
    try {
      const relays = parseRelayOutputs(await service.ask(getRelayOutputs(namespace), signal));
      if (relays.length > 0) return { service, namespace, relays };
    } catch (failure) {
      if (!(failure instanceof GatewayError && failure.kind === 'unsupported')) throw failure;
    }
  }
  return undefined;
};

/**
 * The relay is named by its token. A monostable one returns by itself: its own time is told, and nobody can make it
 * longer than that. Throws `unsupported` where there are no relays, `config` where none has that name.
 */
export const switchRelay = async (
  client: OnvifClient,
  { output, state }: z.output<typeof outputSet.input>,
  signal: AbortSignal,
): Promise<z.output<typeof outputSet.output>> => {
  const found = await findRelays(client, signal);
  if (found === undefined) throw new GatewayError('unsupported', 'the camera has no relay outputs');
  const relay = found.relays.find(({ token }) => token === output);
  if (relay === undefined) {
    throw new GatewayError('config', 'the camera has no such output', {
      advice: `It has: ${found.relays
        .slice(0, 50)
        .map(({ token }) => token)
        .join(', ')}.`,
    });
  }
  const logical = state === 'on' ? 'active' : 'inactive';
  await found.service.ask(setRelayOutputState(found.namespace, relay.token, logical), signal);
  const returns = state === 'on' && relay.mode === 'monostable' ? relay.delay : undefined;
  return { output, state, ...(returns !== undefined && { returnsAfterSeconds: returns / seconds(1) }) };
};
