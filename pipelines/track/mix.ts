/** One more number into a hash of 32 bits: the finalizer of MurmurHash3 (A. Appleby), whose every bit tells of every one. */
export const mix = (hash: number, value: number): number => {
  let mixed = hash ^ value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};
