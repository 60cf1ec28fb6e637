import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { Picture } from '../../../core/observation.ts';
import { hours, minutes, seconds } from '../../../core/time.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import {
  createHealth,
  type HealthConfig,
  healthSignals,
  type KeptView,
  keptViewSchema,
} from '../../../pipelines/detect/health.ts';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { type PictureFault, pictureFaults, spoil } from '../../../simulators/scenes/spoil.ts';
import { createView, sceneNames } from '../../../simulators/world/view.ts';
import { dataFile, missingData, missingPrograms } from '../../support/resources.ts';
import {
  dimmed,
  downpour,
  drops,
  exposing,
  foggy,
  headlights,
  infrared,
  rainy,
  sunny,
  swaying,
  type Weather,
} from '../../support/weather.ts';

const size = { width: 192, height: 108 };
const usual: HealthConfig = { settle: seconds(30), frozen: minutes(2), except: [] };

const scenes = sceneNames.map(scene => ({
  scene,
  renderer: createRenderer(createView(7, scene), size.width, size.height),
}));

/** The world repeats, and so do its pictures. */
const rendered = new Map<string, Picture>();
const pictureOf = ({ scene, renderer }: (typeof scenes)[number], second: number): Picture => {
  const key = `${scene} ${second % 120}`;
  const picture = rendered.get(key) ?? { ...size, pixels: renderer.render(second * 1000).slice() };
  rendered.set(key, picture);
  return picture;
};

const fair: Weather = picture => picture;

/** The same pictures come again, and are spoiled once. */
const onceOfEach = (weather: Weather): Weather => {
  const seen = new Map<Picture, Picture>();
  return (picture, second) => {
    const known = seen.get(picture) ?? weather(picture, second);
    seen.set(picture, known);
    return known;
  };
};
const spoils = new Map<PictureFault, Weather>(
  pictureFaults.map(fault => [fault, onceOfEach(({ pixels }) => ({ ...size, pixels: spoil(fault, pixels, size) }))]),
);
const spoiled = (fault: PictureFault): Weather => spoils.get(fault) ?? fair;

/** A lens on which there is so much of a blur: 0 none, 1 as `blurred`. */
const dirty = (part: number): Weather =>
  onceOfEach((picture, second) => {
    const blurred = spoiled('blurred')(picture, second).pixels;
    return { ...size, pixels: picture.pixels.map((value, at) => value + part * ((blurred[at] ?? 0) - value)) };
  });

/**
 * A camera whose pictures are looked at every `every` seconds; it says what health told, with the second of each. With
 * `from` it goes on where another one was when it was kept.
 */
const watch = (scene: (typeof scenes)[number], config = usual, from?: KeptView) => {
  let kept = from;
  const health = createHealth(config, {
    kept: from && keptViewSchema.parse(JSON.parse(JSON.stringify(from))),
    keep: view => {
      kept = view;
    },
  });
  let second = from === undefined ? 0 : from.time / 1000 + 1;
  return {
    health,
    kept: () => kept,
    /** `standing`: time stands still in the picture. */
    for: (length: number, weather: Weather = fair, { every = 2, standing = false } = {}): readonly string[] => {
      const told: string[] = [];
      const end = second + length;
      const began = second;
      for (; second < end; second += every) {
        const picture = weather(pictureOf(scene, standing ? began : second), second);
        told.push(...health.look(picture, second * 1000).map(({ signal, state }) => `${signal} ${state}`));
      }
      return told;
    },
    connect: (): void => health.connect(config),
    wait: (length: number): void => {
      second += length;
    },
  };
};

const allWell = healthSignals.map(signal => `${signal} ended`);

