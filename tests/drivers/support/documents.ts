/** A source of documents that is read in the background; each is settled as the test says. */
import type { Document, DocumentOutcome, Documents } from '../../../core/document.ts';
import { type GatewayError, toGatewayError } from '../../../core/errors.ts';
import { createContext, type TestContext } from './context.ts';

export interface DocumentReading {
  readonly context: TestContext;
  /** Texts of all documents so far, in their order. */
  texts(): readonly string[];
  /** How often the source said that nothing is new. */
  nothings(): number;
  /** Documents that were not settled yet, by number from 0. */
  settle(at: number, outcome: DocumentOutcome): void;
  ended(): { readonly failure?: GatewayError } | undefined;
  /** Aborts, and resolves to how long it took to end, in ms. */
  stop(): Promise<number>;
}

export const taken = (accepted = 1, newest?: number): DocumentOutcome => ({
  kind: 'taken',
  tally: { accepted, reasons: new Map(), ...(newest !== undefined && { newest }) },
});

export const unreadable: DocumentOutcome = {
  kind: 'unreadable',
  tally: { accepted: 0, reasons: new Map([['malformed.not-json', 1]]) },
};

/** `settleAs`: what becomes of each document as soon as it comes; none is settled by itself when absent. */
export const readDocuments = (
  open: (context: TestContext) => Documents,
  settleAs?: (text: string) => DocumentOutcome,
  secrets: Readonly<Record<string, string>> = {},
): DocumentReading => {
  const context = createContext({ secrets });
  const documents: Document[] = [];
  let nothings = 0;
  let ended: { readonly failure?: GatewayError } | undefined;
  const textOf = ({ bytes }: Document): string => Buffer.from(bytes).toString();
  const run = async (): Promise<void> => {
    for await (const document of open(context)) {
      if (document === undefined) nothings++;
      else {
        documents.push(document);
        if (settleAs !== undefined) document.settle(settleAs(textOf(document)));
      }
    }
  };
  const running = run().then(
    () => {
      ended = {};
    },
    (failure: unknown) => {
      ended = { failure: toGatewayError(failure) };
    },
  );
  return {
    context,
    texts: () => documents.map(textOf),
    nothings: () => nothings,
    settle: (at, outcome) => documents[at]?.settle(outcome),
    ended: () => ended,
    stop: async () => {
      const startedAt = performance.now();
      context.abort();
      await running;
      return performance.now() - startedAt;
    },
  };
};
