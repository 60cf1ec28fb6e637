/**
 * XML text → a tree with namespaces resolved. No document types and no entities but the five of XML itself, so that
 * nothing expands; at most 1 MiB and 60 levels.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { GatewayError } from '../../../core/errors.ts';

export interface Element {
  /** Without its prefix. */
  readonly name: string;
  /** Undefined where the element's prefix is declared nowhere, as some cameras do. */
  readonly namespace: string | undefined;
  /** Names without their prefixes. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Its own text, trimmed. */
  readonly text: string;
}

const maximumLength = 1_048_576;
const maximumDepth = 60;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: maximumDepth,
});

const refuse = (why: string, cause?: unknown): GatewayError =>
  new GatewayError('protocol', `an answer is not the XML that it should be: ${why}`, {
    cause,
    advice: 'See whether a newer firmware mends it, and whether the address is that of a camera.',
  });

/** Prefixes that an element declares. Scopes are chained, not copied: a hostile answer could declare thousands. */
interface Scope {
  readonly own: ReadonlyMap<string, string>;
  readonly outer: Scope | undefined;
}

const namespaceOf = (prefix: string, scope: Scope | undefined): string | undefined => {
  for (let at = scope; at !== undefined; at = at.outer) {
    const found = at.own.get(prefix);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const split = (name: string): readonly [prefix: string, local: string] => {
  const colon = name.indexOf(':');
  return colon === -1 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
};

/** The parser gives elements in order, each as an object of its name, its content and, under `:@`, its attributes. */
const toElement = (name: string, content: readonly unknown[], attributes: unknown, outer?: Scope): Element => {
  const namespaces = new Map<string, string>();
  const own = new Map<string, string>();
  for (const [key, value] of Object.entries(isRecord(attributes) ? attributes : {})) {
    const [prefix, local] = split(key);
    if (key === 'xmlns') namespaces.set('', String(value));
    else if (prefix === 'xmlns') namespaces.set(local, String(value));
    else own.set(local, String(value));
  }
  const scope = namespaces.size === 0 ? outer : { own: namespaces, outer };
  const [prefix, local] = split(name);
  let text = '';
  const children: Element[] = [];
  for (const node of content) {
    if (!isRecord(node)) continue;
    for (const [key, value] of Object.entries(node)) {
      if (key === '#text') text += String(value);
      else if (key !== ':@' && Array.isArray(value)) children.push(toElement(key, value, node[':@'], scope));
    }
  }
  return { name: local, namespace: namespaceOf(prefix, scope), attributes: own, children, text: text.trim() };
};

/** Throws `protocol` when the text is not one well-formed document. */
export const parseXml = (text: string): Element => {
  if (text.length > maximumLength) throw refuse(`it is longer than ${maximumLength} characters`);
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) throw refuse('it declares a document type');
  const encoding = /^\uFEFF?\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)/.exec(text)?.[1];
  if (encoding !== undefined && /^utf-?(?:16|32)|^ucs/i.test(encoding)) throw refuse(`it says ${encoding}, but is not`);
  const document = text.trim();
  const valid = XMLValidator.validate(document);
  if (valid !== true) throw refuse(`${valid.err.msg} (line ${valid.err.line})`);
  let nodes: unknown;
  try {
    nodes = parser.parse(document);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : 'it cannot be parsed', cause);
  }
  const { children } = toElement('', Array.isArray(nodes) ? nodes : [], undefined);
  const [root] = children;
  if (root === undefined || children.length !== 1) throw refuse('it has not one root element');
  return root;
};

/** The first element below `element` along `names`, whatever its namespace: makers mix them up. */
export const find = (element: Element, ...names: readonly string[]): Element | undefined => {
  let at: Element | undefined = element;
  for (const name of names) at = at?.children.find(child => child.name === name);
  return at;
};

export const findAll = (element: Element, name: string): readonly Element[] =>
  element.children.filter(child => child.name === name);

/** Text of the element along `names`; undefined where there is none or it is empty. */
export const textAt = (element: Element, ...names: readonly string[]): string | undefined =>
  find(element, ...names)?.text || undefined;

const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]);

/** Any text as the content of an element or attribute. */
export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, char => escapes.get(char) ?? char);
