/** One type of event: where it goes, what its `data` may hold, what people read of it, and an example. */
import { z } from 'zod';
import type { Severity } from '../core/conclusion.ts';
import type { Lane } from '../core/sealed.ts';
import type { KnownEvent } from './names.ts';

/** One sentence for the duty officer, in both languages. */
export interface Headline {
  readonly vi: string;
  readonly en: string;
}

/** The words of a headline that do not stand in the event's data. */
export interface HeadlineWords {
  /** `lúc 08:12 ngày 23/11` and `at 08:12 on 23 Nov`, in the time zone of the site. */
  readonly when: Headline;
  /** The configured name of the device, or the source of a fact of no single device. */
  readonly source: string;
}

export interface EventExample {
  readonly source: string;
  /** A device of the example site (`events/example-site.ts`). */
  readonly device?: string;
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
  readonly severity?: Severity;
  readonly correlation?: string;
}

interface EventTypeSpec<Name extends KnownEvent, Shape extends z.core.$ZodLooseShape> {
  readonly name: Name;
  /** `state` is retained and not a lane: see `Outbox.retain`. */
  readonly lane: Lane | 'state';
  /** Semantic version of the schema; its major part stands in the event's type. */
  readonly version: `${number}.${number}.${number}`;
  readonly summary: string;
  /** Without `headline` and `configversion`, which the seal adds. Made when it is first asked for: all types together take 10 MB. */
  readonly data: () => Shape;
  readonly headline?: (data: z.infer<z.ZodObject<Shape, z.core.$strict>>, words: HeadlineWords) => Headline;
  readonly example: EventExample & { readonly data: z.input<z.ZodObject<Shape, z.core.$strict>> };
}

/** An event type as the registry holds it: the type of its data ends inside `defineEvent`. */
export interface EventType<Name extends KnownEvent = KnownEvent> {
  readonly name: Name;
  readonly lane: Lane | 'state';
  readonly version: string;
  readonly summary: string;
  /** Closed, and the same as on the wire but for `headline` and `configversion`. */
  readonly data: z.ZodObject;
  readonly hasHeadline: boolean;
  /** Undefined when the type has none. Throws ZodError when `data` does not fit the schema. */
  headlineOf(data: unknown, words: HeadlineWords): Headline | undefined;
  readonly example: EventExample & { readonly data: Readonly<Record<string, unknown>> };
}

export const defineEvent = <Name extends KnownEvent, Shape extends z.core.$ZodLooseShape>(
  spec: EventTypeSpec<Name, Shape>,
): EventType<Name> => {
  let made: z.ZodObject<Shape, z.core.$strict> | undefined;
  const data = (): z.ZodObject<Shape, z.core.$strict> => {
    made ??= z.strictObject(spec.data());
    return made;
  };
  return {
    name: spec.name,
    lane: spec.lane,
    version: spec.version,
    summary: spec.summary,
    get data() {
      return data();
    },
    hasHeadline: spec.headline !== undefined,
    headlineOf: (raw, words) => spec.headline?.(data().parse(raw), words),
    example: spec.example,
  };
};
