/** The parts of ggencoder that we compare ourselves with: an AIS encoder and decoder by other authors. */
declare module 'ggencoder' {
  interface Decoded {
    readonly valid: boolean;
    readonly aistype: number;
    readonly [field: string]: unknown;
  }
  interface Encoded {
    readonly valid: boolean;
    /** One sentence without its line end. */
    readonly nmea: string;
  }
  const ggencoder: {
    readonly AisDecode: new (sentence: string, session: Record<string, unknown>) => Decoded;
    readonly AisEncode: new (message: Readonly<Record<string, unknown>>) => Encoded;
  };
  export = ggencoder;
}
