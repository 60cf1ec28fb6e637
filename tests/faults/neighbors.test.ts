/** What a device that floods, flaps or takes all memory costs its neighbors: milliseconds, so nothing else runs beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { simulator as rtspCamera } from '../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { missingPrograms, until } from '../support/resources.ts';
import { inForm, tell } from './support/form.ts';
import { observationsOf, openDevice, openSensor, openSite, pidOf, receiver, sentence } from './support/sensor-site.ts';
import { endForWantOfMemory, visionPid } from './support/vision.ts';

const missing = missingPrograms('mosquitto');
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Sentences as fast as the gateway takes them. */
const flood = (socket: net.Socket): void => {
  const many = Buffer.from(sentence.repeat(1000));
  const pour = (): void => {
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', pour);
  pour();
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

describe.skipIf(missing !== undefined)('a device beside others', { timeout: 300_000 }, () => {
  it('that sends as fast as it can does not slow them down', async () => {
    await using site = await openSite();
    let isFlooding = false;
    const waiting = new Set<net.Socket>();
    await using flooding = await openDevice(socket => (isFlooding ? flood(socket) : waiting.add(socket)));
    await using gateway = await site.run(receiver('ais-1', flooding.port));
    await using sensor = await openSensor(site.brokerPort);
    const count = inForm({ short: 150, long: 2000 });
    await sensor.latencies(50);
    const alone = await sensor.latencies(count);
    isFlooding = true;
    for (const socket of waiting) flood(socket);
    const before = await until('the flood arrives', async () => {
      const observations = await observationsOf(gateway, 'ais-1');
      return observations > 10_000 && observations;
    });
    const started = performance.now();
    const beside = await sensor.latencies(count);
    const took = (performance.now() - started) / 1000;
    const sentences = (await observationsOf(gateway, 'ais-1')) - before;
    const [quiet, busy] = [quantile(alone, 0.95), quantile(beside, 0.95)];
    tell(
      `flood: ${Math.round(sentences / took)} sentences/s beside a QoS 1 sensor; 95 % of its acknowledgements within ` +
        `${busy.toFixed(1)} ms (alone ${quiet.toFixed(1)} ms), ${residentMegabytes(pidOf(gateway)).toFixed(0)} MB`,
    );
    // A turn of the event loop now and then is all that a neighbor may cost.
    expect(busy).toBeLessThan(quiet + 250);
    expect(sentences).toBeGreaterThan(0);
  });

  it('that comes and goes thousands of times costs them nothing, and leaves nothing behind', async () => {
    await using site = await openSite();
    await using center = await openCenter(site.centerPort);
    const devices = inForm({ short: 100, long: 250 });
    const flaps = inForm({ short: 500, long: 5000 });
    // One sentence, and gone: the next attempt comes about a second later.
    await using flapping = await openDevice(socket => socket.end(sentence));
    await using gateway = await site.run(
      Array.from({ length: devices }, (_, index) => receiver(`ais-${index + 1}`, flapping.port)).join('\n'),
    );
    await using sensor = await openSensor(site.brokerPort);
    await until('each has come once', () => flapping.connections() >= devices, 30_000);
    const pid = pidOf(gateway);
    const [filesBefore, memoryBefore] = [openFiles(pid), residentMegabytes(pid)];
    const latencies: number[] = [];
    while (flapping.connections() < flaps) {
      latencies.push(...(await sensor.latencies(20)));
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    const slowest = quantile(
      latencies.toSorted((a, b) => a - b),
      0.95,
    );
    const [filesAfter, memoryAfter] = [openFiles(pid), residentMegabytes(pid)];
    const told = [...center.events.values()].filter(({ type }) => type.includes('.gateway.device.')).length;
    tell(
      `flaps: ${flapping.connections()} of ${devices} devices; ${filesBefore} → ${filesAfter} open files, ` +
        `${memoryBefore.toFixed(0)} → ${memoryAfter.toFixed(0)} MB, ${told} events about them, ` +
        `95 % of a neighbor's acknowledgements within ${slowest.toFixed(1)} ms`,
    );
    expect(filesAfter).toBeLessThan(filesBefore + devices);
    expect(memoryAfter).toBeLessThan(memoryBefore + 60);
    // Who comes back within ten seconds was not away.
    expect(told).toBe(0);
    expect(slowest).toBeLessThan(250);
  });
});

describe.skipIf(missingPrograms('mosquitto', 'ffmpeg') !== undefined)(
  'a vision process that runs out of memory',
  { timeout: 240_000 },
  () => {
    it('costs the other devices nothing, and its cameras are seen again', async () => {
      await using site = await openSite();
      const ending = new AbortController();
      await using camera = await rtspCamera.start(
        { scene: 'street' },
        { world: createWorld(7), clock: systemClock, log: silent, signal: ending.signal, random: () => 0.5 },
      );
      await using gateway = await site.run(
        `  - ${JSON.stringify({ id: 'street', driver: 'rtsp-camera', ...camera.address, detect: { model: 'simulated-scenes', fps: 2 } })}`,
      );
      await using sensor = await openSensor(site.brokerPort);
      await until('the camera is seen', async () => (await observationsOf(gateway, 'street')) > 0, 60_000);
      let kernelKills = 0;
      const rounds = inForm({ short: 1, long: 5 });
      for (let round = 0; round < rounds; round++) {
        const pid = await until('there is a vision process', () => visionPid(pidOf(gateway)));
        if (await endForWantOfMemory(pid)) kernelKills++;
        const latencies = await sensor.latencies(50);
        expect(quantile(latencies, 0.95)).toBeLessThan(500);
        const before = await observationsOf(gateway, 'street');
        await until(
          'the camera is seen again',
          async () => (await observationsOf(gateway, 'street')) > before + 2,
          300_000,
        );
      }
      tell(
        `out of memory: ${rounds} vision processes ended, ${kernelKills} of them by the kernel, and were started afresh`,
      );
      ending.abort();
      expect(await gateway.stop()).toBe(0);
    });
  },
);
