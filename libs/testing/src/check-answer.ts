import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** An answer to a request that was really sent. */
export interface Answered {
  readonly method: string;
  /** Path and query, or the whole URL. */
  readonly url: string;
  readonly answer: { readonly status: number; readonly headers: Headers };
  /** As parsed from JSON. */
  readonly body: unknown;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const FILE = new URL('../../../docs/openapi.json', import.meta.url);

let checker: Checker | undefined;

/**
 * Holds an answer against docs/openapi.json: its status, its content type, and every member of its JSON. A member that
 * the document does not name is a fault, too, though clients must let it pass. What is no route of the document is let
 * through.
 *
 * @throws Error that names what is not as documented.
 */
export function checkAnswer(answered: Answered): void {
  checker ??= new Checker(JSON.parse(readFileSync(FILE, 'utf8')) as Document);
  checker.check(answered);
}

class Checker {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });
  private readonly templates: readonly { readonly path: string; readonly pattern: RegExp }[];
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(private readonly document: Document) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document) as object, 'openapi');
    // A fixed path comes before one with parameters.
    this.templates = Object.keys(document.paths)
      .toSorted((a, b) => a.split('{').length - b.split('{').length)
      .map((path) => ({
        path,
        pattern: new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      }));
  }

  check({ method, url, answer, body }: Answered): void {
    const { pathname } = new URL(url, 'http://localhost');
    const path = this.templates.find(({ pattern }) => pattern.test(pathname))?.path;
    const verb = method.toLowerCase();
    const operation = path === undefined ? undefined : this.document.paths[path]?.[verb];
    if (path === undefined || operation === undefined) return;
    const status = String(answer.status);
    const name = `${method} ${path} answered ${status}`;
    const content = operation.responses[status]?.content;
    if (content === undefined) throw new Error(`${name}, which docs/openapi.json does not have`);
    const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
    if (content[type] === undefined)
      throw new Error(`${name} as ${type}, which docs/openapi.json does not have`);
    if (!type.endsWith('json')) return;
    const parts = ['paths', path, verb, 'responses', status, 'content', type, 'schema'];
    const validate = this.compile(
      parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/'),
    );
    if (validate(body)) return;
    const faults = (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    throw new Error(
      `${name} with what docs/openapi.json does not say:\n${faults.join('\n')}\n${JSON.stringify(body).slice(0, 1_000)}`,
    );
  }

  private compile(pointer: string): ValidateFunction {
    let validate = this.compiled.get(pointer);
    if (validate === undefined) {
      validate = this.ajv.compile({ $ref: `openapi#/${encodeURI(pointer)}` });
      this.compiled.set(pointer, validate);
    }
    return validate;
  }
}

/** The same, but an object has no other members than those that are named. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const isOpen =
    copy['type'] === 'object' && copy['properties'] !== undefined && !('additionalProperties' in copy);
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}
