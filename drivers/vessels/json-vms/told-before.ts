/**
 * Providers answer each question with all positions since some time, or the last one of every vessel: most of it was in
 * the answer before. What was, is told once.
 */
import type { DocumentDecoder } from '../../../core/decoding.ts';
import type { Document, Documents } from '../../../core/document.ts';
import type { Decoded } from '../../../core/driver.ts';

export interface ToldBefore {
  /** The same documents; notes which of them was taken. */
  watch(documents: Documents): Documents;
  /** `decode`, with what the last answer that was taken held already as `ignored.told-before`. */
  filter(decode: DocumentDecoder): DocumentDecoder;
}

/** For documents that come one after the other, each settled before the next: an answer's size bounds what is kept. */
export const createToldBefore = (): ToldBefore => {
  let told: ReadonlySet<string> = new Set();
  let current = new Set<string>();

  const remembering = (document: Document): Document => {
    current = new Set();
    const positions = current;
    return {
      ...document,
      settle: outcome => {
        if (outcome.kind === 'taken') told = positions;
        document.settle(outcome);
      },
    };
  };

  const once = (decoded: Decoded): Decoded => {
    if (decoded.kind !== 'observation') return decoded;
    const key = JSON.stringify(decoded.observation);
    current.add(key);
    return told.has(key) ? { kind: 'ignored', reason: 'told-before' } : decoded;
  };

  return {
    watch: async function* watch(documents) {
      for await (const document of documents) yield document === undefined ? document : remembering(document);
    },
    filter: decode =>
      function* filtered(chunk) {
        for (const decoded of decode(chunk)) yield once(decoded);
      },
  };
};
