/**
 * `npm run draw-detection`: writes docs/detection-event.jpg, the picture of a detection event for the README. A simulated
 * camera streams a street, the vision process detects and blurs, the stage `zones` concludes and the seal makes the event,
 * all as in a gateway; only the frame around it is drawn here.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { z } from 'zod';
import { createCommandOffers } from '../core/command.ts';
import type { Detections } from '../core/observation.ts';
import type { Site } from '../core/site.ts';
import { systemClock } from '../core/time.ts';
import { createSealer } from '../gateway/runtime/create-sealer.ts';
import { openVision } from '../gateway/vision/open.ts';
import { stage } from '../pipelines/zones/stage.ts';
import { simulator } from '../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../simulators/world/create.ts';

const output = fileURLToPath(new URL('../docs/detection-event.jpg', import.meta.url));
const device = 'cam-3';
const city = 'hue';
const gateway = 'gw-017';
const size = { width: 960, height: 540 } as const;
const panel = 222;
const within = 300_000;

const zone = {
  id: 'pavement',
  name: 'Vỉa hè Lê Lợi',
  englishName: 'Le Loi pavement',
  classes: ['person'],
  polygon: [
    [0, 0.74],
    [0.5, 0.82],
    [1, 0.91],
    [1, 1],
    [0, 1],
  ],
} as const;

const site: Site = {
  ...{ city, gateway, siteId: 'pole-leloi-07', areaCode: '19789', timeZone: 'Asia/Ho_Chi_Minh', status: 'simulated' },
  configVersion: '88b68c9d0043',
  devices: new Map(),
};

const eventSchema = z.looseObject({
  type: z.string(),
  time: z.string(),
  dataclassification: z.string(),
  data: z.looseObject({
    headline: z.object({ vi: z.string(), en: z.string() }),
    object: z.object({
      class: z.string(),
      trackId: z.string(),
      confidence: z.number(),
      box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
    }),
    zone: z.object({ id: z.string() }),
    detector: z.object({ model: z.string(), version: z.string(), threshold: z.number() }),
    media: z
      .array(
        z.looseObject({
          key: z.string(),
          sha256: z.string(),
          bytes: z.number(),
          capturedAt: z.string(),
          redaction: z.string(),
        }),
      )
      .length(1),
  }),
});
type Told = z.output<typeof eventSchema>;

const log = { info: (line: string) => process.stderr.write(`${line}\n`), warn: () => {}, error: () => {} };

/** The first event whose picture was taken at its own moment, and all that was seen then. */
const waitForEvent = async (folder: string): Promise<{ readonly told: Told; readonly seen: Detections }> => {
  const signal = AbortSignal.timeout(within);
  const random = () => 0.5;
  await using camera = await simulator.start(
    { scene: 'street', width: size.width, fps: 5 },
    { world: createWorld(7), clock: systemClock, log, signal, random },
  );
  await using vision = openVision({ log, media: { folder, city, gateway } });
  const zones = stage.bind({ zones: [zone] }, site).start(new Map());
  const sealer = createSealer(site);
  const detect = { model: 'simulated-scenes', fps: 5, snapshot: { width: size.width, every: '1s' } };
  const context = {
    ...{ signal, clock: systemClock, log, count: () => {}, commands: createCommandOffers() },
    reveal: () => '',
  };
  for await (const { items } of vision.device(device, 'rtsp-camera', camera.address, detect).open(context)) {
    for (const seen of items) {
      if (seen.kind !== 'detections') continue;
      for (const item of zones.step([seen]).output) {
        if (item.kind !== 'conclusion' || item.event !== 'urban-camera.zone.entered') continue;
        const sealed = sealer.event(item, systemClock.now(), 'ntp');
        const told = eventSchema.safeParse(JSON.parse(sealed.body));
        if (told.success && Date.parse(told.data.data.media[0]?.capturedAt ?? '') === seen.time)
          return { told: told.data, seen };
      }
    }
  }
  throw new Error('nothing entered the zone');
};

const escaped = (text: string): string => text.replace(/[&<>]/g, character => `&#${character.charCodeAt(0)};`);

