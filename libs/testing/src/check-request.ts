import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A request as it is about to be sent. */
export interface Requested {
  readonly method: string;
  /** The whole URL. */
  readonly url: string;
  /** As parsed from JSON; undefined: none. */
  readonly body: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: unknown;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const FILE = new URL('../../../docs/openapi.json', import.meta.url);

/**
 * Holds a request against what docs/openapi.json says of an operation: its path, every parameter of its query, its body.
 *
 * @returns names of the query parameters that the operation has and the request does not use.
 * @throws Error that names what is not as documented.
 */
export function checkRequest(operationId: string, { body, method, url }: Requested): string[] {
  const document = JSON.parse(readFileSync(FILE, 'utf8')) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const { operation, template } = findOperation(document, operationId, method.toLowerCase());
  const { pathname, searchParams } = new URL(url);
  const faults: string[] = [];
  if (!new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname)) {
    faults.push(`${pathname} is not ${template}`);
  }
  const parameters = (operation.parameters ?? []).filter((one) => one.in === 'query');
  for (const [name, value] of searchParams) {
    const schema = parameters.find((one) => one.name === name)?.schema;
    if (schema === undefined) faults.push(`there is no parameter ${name}`);
    // An object, since a text is made a number only where it can be replaced by it.
    else if (!ajv.validate({ properties: { value: schema } }, { value }))
      faults.push(`${name}: ${ajv.errorsText()}`);
  }
  if (operation.requestBody === undefined && body !== undefined) faults.push('it takes no body');
  if (operation.requestBody !== undefined) {
    const parts = [
      'paths',
      template,
      method.toLowerCase(),
      'requestBody',
      'content',
      'application/json',
      'schema',
    ];
    if (!ajv.validate({ $ref: `openapi#/${parts.map(escape).join('/')}` }, body))
      faults.push(ajv.errorsText());
  }
  if (faults.length > 0) throw new Error(`not ${operationId} of docs/openapi.json:\n${faults.join('\n')}`);
  return parameters.map(({ name }) => name).filter((name) => !searchParams.has(name));
}

function findOperation(document: Document, operationId: string, method: string) {
  for (const [template, methods] of Object.entries(document.paths)) {
    const operation = methods[method];
    if (operation?.operationId === operationId) return { template, operation };
  }
  throw new Error(`docs/openapi.json has no ${method} ${operationId}`);
}

/** A part of a JSON pointer in a URI (RFC 6901, 6). */
const escape = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
