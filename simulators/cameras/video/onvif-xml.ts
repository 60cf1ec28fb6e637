/** Pieces of the answers of a simulated ONVIF device. */
import { escapeXml } from './soap.ts';

/** Of the one media profile that it has. */
export const profileToken = 'main';

export const element = (name: string, ...content: readonly (string | number)[]): string =>
  `<${name}>${content.join('')}</${name}>`;

export const leaf = (name: string, value: string | number | boolean): string => element(name, escapeXml(String(value)));
