/** What ffmpeg says while it decodes (`-loglevel level+verbose`), line by line. Pure. */

/**
 * `complaint`: an error, of which only the last ones tell why it ended. `stretched`: pictures from here on have the shape of
 * those before. `lost`: packets are missing, whatever they held. `spoiled`, `spoiled-key`: a picture shows what the camera
 * did not see, one that is predicted from others or one that stands for itself.
 */
export type Remark = 'complaint' | 'stretched' | 'lost' | 'spoiled' | 'spoiled-key';

const meanings: readonly (readonly [says: RegExp, remark: Remark])[] = [
  [/\[(?:error|fatal|panic)\]/, 'complaint'],
  [/RTP: missed \d+ packets/, 'lost'],
  // H.264: blocks were made up.
  [/concealing \d+ DC, .* in [PB] frame/, 'spoiled'],
  [/concealing \d+ DC, .* in I frame/, 'spoiled-key'],
  // H.265: the picture to predict from never came.
  [/Could not find ref with POC/, 'spoiled'],
];

/** The scaler by which ffmpeg keeps an output's size when its input changes: from which size, and to which. */
const scaler = /^\[scaler_out\S* @ \w+\] \[verbose\] w:(\d+) h:(\d+) fmt:.* -> w:(\d+) h:(\d+) /;

export const remarksIn = (line: string): readonly Remark[] => {
  const remarks = meanings.filter(([says]) => says.test(line)).map(([, remark]) => remark);
  const [, fromWidth, fromHeight, toWidth, toHeight] = scaler.exec(line) ?? [];
  return fromWidth === toWidth && fromHeight === toHeight ? remarks : [...remarks, 'stretched'];
};

/** Of a line that does not end, its end. */
const longestLine = 4000;

/** Joins chunks into lines. */
export const createLineReader = (): ((chunk: string) => readonly string[]) => {
  let rest = '';
  return chunk => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-longestLine);
    return lines;
  };
};

export interface DamageJudge {
  hear(remark: Remark): void;
  /** A picture comes that needs none before it. */
  keyFrame(): void;
  /** Whether the picture that comes now shows what the camera did not see: since damage lasts until a key frame is whole. */
  isDamaged(): boolean;
}

/** Told of remarks, key frames and pictures in the order in which they come out of ffmpeg. */
export const createDamageJudge = (): DamageJudge => {
  let isDamaged = false;
  let keyIsSpoiled = false;
  /** Whether packets were lost since something came: they may have been of the key frame that comes next. */
  let keyMayLack = false;
  return {
    hear: remark => {
      if (remark === 'lost') keyMayLack = true;
      if (remark === 'spoiled-key') keyIsSpoiled = true;
      if (remark === 'lost' || remark === 'spoiled' || remark === 'spoiled-key') isDamaged = true;
    },
    keyFrame: () => {
      if (!keyIsSpoiled && !keyMayLack) isDamaged = false;
      keyIsSpoiled = false;
      keyMayLack = false;
    },
    isDamaged: () => {
      keyMayLack = false;
      return isDamaged;
    },
  };
};
