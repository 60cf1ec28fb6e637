/** H.264 byte streams (ITU-T H.264 annex B) taken apart into pictures. Pure. */

/** One coded picture. */
export interface AccessUnit {
  /** True when a decoder can begin here (an IDR picture). */
  readonly keyframe: boolean;
  /** Without start codes and access unit delimiters. */
  readonly nalUnits: readonly Uint8Array[];
}

/** `nal_unit_type` (ITU-T H.264 table 7-1). */
export const nalType = { idr: 5, sps: 7, pps: 8, delimiter: 9 } as const;

export const typeOf = (nalUnit: Uint8Array): number => (nalUnit[0] ?? 0) & 0x1f;

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

/** The pictures of a stream that sets an access unit delimiter before each (x264's `aud=1`). */
export const splitAccessUnits = (stream: Uint8Array): readonly AccessUnit[] => {
  const pictures: Uint8Array[][] = [];
  for (const unit of splitNalUnits(stream)) {
    if (typeOf(unit) === nalType.delimiter) pictures.push([]);
    else pictures.at(-1)?.push(unit);
  }
  return pictures.map(nalUnits => ({ keyframe: nalUnits.some(unit => typeOf(unit) === nalType.idr), nalUnits }));
};
