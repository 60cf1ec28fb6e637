/** kill -9 of the whole gateway at random instants, while devices publish to it at QoS 1. */
import { test } from 'vitest';
import { createRandom } from '../../simulators/world/random.ts';
import { missingPrograms, until } from '../support/resources.ts';
import { openAirSite } from './support/air-site.ts';
import { inForm, seed, tell } from './support/form.ts';

const missing = missingPrograms('mosquitto');

const kills = inForm({ short: 8, long: 75 });
/** While these runs of the gateway last, the center's broker is away. */
const brokerAway = { from: 3, to: 5 };

test.skipIf(missing !== undefined)(
  `loses no acknowledged sample and tells none twice over ${kills} kills and a broker that was away`,
  { timeout: 600_000 },
  async () => {
    await using site = await openAirSite();
    const random = createRandom('crash-gateway', seed);
    for (let kill = 1; kill <= kills; kill++) {
      if (kill === brokerAway.from) await site.stopCenterBroker();
      if (kill === brokerAway.to) await site.startCenterBroker();
      const enough = site.embedded.acknowledged.size + Math.floor(random() * 200);
      await until('some more samples are acknowledged', () => site.embedded.acknowledged.size > enough);
      // A moment that nothing in the gateway is in step with.
      await new Promise(resolve => setTimeout(resolve, random() * 300));
      await site.gateway().kill();
      await site.restart();
    }
    const acknowledged = await site.settle();
    tell(
      `crash of the gateway, seed ${seed}: ${kills} kills, ${acknowledged} samples acknowledged, 0 lost, 0 told twice`,
    );
  },
);
