/** TAG blocks as a receiver puts them before its sentences: NMEA 0183 v4.10. */
import type { Instant } from '../../core/time.ts';
import { withChecksum } from '../../drivers/protocols/nmea0183/checksum.ts';

/** Each sentence in a TAG block of the receiver; those of one message in a group, of which the first tells the time. */
export const createTagger = (source: string): ((message: string, time: Instant) => string) => {
  let groups = 0;
  return (message, time) => {
    const sentences = message.split('\r\n').filter(sentence => sentence !== '');
    const stamp = `s:${source},c:${Math.floor(time / 1000)}`;
    if (sentences.length === 1) return `\\${withChecksum(stamp)}\\${message}`;
    groups = (groups % 9999) + 1;
    return sentences
      .map((sentence, index) => {
        const group = `g:${index + 1}-${sentences.length}-${groups}`;
        return `\\${withChecksum(index === 0 ? `${group},${stamp}` : group)}\\${sentence}\r\n`;
      })
      .join('');
  };
};
