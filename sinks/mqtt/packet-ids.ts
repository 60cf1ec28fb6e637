/** Packet identifiers: ours up to `highestPacketId`, MQTT.js's above it. */
import type { IClientOptions } from 'mqtt';

export const highestPacketId = 60_000;

/** Identifiers for the few packets that MQTT.js numbers itself (SUBSCRIBE, UNSUBSCRIBE). */
export const createHighIds = (): NonNullable<IClientOptions['messageIdProvider']> => {
  let last = highestPacketId;
  return {
    allocate: () => {
      last = last >= 65_535 ? highestPacketId + 1 : last + 1;
      return last;
    },
    getLastAllocated: () => last,
    register: () => true,
    deallocate: () => {},
    clear: () => {},
  };
};