describe.each(scenes)('a camera over the $scene', scene => {
  it('that sees well says so of everything once in each connection, and then nothing', () => {
    const camera = watch(scene);
    expect(camera.for(70).toSorted()).toEqual(allWell.toSorted());
    expect(camera.for(60)).toEqual([]);
    camera.connect();
    expect(camera.for(60).toSorted()).toEqual(allWell.toSorted());
  });

  it.each(pictureFaults)('says once that its picture is %s, and once that it is not any more', fault => {
    const camera = watch(scene);
    camera.for(70);
    const standing = fault === 'frozen';
    expect(camera.for(20, spoiled(fault), { standing }), 'for a moment').toEqual([]);
    expect(camera.for(20)).toEqual([]);
    expect(camera.for(200, spoiled(fault), { standing })).toEqual([`${fault} begun`]);
    expect(camera.for(20)).toEqual([]);
    expect(camera.for(20)).toEqual([`${fault} ended`]);
    expect(camera.for(40)).toEqual([]);
  });

  it('tells another thing after the first: what covered the lens had turned the camera', () => {
    const camera = watch(scene);
    camera.for(70);
    expect(camera.for(60, spoiled('covered'))).toEqual(['covered begun']);
    expect(camera.for(60, spoiled('moved')).toSorted()).toEqual(['covered ended', 'moved begun']);
    expect(camera.for(60)).toEqual(['moved ended']);
  });

  it('sees as it should in rain, in fog that comes and lifts, in the sun, before headlights and on a swaying pole', () => {
    const camera = watch(scene);
    camera.for(70);
    expect(camera.for(120, rainy), 'rain at once').toEqual([]);
    for (let minute = 0; minute <= 20; minute++) {
      expect(camera.for(60, foggy(minute / 20), { every: 6 }), `fog after ${minute} minutes`).toEqual([]);
    }
    for (let minute = 20; minute >= 0; minute--) {
      expect(camera.for(60, foggy(minute / 20), { every: 6 }), `fog for ${minute} minutes more`).toEqual([]);
    }
    expect(camera.for(90, sunny(1)), 'the sun comes out from behind a house').toEqual([]);
    expect(camera.for(60)).toEqual([]);
    expect(camera.for(60, (picture, second) => headlights((second % 10) / 10)(picture, second))).toEqual([]);
    const jumping: Weather = ({ pixels }, second) => {
      const by = 3 * Math.round(2 * Math.sin(second));
      return { ...size, pixels: pixels.map((_, at) => pixels[at + by] ?? 0) };
    };
    expect(camera.for(60, jumping)).toEqual([]);
    expect(camera.for(60, swaying(6, 0.3))).toEqual([]);
    const pouring: Weather = (picture, second) => drops(20)(downpour(picture, second), second);
    expect(camera.for(120, pouring), 'a downpour').toEqual([]);
    expect(camera.for(90, exposing), 'an iris that opens and closes').toEqual([]);
  });

  it('says when night begins and ends, by dusk and dawn, and nothing else', () => {
    const camera = watch(scene);
    camera.for(70);
    const told: string[] = [];
    for (let minute = 0; minute <= 20; minute++) told.push(...camera.for(60, dimmed(0.8 ** minute), { every: 6 }));
    expect(camera.for(3600, dimmed(0.01), { every: 15 })).toEqual([]);
    for (let minute = 20; minute >= 0; minute--) told.push(...camera.for(60, dimmed(0.8 ** minute), { every: 6 }));
    expect(told).toEqual(['night begun', 'night ended']);
  });

  it('says that night begins when it goes over to infrared light, where cars drive by with their headlights', () => {
    const camera = watch(scene);
    camera.for(70);
    expect(camera.for(120, dimmed(0.7))).toEqual([]);
    expect(camera.for(120, infrared)).toEqual(['night begun']);
    const driving: Weather = (picture, second) => headlights((second % 12) / 12)(infrared(picture, second), second);
    expect(camera.for(120, driving)).toEqual([]);
    expect(camera.for(120, dimmed(0.7))).toEqual(['night ended']);
  });
});

