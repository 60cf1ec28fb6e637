import { describe, expect, it } from 'vitest';
import { createCommandOffers } from '../../../core/command.ts';
import { GatewayError } from '../../../core/errors.ts';
import { serveViews } from '../../../gateway/vision/view-commands.ts';

describe('pictures of a camera', () => {
  it.each(['snapshot', 'clip'])('are refused by %s where the configuration lets none leave the box', async name => {
    const offers = createCommandOffers();
    using _ = serveViews(offers, 'cam-1', undefined, { city: 'hue', gateway: 'gw-1' });
    await expect(offers.run(name, { device: 'cam-1' }, AbortSignal.timeout(1000))).rejects.toMatchObject({
      kind: 'unsupported',
      message: 'the configuration lets no picture of cam-1 leave the box',
      advice: expect.stringContaining('"media"'),
    });
  });

  it.each(['snapshot', 'clip'])('are refused by %s for the reason why none can leave', async name => {
    const offers = createCommandOffers();
    const refused = new GatewayError('unsupported', 'model own finds no persons to blur');
    using _ = serveViews(offers, 'cam-1', refused, { city: 'hue', gateway: 'gw-1' });
    await expect(offers.run(name, { device: 'cam-1' }, AbortSignal.timeout(1000))).rejects.toBe(refused);
  });
});
