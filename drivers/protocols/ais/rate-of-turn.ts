/** ITU-R M.1371-5 annex 8 § 3.1: ROT is sent as 4.733 times the square root of the rate in degrees a minute, with its sign. */
const factor = 4.733;

/** Degrees a minute, to starboard positive, to a tenth. */
export const toRateOfTurn = (raw: number): number => {
  const root = raw / factor;
  // Adding 0 makes 0 of the -0 that small rates to port are rounded to.
  return Math.round(root * Math.abs(root) * 10) / 10 + 0;
};

export const toRawRateOfTurn = (degreesPerMinute: number): number => {
  const raw = Math.round(factor * Math.sqrt(Math.abs(degreesPerMinute)));
  return Math.sign(degreesPerMinute) * Math.min(raw, 126);
};