const textAt = (x: number, y: number, words: string, more: string): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`;

interface Labeled {
  readonly box: Told['data']['object']['box'];
  readonly label: string;
}

const boxAround = ({ box }: Labeled, color: string, stroke: number): string => {
  const [x, y] = [box.x * size.width, box.y * size.height];
  return `<rect x="${x}" y="${y}" width="${box.width * size.width}" height="${box.height * size.height}" fill="none" stroke="${color}" stroke-width="${stroke}"/>`;
};

const lineHeight = 16;
const characterWidth = 9;

/** Above its box and within the picture, or as many lines further up as others take the place. */
const createLabels = (): ((of: Labeled, color: string) => string) => {
  const taken: { readonly left: number; readonly right: number; readonly bottom: number }[] = [];
  return ({ box, label }, color) => {
    const left = Math.min(box.x * size.width, size.width - label.length * characterWidth);
    const right = left + label.length * characterWidth;
    let bottom = box.y * size.height - 5;
    while (
      taken.some(each => left < each.right && each.left < right && Math.abs(bottom - each.bottom) < lineHeight) &&
      bottom > 2 * lineHeight
    )
      bottom -= 4;
    taken.push({ left, right, bottom });
    const outlined = 'font-size="14" font-weight="bold" stroke="black" stroke-width="3" paint-order="stroke"';
    return textAt(left, bottom, label, `fill="${color}" ${outlined}`);
  };
};

const drawing = ({ told, seen }: { readonly told: Told; readonly seen: Detections }): string => {
  const { headline, object, detector, media } = told.data;
  const named = (label: string, confidence: number, box: Labeled['box']): Labeled => ({
    label: `${label} ${confidence.toFixed(2)}`,
    box,
  });
  const cause = named(object.class, object.confidence, object.box);
  const others = seen.objects
    .filter(({ track }) => track !== object.trackId)
    .map(({ label, confidence, box }) => named(label, confidence, box));
  const toLabel = createLabels();
  const outline = zone.polygon.map(([x, y]) => `${x * size.width},${y * size.height}`).join(' ');
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['type', told.type],
    ['time', `${told.time}   zone ${told.data.zone.id}   track ${object.trackId}`],
    [
      'object',
      `${object.class}, confidence ${object.confidence} (${detector.model} ${detector.version}, threshold ${detector.threshold})`,
    ],
    ...media.map(({ key, bytes }) => ['media', `${key}, ${bytes} bytes`] as const),
    ...media.map(
      ({ redaction }) => ['redaction', `${redaction}   dataclassification ${told.dataclassification}`] as const,
    ),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height + panel}" font-family="DejaVu Sans, sans-serif">`,
    `<polygon points="${outline}" fill="#ffd54f" fill-opacity="0.18" stroke="#ffd54f" stroke-width="2"/>`,
    ...others.map(other => boxAround(other, '#e0e0e0', 1.5)),
    boxAround(cause, '#ff5252', 3),
    toLabel(cause, '#ff5252'),
    ...others.map(other => toLabel(other, '#e0e0e0')),
    `<rect y="${size.height}" width="${size.width}" height="${panel}" fill="#14212b"/>`,
    textAt(20, size.height + 36, headline.vi, 'fill="white" font-size="20" font-weight="bold"'),
    textAt(20, size.height + 62, headline.en, 'fill="#b0bec5" font-size="16"'),
    ...facts.flatMap(([name, value], index) => [
      textAt(20, size.height + 98 + index * 25, name, 'fill="#4fc3f7" font-size="14"'),
      textAt(
        120,
        size.height + 98 + index * 25,
        value,
        'fill="#eceff1" font-size="14" font-family="DejaVu Sans Mono, monospace" xml:space="preserve"',
      ),
    ]),
    '</svg>',
  ].join('');
};

const folder = await mkdtemp(path.join(tmpdir(), 'haidang-'));
try {
  const found = await waitForEvent(folder);
  const [picture] = found.told.data.media;
  const snapshot = await readFile(path.join(folder, `${picture?.sha256}.jpg`));
  const drawn = await sharp(snapshot)
    .extend({ bottom: panel, background: '#14212b' })
    .composite([{ input: Buffer.from(drawing(found)), left: 0, top: 0 }])
    .jpeg({ quality: 78, mozjpeg: true })
    .toBuffer();
  await writeFile(output, drawn);
  process.stderr.write(`wrote docs/detection-event.jpg, ${drawn.length} bytes\n`);
} finally {
  await rm(folder, { recursive: true });
}
