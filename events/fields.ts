/**
 * Building blocks of the events' schemas. Each field says its meaning, unit (UCUM), range and an example: all of it
 * goes into the published JSON Schema.
 */
import { z } from 'zod';

export interface NumberField {
  readonly description: string;
  /** UCUM code; `1` for counts and fractions. */
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly example: number;
}

export const numberField = ({ description, unit, minimum, maximum, example }: NumberField) =>
  z
    .number()
    .min(minimum)
    .max(maximum)
    .meta({ description, unit, examples: [example] });

export const countField = (description: string, example: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z
    .int()
    .min(0)
    .max(maximum)
    .meta({ description, unit: '1', examples: [example] });

export const fractionField = (description: string, example: number) =>
  numberField({ description, unit: '1', minimum: 0, maximum: 1, example });

/** Text of at most `maximum` characters. */
export const textField = (description: string, example: string, maximum = 256) =>
  z
    .string()
    .min(1)
    .max(maximum)
    .meta({ description, examples: [example] });

/** Text that must fit `pattern`. */
export const patternField = (description: string, pattern: RegExp, example: string) =>
  z
    .string()
    .regex(pattern)
    .meta({ description, examples: [example] });

/** One of the words of `values`. */
export const wordField = <const Words extends readonly string[]>(
  description: string,
  values: Words,
  example: Words[number],
) => z.enum(values).meta({ description, examples: [example] });

/** The one value that a Smart Data Model or GeoJSON prescribes. */
export const fixedField = <const Word extends string>(description: string, word: Word) =>
  z.literal(word).meta({ description, examples: [word] });

/** RFC 3339 in UTC, with or without milliseconds. */
export const timeField = (description: string, example: string) =>
  z.iso.datetime().meta({ description, examples: [example] });

export const identifierField = (description: string, example: string) =>
  patternField(description, /^[a-z0-9-]{1,32}$/, example);

/** NGSI-LD entity id. */
export const entityField = (description: string, example: string) =>
  patternField(description, /^urn:ngsi-ld:[A-Za-z]+:[A-Za-z0-9._:-]{1,200}$/, example);

export const sha256Field = (description: string) =>
  patternField(description, /^[0-9a-f]{64}$/, '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0');

/** GeoJSON, WGS 84, longitude first. */
export const pointField = (description: string) =>
  z
    .strictObject({
      type: fixedField('GeoJSON geometry', 'Point'),
      coordinates: z
        .tuple([
          numberField({
            description: 'Longitude, east positive',
            unit: 'deg',
            minimum: -180,
            maximum: 180,
            example: 107.5508,
          }),
          numberField({
            description: 'Latitude, north positive',
            unit: 'deg',
            minimum: -90,
            maximum: 90,
            example: 16.4637,
          }),
        ])
        .meta({ description: 'Longitude, then latitude, WGS 84' }),
    })
    .meta({ description });

/** UCUM code of each quantity, since the models leave units open or differ. */
export const unitsField = <const Units extends Readonly<Record<string, string>>>(units: Units) => {
  const shape: Record<string, z.ZodOptional<z.ZodLiteral<string>>> = {};
  for (const [name, unit] of Object.entries(units))
    shape[name] = z
      .literal(unit)
      .meta({ description: `Unit of ${name}`, examples: [unit] })
      .optional();
  return z.strictObject(shape).meta({ description: 'UCUM code of each quantity' });
};

const pendingField = () =>
  fixedField('The bytes follow by HTTPS PUT; then media.stored or media.lost tells the outcome', 'pending');

/** Files that the event is the first to name. */
export const mediaField = () => mediaFieldWith(pendingField());

/** Files that the event names, the first to do so or not. */
export const sharedMediaField = () =>
  mediaFieldWith(
    wordField(
      'The bytes follow as for `pending` in any event; `announced`: an earlier event named them, and they follow that one',
      ['pending', 'announced'],
      'pending',
    ),
  );

const mediaFieldWith = <State extends z.ZodType>(state: State) =>
  z
    .array(
      z
        .strictObject({
          role: fixedField('What the file shows', 'snapshot'),
          state,
          key: patternField(
            'Where the bytes go below the media URL',
            /^[A-Za-z0-9._/-]{1,255}$/,
            'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.jpg',
          ),
          sha256: sha256Field('SHA-256 of the bytes'),
          mediaType: fixedField('IANA media type', 'image/jpeg'),
          bytes: numberField({ description: 'Size', unit: 'By', minimum: 1, maximum: 20_000_000, example: 48211 }),
          width: numberField({ description: 'Width', unit: '{pixel}', minimum: 1, maximum: 16384, example: 1280 }),
          height: numberField({ description: 'Height', unit: '{pixel}', minimum: 1, maximum: 16384, example: 720 }),
          capturedAt: timeField('Capture of the frame', '2026-11-22T17:04:10.240Z'),
          redaction: textField('What was blurred before the picture was written', 'person-boxes,vehicle-boxes'),
          expiresAt: timeField('When it is to be deleted', '2026-12-22T17:04:10Z'),
        })
        .meta({ description: 'A file that belongs to the event' }),
    )
    .min(1)
    .max(4)
    .meta({ description: 'Files by reference; an event with a picture is restricted' });
