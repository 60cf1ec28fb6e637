/** A document is read as a whole: larger ones would hold up everything else while they are. */
export const largestDocument = 16 * 1024 * 1024;