describe('the health of a camera', () => {
  const [street] = scenes;
  if (street === undefined) throw new Error('no scene');

  it('is not judged by the view while it is turned by order, nor afterwards by the view before', () => {
    const camera = watch(street);
    camera.for(70);
    camera.health.turned();
    expect(camera.for(120, spoiled('moved'))).toEqual([]);
    expect(camera.for(60), 'turned back by hand').toEqual(['moved begun']);
  });

  it('is told also of what happened while the camera was away for a short time', () => {
    const camera = watch(street);
    camera.for(70);
    camera.wait(300);
    camera.connect();
    const told = camera.for(60, spoiled('moved'));
    expect(told).toContain('moved begun');
    expect(told).not.toContain('moved ended');
  });

  it('takes what it sees for its view after an hour without pictures', () => {
    const camera = watch(street);
    camera.for(70);
    camera.wait(3600);
    expect(camera.for(120, spoiled('moved'))).toEqual([]);
    expect(camera.for(60)).toEqual(['moved begun']);
  });

  it('leaves open what it cannot know: a picture that was black from the beginning may be night, of 16 hours at most', () => {
    const camera = watch(street);
    expect(camera.for(3600, spoiled('black'), { every: 15 })).toEqual(['night begun']);
    expect(camera.for(15 * 3600, spoiled('black'), { every: 15 })).toEqual([]);
    expect(camera.for(120, spoiled('black'), { every: 15 })).toEqual(['black begun']);
  });

  it('learns the view again after a night in which nothing was seen', () => {
    const camera = watch(street);
    camera.for(70);
    for (let minute = 0; minute < 20; minute++) camera.for(60, dimmed(0.8 ** minute), { every: 6 });
    expect(camera.for(3600, spoiled('black'), { every: 15 })).toEqual([]);
    expect(camera.for(120, spoiled('moved'))).toEqual(['night ended']);
    expect(camera.for(60)).toEqual(['moved begun']);
  });

  it('goes on after a restart: a camera that was turned meanwhile is moved, and one that was not is not', () => {
    const before = watch(street);
    before.for(25);
    expect(before.kept(), 'not before the view is known').toBeUndefined();
    before.for(45);
    const kept = before.kept();
    expect(JSON.stringify(kept).length).toBeLessThan(13_000);
    const turned = watch(street, usual, kept);
    turned.wait(600);
    expect(turned.for(60, spoiled('moved'))).toContain('moved begun');
    const restarted = watch(street, usual, kept);
    restarted.wait(600);
    expect(restarted.for(70).toSorted()).toEqual(allWell.toSorted());
    expect(restarted.for(60, spoiled('moved')), 'later').toEqual(['moved begun']);
    const late = watch(street, usual, kept);
    late.wait(3600);
    expect(late.for(120, spoiled('moved')), 'after an hour').not.toContain('moved begun');
  });

  it('knows after a restart that it was turned already, and that it was turned back', () => {
    const before = watch(street);
    before.for(70);
    before.for(700, spoiled('moved'));
    const after = watch(street, usual, before.kept());
    expect(after.for(60, spoiled('moved'))).toContain('moved begun');
    expect(after.for(60)).toContain('moved ended');
  });

  it('keeps nothing of a view from which it was turned by order, and then the next one', () => {
    const camera = watch(street);
    camera.for(70);
    const kept = camera.kept();
    camera.health.turned();
    expect(camera.kept()).toBeUndefined();
    camera.for(70, spoiled('moved'));
    expect(camera.kept()).toMatchObject({ movedFor: 0 });
    expect(camera.kept()?.plane).not.toBe(kept?.plane);
  });

  it('keeps what it remembers again after ten minutes, not with each look', () => {
    const camera = watch(street);
    camera.for(70);
    const first = camera.kept();
    camera.for(540);
    expect(camera.kept()).toBe(first);
    camera.for(60);
    expect(camera.kept()?.time).toBe((first?.time ?? 0) + minutes(10));
  });

  it('takes a view to which it was turned for its own after a day, not before', () => {
    const before = watch(street);
    before.for(70);
    before.for(700, spoiled('moved'));
    const kept = before.kept();
    if (kept === undefined) throw new Error('nothing was kept');
    expect(kept.movedFor).toBeGreaterThan(minutes(8));
    const camera = watch(street, usual, { ...kept, movedFor: hours(23.9) });
    expect(camera.for(300, spoiled('moved'))).toContain('moved begun');
    expect(camera.for(200, spoiled('moved')).toSorted()).toEqual(['moved ended', 'night ended']);
    expect(camera.for(60), 'turned back').toEqual(['moved begun']);
  });

  it('forgives what dirt does to its sharpness in the course of days, not what happens at once', () => {
    const camera = watch(street);
    camera.for(70);
    const kept = camera.kept();
    if (kept === undefined) throw new Error('nothing was kept');
    const { sharpest = 0 } = kept;
    expect(camera.for(60, dirty(0.9))).toEqual(['blurred begun']);
    const aging = watch(street, usual, kept);
    aging.for(1200, dirty(0.75), { every: 14 });
    const lost = sharpest - (aging.kept()?.sharpest ?? 0);
    expect(lost / sharpest, 'in twenty minutes').toBeGreaterThan(0.001);
    expect(lost / sharpest).toBeLessThan(0.01);
    const aged = watch(street, usual, { ...kept, sharpest: 0.65 });
    expect(aged.for(70, dirty(0.9))).not.toContain('blurred begun');
    expect(aged.for(60, spoiled('blurred'))).toContain('blurred begun');
  });

  it('is frozen when only the coding changes its pictures, of a camera whose noise has been known for days', () => {
    const before = watch(street);
    before.for(700, dimmed(1, 20));
    const kept = before.kept();
    const least = kept?.noise?.least ?? 0;
    expect(least).toBeGreaterThan(2);
    if (kept === undefined) throw new Error('nothing was kept');
    const camera = watch(street, usual, { ...kept, noise: { least, knownFor: hours(72) } });
    expect(camera.for(700, dimmed(1, 20), { standing: true }), 'quiet').not.toContain('frozen begun');
    expect(camera.for(600, dimmed(1, 1.5), { standing: true })).toEqual([]);
    expect(camera.for(120, dimmed(1, 1.5), { standing: true })).toEqual(['frozen begun']);
    expect(camera.for(300, dimmed(1, 20))).toEqual(['frozen ended']);
  });

  it('says nothing of what the configuration excepts', () => {
    const camera = watch(street, { ...usual, except: ['moved', 'night'] });
    const told = camera.for(70);
    expect(camera.for(90, spoiled('moved'))).toEqual([]);
    expect(told.toSorted()).toEqual(['black ended', 'blurred ended', 'covered ended', 'frozen ended']);
  });

  it('counts no time in which the clock was set', () => {
    const health = createHealth(usual);
    const told: string[] = [];
    for (let second = 0; second < 60; second++) {
      const time = second < 20 ? second * 1000 : second * 1000 + (second % 2) * hours(1) - hours(5);
      told.push(...health.look(pictureOf(street, second), time).map(({ state }) => state));
    }
    expect(told).not.toContain('begun');
  });

  const skip = missingData() ?? missingPrograms('ffmpeg');

  it.skipIf(skip !== undefined)('raises nothing of a real road', { timeout: 60_000 }, async () => {
    const health = createHealth({ ...usual, settle: seconds(3) });
    const told: string[] = [];
    let index = 0;
    for await (const { picture } of decodeVideo(
      { args: ['-i', dataFile('video', 'car-detection.mp4')] },
      { width: 416, height: 416, resampling: 'bilinear', maximumFps: 1 },
      {
        signal: AbortSignal.timeout(60_000),
        explain: complaints => new GatewayError('protocol', complaints),
        keep: 'all',
      },
    )) {
      told.push(...health.look(picture, index++ * 1000).map(({ signal, state }) => `${signal} ${state}`));
    }
    expect(index).toBeGreaterThan(25);
    expect(told.filter(each => each.endsWith('begun'))).toEqual([]);
  });
});
