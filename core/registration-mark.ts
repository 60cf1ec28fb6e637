/**
 * The registration mark of a Vietnamese fishing vessel: letters of the province, digits, `TS` (Circular
 * 23/2018/TT-BNNPTNT). It is painted, typed and sent in many ways; here it has one form, by which records are joined.
 */

/** Two to four letters of the province, three to six digits (five by the circular, fewer on old hulls), `TS`. */
const pattern = /^([A-Z]{2,4})[\s.,\-_/]*(\d{3,6})[\s.,\-_/]*TS$/;

/** What people type for a hyphen: U+2010 to U+2015 and the minus sign. */
const dashes = /[\u2010-\u2015\u2212]/g;

/** Longer text is no mark, and need not be looked at. */
const longest = 32;

/**
 * `QT96969TS`, `TTH 96969 TS`, `tth.96969.ts` → `TTH-96969-TS`. Vietnamese letters lose their marks (`ĐNa 90567 TS` →
 * `DNA-90567-TS`), since AIS and NAF cannot carry them. Undefined when the text is no registration mark.
 */
export const parseRegistrationMark = (text: string): string | undefined => {
  if (text.length > longest) return undefined;
  const plain = text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(dashes, '-')
    .toUpperCase()
    // The letter with a stroke, and the Icelandic one of ISO 8859-1 that looks like it.
    .replace(/[ĐÐ]/g, 'D')
    .trim();
  const [, province, digits] = pattern.exec(plain) ?? [];
  return province === undefined || digits === undefined ? undefined : `${province}-${digits}-TS`;
};
