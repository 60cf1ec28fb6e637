/** One connection to the broker of an edge node: reads it, asks for births that are missed, ends with the device's death. */
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { GatewayError, toGatewayError } from '../../../core/errors.ts';
import { withIdle } from '../../../core/idle.ts';
import type { Observation } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import { rebirthRequest } from '../../protocols/sparkplug/payload.ts';
import { openMqtt, type Publish } from '../../transports/mqtt.ts';
import { createEdgeNode } from './codec.ts';
import { commandTopic, filtersOf, type SparkplugConfig } from './config.ts';
import { createHeldValues } from './held.ts';
import { createRebirth } from './rebirth.ts';

/** How often it is looked whether the node is to be asked. */
const lookEvery = seconds(0.5);
/** What a metric says that had a value before. */
const noValueAnyMore: ReadonlySet<string> = new Set(['null', 'bad-quality']);
const lookForHeldEvery = seconds(6);
const publishWithin = seconds(10);
/** Readers of one node ask up to so long after each other. */
const widestStagger = seconds(2);

/** The same for a device each time, and different between those of one node. */
const staggerOf = (device: string): number => {
  let sum = 0;
  for (const byte of Buffer.from(device)) sum = (sum * 31 + byte) % widestStagger;
  return sum;
};

export async function* readEdgeNode(
  config: SparkplugConfig,
  device: string,
  context: Context,
): AsyncGenerator<Batch<Observation>, void> {
  const { clock, log, count, signal } = context;
  const node = createEdgeNode(config, device);
  const rebirth = createRebirth(staggerOf(device));
  const topic = commandTopic(config);

  const ask = (publish: Publish): void => {
    rebirth.asked(clock.steady());
    count('rebirth-requested');
    publish(topic, rebirthRequest(clock.now()), AbortSignal.any([signal, AbortSignal.timeout(publishWithin)])).catch(
      (failure: unknown) => {
        // The node may be away, or not allowed to be asked: its births come when it is back.
        if (!signal.aborted)
          log.warn('the edge node cannot be asked for its births', { reason: toGatewayError(failure).message });
      },
    );
  };

  const onConnected = (publish: Publish): Disposable => {
    // Births are not retained: whoever comes later has to ask.
    rebirth.need(clock.steady());
    const timer = setInterval(() => {
      if (node.isBroken(clock.now())) rebirth.need(clock.steady());
      if (rebirth.isDue(clock.steady())) ask(publish);
    }, lookEvery);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  };

  const held = config.hold === undefined ? undefined : createHeldValues(config.hold, clock);
  const arriving = openMqtt(config, filtersOf(config), device, context, { onConnected });
  for await (const arrived of held === undefined ? arriving : withIdle(arriving, lookForHeldEvery, signal)) {
    if (arrived === undefined) {
      const due = held?.due() ?? [];
      if (due.length > 0) yield { items: due };
      continue;
    }
    const { messages, settle } = arrived;
    const items: Observation[] = [];
    let [isAlive, isDead] = [false, false];
    for (const message of messages) {
      const { decoded, matter } = node.read(message);
      for (const one of decoded) {
        if (one.kind === 'observation') items.push(one.observation);
        else {
          count(`${one.kind}.${one.reason}`);
          if (noValueAnyMore.has(one.reason)) held?.forget();
        }
        if (one.kind !== 'malformed') isAlive = true;
      }
      if (matter === 'born') rebirth.born();
      else if (matter === 'asked') rebirth.asked(clock.steady());
      else if (matter === 'unknown') rebirth.need(clock.steady());
      isDead = matter === 'dead' || (isDead && decoded.length === 0);
    }
    held?.take(items);
    // Others may go on changing meanwhile.
    if (!isDead) items.push(...(held?.due() ?? []));
    if (isAlive || items.length > 0) yield { items, settle };
    else settle();
    if (isDead) {
      const whose = config.device === undefined ? '' : `, or its device ${config.device},`;
      throw new GatewayError(
        'unreachable',
        `the edge node ${config.edgeNode} of ${config.group}${whose} says that it is gone`,
        {
          advice: 'Check its power and its link to the broker; its values come again after its next birth.',
        },
      );
    }
  }
}
