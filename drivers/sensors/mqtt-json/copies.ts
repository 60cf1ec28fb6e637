/** What one connection remembers so that nothing said twice in other words is measured twice. */

/** Copies of a frame follow each other within minutes; a LoRaWAN device sends some hundred frames a day. */
const mostFrames = 256;

export interface Copies {
  /** Whether a frame of this key was seen before; now it was. */
  isCopy(key: string): boolean;
  /** Whether the device said anything with its own time: what only repeats it without a time says nothing new. */
  hasSaidTime: boolean;
}

export const createCopies = (): Copies => {
  const seen = new Set<string>();
  return {
    isCopy: key => {
      if (seen.has(key)) return true;
      seen.add(key);
      const [oldest] = seen;
      if (seen.size > mostFrames && oldest !== undefined) seen.delete(oldest);
      return false;
    },
    hasSaidTime: false,
  };
};
