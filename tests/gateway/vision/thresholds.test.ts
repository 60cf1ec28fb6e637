import { describe, expect, it } from 'vitest';
import type { DeviceConfig } from '../../../config/schema.ts';
import { pipelineSetThreshold } from '../../../core/device-commands.ts';
import { driver } from '../../../drivers/cameras/rtsp-camera/driver.ts';
import { openThresholds, thresholdsOwner } from '../../../gateway/vision/thresholds.ts';
import type { OrderedThresholds } from '../../../pipelines/detect/thresholds.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { openTestOutbox, site } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

const camera = (detect: object): DeviceConfig => ({
  profile: {
    id: 'cam-1',
    driver: 'rtsp-camera',
    service: 'urban-camera',
    alsoServes: [],
    agencies: [],
    name: 'cam-1',
    siteId: site.siteId,
    areaCode: site.areaCode,
    status: 'test',
    tags: [],
  },
  driver,
  slice: {},
  detect: { model: 'simulated-scenes', ...detect },
  silence: 30_000,
});

const openBench = async () => {
  const folder = await temporaryFolder();
  const opened = await openTestOutbox(folder.path, []);
  const { outbox } = opened;
  /** What the cameras were told last. */
  const told = new Map<string, OrderedThresholds | undefined>();
  return {
    told,
    kept: async () => (await outbox.restore(thresholdsOwner)).size,
    open: async (detect: object = {}) => {
      told.clear();
      const { set } = await openThresholds({
        devices: [camera(detect)],
        outbox,
        vision: { setThresholds: (id, thresholds) => void told.set(id, thresholds) },
        log: recordedLog(),
      });
      return (input: object) => set(pipelineSetThreshold.input.parse({ device: 'cam-1', ...input }));
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

describe('a threshold that is ordered', () => {
  it('counts for one class beside those of the manifest, or for all instead of them', async () => {
    await using bench = await openBench();
    const set = await bench.open();
    expect(await set({ label: 'person', threshold: 0.3 })).toEqual({
      threshold: 0.5,
      thresholds: { motorbike: 0.55, car: 0.65, person: 0.3 },
    });
    expect(bench.told.get('cam-1')).toEqual({ labels: { person: 0.3 } });
    expect(await set({ threshold: 0.4 })).toEqual({ threshold: 0.4, thresholds: {} });
    expect(await set({ label: 'car', threshold: 0.8 })).toEqual({ threshold: 0.4, thresholds: { car: 0.8 } });
    expect(bench.told.get('cam-1')).toEqual({ all: 0.4, labels: { car: 0.8 } });
  });

  it('is taken back for one class or for all', async () => {
    await using bench = await openBench();
    const set = await bench.open({ threshold: 0.6 });
    await set({ label: 'car', threshold: 0.9 });
    expect(await set({ label: 'car' })).toEqual({ threshold: 0.6, thresholds: {} });
    await set({ threshold: 0.2 });
    expect(await set({})).toEqual({ threshold: 0.6, thresholds: {} });
    expect(bench.told.get('cam-1')).toBeUndefined();
    expect(await bench.kept()).toBe(0);
  });

  it('outlives a restart, and ends with the configuration that it was ordered for', async () => {
    await using bench = await openBench();
    const set = await bench.open();
    await set({ label: 'person', threshold: 0.3 });
    await bench.open();
    expect(bench.told.get('cam-1')).toEqual({ labels: { person: 0.3 } });
    await bench.open({ threshold: 0.5 });
    expect(bench.told.get('cam-1')).toBeUndefined();
    expect(await bench.kept()).toBe(0);
  });

  it('is refused for a class that the model does not know, and for what is no camera', async () => {
    await using bench = await openBench();
    const set = await bench.open();
    await expect(set({ label: 'whale', threshold: 0.3 })).rejects.toMatchObject({
      kind: 'config',
      advice: expect.stringContaining('person'),
    });
    await expect(set({ device: 'aq-1', threshold: 0.3 })).rejects.toMatchObject({ kind: 'unsupported' });
    expect(await bench.kept()).toBe(0);
  });

  it.each([0.04, 0.96, 'high'])('is never %s', threshold => {
    expect(pipelineSetThreshold.input.safeParse({ device: 'cam-1', threshold }).success).toBe(false);
  });
});
