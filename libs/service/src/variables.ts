import { z } from 'zod';
import { scrubText } from './scrub.js';

/** What an operator is told about a variable. */
export interface VariableMeta {
  /** What the variable is for, as a noun phrase. */
  readonly about: string;
  /** What its value must be, to be read after "must be". */
  readonly expected: string;
  readonly example: string;
  /** Its value is never printed, and it may be given as a file: NAME_FILE=/run/secrets/name. */
  readonly secret: boolean;
}

/** What the constructors below know about the schemas that they make; read by loadConfig and describeConfig. */
export const variableMeta = z.registry<VariableMeta>();

/** A variable whose text `parse` turns into a value; `undefined` means that the text is not acceptable. */
function variable<T extends string | number | boolean | readonly string[]>(
  meta: VariableMeta,
  parse: (text: string) => T | undefined,
) {
  const schema = z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `must be ${meta.expected}` });
    return z.NEVER;
  });
  variableMeta.add(schema, meta);
  return schema;
}

export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
  /** Plural, as in "a whole number of milliseconds". */
  readonly unit?: string;
  readonly example?: number;
}

/** A whole number within bounds, both inclusive. */
export function integer(about: string, { min, max, unit, example = min }: IntegerBounds) {
  const expected = `a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`;
  return variable({ about, expected, example: String(example), secret: false }, (text) => {
    if (!/^[+-]?\d{1,15}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  });
}

/** A TCP port to listen on; 0 takes any free one. */
export const port = (about: string, example = 8080) => integer(about, { min: 0, max: 65_535, example });

/** A fraction from 0 to 1, both inclusive. */
export function ratio(about: string, example = 0.1) {
  const meta = { about, expected: 'a number from 0 to 1', example: String(example), secret: false };
  return variable(meta, (text) => {
    if (!/^(?:\d{1,3}(?:\.\d{1,15})?|\.\d{1,15})$/.test(text)) return undefined;
    const value = Number(text);
    return value <= 1 ? value : undefined;
  });
}

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

export function boolean(about: string) {
  const meta = { about, expected: 'true or false (1/0, yes/no, on/off)', example: 'true', secret: false };
  return variable(meta, (text) => {
    const word = text.toLowerCase();
    return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
  });
}

/** One of a few words. */
export function choice<const T extends string>(about: string, words: readonly [T, ...T[]]) {
  const meta = { about, expected: `one of ${words.join(', ')}`, example: words[0], secret: false };
  return variable(meta, (value) => words.find((word) => word === value));
}

/** Free text, not empty. */
export function text(about: string, example: string) {
  return variable({ about, expected: 'text that is not empty', example, secret: false }, (value) => value);
}

/** A key, password or pepper: at least `minLength` characters; never printed. Example: how to make one. */
export function secret(about: string, { minLength = 16 }: { readonly minLength?: number } = {}) {
  const meta = {
    about,
    expected: `at least ${minLength} characters`,
    example: '$(openssl rand -hex 32)',
    secret: true,
  };
  return variable(meta, (value) => (value.length >= minLength ? value : undefined));
}

/**
 * For `transform`, of a variable that more is read from than its text: what `read` makes of it, or a text that says what is
 * wrong with it.
 *
 * @param expected read after "must be".
 */
export function readBy<V, T extends object>(expected: string, read: (value: V) => T | string) {
  return (value: V, context: z.RefinementCtx): T => {
    const result = read(value);
    if (typeof result !== 'string') return result;
    context.addIssue({ code: 'custom', message: `must be ${expected}: ${result}` });
    return z.NEVER;
  };
}

const urlKinds = {
  http: { schemes: ['http:', 'https:'], example: 'https://api.example.com' },
  nats: { schemes: ['nats:', 'tls:', 'ws:', 'wss:'], example: 'nats://127.0.0.1:4222' },
  smtp: { schemes: ['smtp:', 'smtps:'], example: 'smtps://user:password@mail.example.com:465' },
  redis: { schemes: ['redis:', 'rediss:'], example: 'redis://127.0.0.1:6379/0' },
  postgres: {
    schemes: ['postgres:', 'postgresql:'],
    example: 'postgres://app:password@127.0.0.1:5432/ledger',
  },
} as const;
export type UrlKind = keyof typeof urlKinds;

/** Not `URL.canParse` alone: that takes `user:password@host` for a URL of the scheme `user`. */
function isUrlOf(kind: UrlKind, value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return hostname !== '' && (urlKinds[kind].schemes as readonly string[]).includes(protocol);
}

const schemesOf = (kind: UrlKind) => urlKinds[kind].schemes.map((scheme) => `${scheme}//`).join(' or ');

/** A server's URL, as text; its credentials are never printed. */
export function url(about: string, kind: UrlKind, example: string = urlKinds[kind].example) {
  const meta = {
    about,
    expected: `a URL that starts with ${schemesOf(kind)}`,
    example,
    secret: true,
  };
  return variable(meta, (value) => (isUrlOf(kind, value) ? value : undefined));
}

/** One or several URLs with commas between, as a NATS cluster or a Redis one is named. */
export function urlList(about: string, kind: UrlKind) {
  const expected = `one or more URLs with commas between, each starting with ${schemesOf(kind)}`;
  return variable({ about, expected, example: urlKinds[kind].example, secret: true }, (value) => {
    const urls = value.split(',').map((part) => part.trim());
    return urls.every((part) => isUrlOf(kind, part)) ? urls : undefined;
  });
}

/** A value as it may be shown in an error: what a secret holds is told by its length only. */
export function showValue(value: string, meta: VariableMeta | undefined): string {
  if (meta?.secret !== false) return `${value.length} characters that are not shown`;
  const shown = scrubText(value);
  return shown.length > 80 ? `"${shown.slice(0, 80)}…" (${shown.length} characters)` : `"${shown}"`;
}
