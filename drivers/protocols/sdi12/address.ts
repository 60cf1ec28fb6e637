/** SDI-12 v1.4, clause 4.4.1, and the transmitters that took it over: digits first, which are the usual ones. */
export const addresses: readonly string[] = [...'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
