/** What a server says, for a log and for people: one line of printable characters, not too long. */
export const printable = (text: string): string =>
  text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
