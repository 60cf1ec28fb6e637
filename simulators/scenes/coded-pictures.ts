/** Byte streams of coded video taken apart into pictures: H.264 and H.265 (annex B of each), motion JPEG. Pure. */

export const codecs = ['h264', 'h265', 'mjpeg'] as const;
export type Codec = (typeof codecs)[number];

export interface CodedPicture {
  /** True when a decoder can begin here. */
  readonly keyframe: boolean;
  /** NAL units without start codes and access unit delimiters, or one JPEG file. */
  readonly units: readonly Uint8Array[];
}

/** The types of NAL units that matter here. */
interface NalTypes {
  readonly of: (unit: Uint8Array) => number;
  readonly delimiter: number;
  /** First and last type of pictures that a decoder can begin with. */
  readonly random: readonly [first: number, last: number];
  /** Of the parameter sets, in the order in which a session description names them. */
  readonly parameterSets: readonly number[];
}

const nalTypes: Readonly<Record<Exclude<Codec, 'mjpeg'>, NalTypes>> = {
  // ITU-T H.264 table 7-1: an IDR picture; sequence and picture parameter sets.
  h264: { of: unit => (unit[0] ?? 0) & 0x1f, delimiter: 9, random: [5, 5], parameterSets: [7, 8] },
  // ITU-T H.265 table 7-1: BLA, IDR and CRA pictures; video, sequence and picture parameter sets.
  h265: { of: unit => ((unit[0] ?? 0) >> 1) & 0x3f, delimiter: 35, random: [16, 21], parameterSets: [32, 33, 34] },
};

/** The NAL units between the start codes `00 00 01`, without the zeros that pad them. */
const splitNalUnits = (stream: Uint8Array): readonly Uint8Array[] => {
  const units: Uint8Array[] = [];
  let from = -1;
  const end = (at: number): void => {
    let to = at;
    while (to > from && stream[to - 1] === 0) to--;
    if (from >= 0 && to > from) units.push(stream.subarray(from, to));
  };
  for (let at = 2; at < stream.length; at++) {
    if (stream[at] !== 1 || stream[at - 1] !== 0 || stream[at - 2] !== 0) continue;
    end(at - 2);
    from = at + 1;
  }
  end(stream.length);
  return units;
};

/** Files that follow each other, each from its first marker (`FF D8`) on; no scan holds that marker (ITU-T T.81, B.1.1.5). */
const splitJpegs = (stream: Uint8Array): readonly Uint8Array[] => {
  const starts: number[] = [];
  for (let at = 0; at + 2 < stream.length; at++) {
    if (stream[at] === 0xff && stream[at + 1] === 0xd8 && stream[at + 2] === 0xff) starts.push(at);
  }
  return starts.map((start, index) => stream.subarray(start, starts[index + 1]));
};

/** The pictures of a stream; of H.264 and H.265 one that sets an access unit delimiter before each. */
export const splitPictures = (stream: Uint8Array, codec: Codec): readonly CodedPicture[] => {
  if (codec === 'mjpeg') return splitJpegs(stream).map(file => ({ keyframe: true, units: [file] }));
  const { of, delimiter, random } = nalTypes[codec];
  const pictures: Uint8Array[][] = [];
  for (const unit of splitNalUnits(stream)) {
    if (of(unit) === delimiter) pictures.push([]);
    else pictures.at(-1)?.push(unit);
  }
  return pictures.map(units => ({
    keyframe: units.some(unit => of(unit) >= random[0] && of(unit) <= random[1]),
    units,
  }));
};

/** What a decoder must know before the first picture; undefined when the picture does not bring all of it. */
export const parameterSetsOf = (picture: CodedPicture | undefined, codec: Codec): readonly Uint8Array[] | undefined => {
  if (codec === 'mjpeg') return [];
  const { of, parameterSets } = nalTypes[codec];
  const found = parameterSets.map(type => picture?.units.find(unit => of(unit) === type));
  const sets = found.filter(set => set !== undefined);
  return sets.length === found.length ? sets : undefined;
};
