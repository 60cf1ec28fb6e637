import { describe, expect, it } from 'vitest';
import type { DeviceConfig } from '../../../config/schema.ts';
import { driver } from '../../../drivers/cameras/rtsp-camera/driver.ts';
import { openViews, type ViewsOptions, viewsOwner } from '../../../gateway/vision/views.ts';
import type { KeptView } from '../../../pipelines/detect/health.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { openTestOutbox, site } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

const camera = (id: string, url = 'rtsp://10.0.0.8/live'): DeviceConfig => ({
  profile: {
    ...{ id, driver: 'rtsp-camera', service: 'urban-camera', alsoServes: [], agencies: [], name: id },
    ...{ siteId: site.siteId, areaCode: site.areaCode, status: 'test', tags: [] },
  },
  driver,
  slice: { url },
  detect: { model: 'simulated-scenes' },
  silence: 30_000,
});

const view = (level: number): KeptView => ({
  ...{ version: 1, time: 1_795_000_000_000, looks: 40, gray: false, hasColors: true, movedFor: 0, seenAgo: 0 },
  plane: Buffer.alloc(128 * 72, level).toString('base64'),
});

const openBench = async () => {
  const folder = await temporaryFolder();
  const opened = await openTestOutbox(folder.path, []);
  /** What is on its way to the disk: a restart comes after it. */
  const written: Promise<unknown>[] = [];
  const outbox: ViewsOptions['outbox'] = {
    append: batch => {
      const done = opened.outbox.append(batch);
      written.push(done);
      return done;
    },
    restore: async owner => {
      await Promise.all(written);
      return await opened.outbox.restore(owner);
    },
  };
  return {
    outbox,
    kept: async () => [...(await outbox.restore(viewsOwner)).keys()],
    /** As after a restart of the gateway. */
    open: (...devices: readonly DeviceConfig[]) => openViews({ devices, outbox, log: recordedLog() }),
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

describe('what a camera looks at', () => {
  it('is handed over at once, and after a restart', async () => {
    await using bench = await openBench();
    const views = await bench.open(camera('cam-1'), camera('cam-2'));
    views.keep('cam-1', view(1));
    views.keep('cam-1', view(2));
    expect(views.of('cam-1')).toEqual(view(2));
    expect(views.of('cam-2')).toBeUndefined();
    expect((await bench.open(camera('cam-1'))).of('cam-1')).toEqual(view(2));
  });

  it('is forgotten when nothing is known of it any more', async () => {
    await using bench = await openBench();
    const views = await bench.open(camera('cam-1'));
    views.keep('cam-1', view(1));
    views.keep('cam-1', undefined);
    expect(views.of('cam-1')).toBeUndefined();
    expect(await bench.kept()).toEqual([]);
  });

  it('is that of this camera only: not of another address, nor of one that is not configured any more', async () => {
    await using bench = await openBench();
    const views = await bench.open(camera('cam-1'), camera('cam-2'));
    views.keep('cam-1', view(1));
    views.keep('cam-2', view(2));
    views.keep('cam-3', view(3));
    expect(await bench.kept()).toEqual(['cam-1', 'cam-2']);
    expect((await bench.open(camera('cam-1', 'rtsp://10.0.0.9/live'))).of('cam-1')).toBeUndefined();
    expect(await bench.kept()).toEqual([]);
  });

  it.each([
    ['is no JSON', () => '{"camera":'],
    ['is of another version', (json: string) => json.replace('"version":1', '"version":2')],
    ['is too short', (json: string) => json.replace('AQEB', '')],
    ['says more', (json: string) => json.replace('"looks"', '"more":1,"looks"')],
  ])('is learned anew when what was kept %s', async (_, damage) => {
    await using bench = await openBench();
    const views = await bench.open(camera('cam-1'));
    views.keep('cam-1', view(1));
    const [json] = [...(await bench.outbox.restore(viewsOwner)).values()].map(bytes => Buffer.from(bytes).toString());
    const value = Buffer.from(damage(json ?? ''));
    await bench.outbox.append({ saved: [{ owner: viewsOwner, key: 'cam-1', value }] });
    const again = await bench.open(camera('cam-1'));
    expect(again.of('cam-1')).toBeUndefined();
    again.keep('cam-1', view(4));
    expect((await bench.open(camera('cam-1'))).of('cam-1')).toEqual(view(4));
  });
});
