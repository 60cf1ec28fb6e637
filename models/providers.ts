/**
 * Which part of the machine computes: the fastest that onnxruntime offers here and that really runs the model. A provider
 * that is named by its build may lack a driver, a device or an operator, which only a run shows.
 */

/** By the names of onnxruntime, the fastest first. The last one is always there. */
export const providers = ['cuda', 'coreml', 'openvino', 'cpu'] as const;
export type Provider = (typeof providers)[number];

export interface Refusal {
  readonly provider: Provider;
  /** In the words of onnxruntime, one line. */
  readonly reason: string;
}

export interface Chosen<Session> {
  readonly session: Session;
  readonly provider: Provider;
  /** Those that were tried before. */
  readonly refused: readonly Refusal[];
}

const longestReason = 200;

const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ').slice(0, longestReason);

/** Those of the build, in the order in which they are tried. */
export const candidatesOf = (build: readonly { readonly name: string }[]): readonly Provider[] =>
  providers.filter(provider => provider === 'cpu' || build.some(({ name }) => name === provider));

/**
 * Opens the model on the first of the candidates on which `open` succeeds, a run of it included. Throws what the last one
 * threw.
 */
export const chooseProvider = async <Session>(
  candidates: readonly Provider[],
  open: (provider: Provider) => Promise<Session>,
): Promise<Chosen<Session>> => {
  const refused: Refusal[] = [];
  let last: unknown;
  for (const provider of candidates) {
    try {
      return { session: await open(provider), provider, refused };
    } catch (thrown) {
      last = thrown;
      refused.push({ provider, reason: reasonOf(thrown) });
    }
  }
  throw last;
};
