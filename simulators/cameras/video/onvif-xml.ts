/** Pieces of the answers of a simulated ONVIF device. */
import { escapeXml } from './soap.ts';

/** Of the media profiles that it has: the first with its head, the other one smaller. */
export const mainProfile = 'main';
export const subProfile = 'sub';

export const element = (name: string, ...content: readonly (string | number)[]): string =>
  `<${name}>${content.join('')}</${name}>`;

export const leaf = (name: string, value: string | number | boolean): string => element(name, escapeXml(String(value)));
