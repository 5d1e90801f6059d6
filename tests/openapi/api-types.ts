import { format } from 'prettier';
import type { OpenApiDocument } from '@pacspace/openapi';

/** The parts of JSON Schema that the document uses; another one fails the making. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly (Schema & {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  })[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

const HEAD = `/** Made of docs/openapi.json (UPDATE_OPENAPI=1 npm run jest -- tests/openapi): what the service takes and answers. */\n`;
/** What the SDK is for; the dashboard and the files of the log are others'. */
const IS_OURS = /^\/(api\/v1|\.well-known)\//;

/** The TypeScript of every JSON answer of the API, and of what each operation takes. */
export async function writeApiTypes(document: OpenApiDocument): Promise<string> {
  const { components, paths } = document as unknown as {
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const operations = Object.entries(paths)
    .filter(([path]) => IS_OURS.test(path))
    .flatMap(([, methods]) => Object.values(methods))
    .map(
      (operation) => `/** ${operation.summary} */\n${operation.operationId}: ${typeOfOperation(operation)}`,
    );
  const text = `/** By operation id. */\nexport interface Operations { ${operations.join(';\n')} }\n`;
  const named = [...reachable(text, components.schemas)].sort().map((name) => {
    const schema = components.schemas[name] ?? {};
    const isInterface = schema.properties !== undefined;
    return `${comment(schema)}export ${isInterface ? `interface ${name}` : `type ${name} =`} ${typeOf(schema)}\n`;
  });
  return await format([HEAD, ...named, text].join('\n'), {
    parser: 'typescript',
    printWidth: 110,
    singleQuote: true,
  });
}

function typeOfOperation({ parameters = [], requestBody, responses }: Operation): string {
  const [answer = {}] = Object.values(responses);
  const whole = answer.content?.['application/json']?.schema ?? {};
  const query = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, required, schema }) => member(name, schema, required === true));
  const body = requestBody?.content?.['application/json']?.schema;
  return `{
    readonly query: ${query.length === 0 ? 'unknown' : `{ ${query.join('')} }`};
    readonly body: ${body === undefined ? 'undefined' : typeOf(body)};
    readonly answer: ${typeOf(dataOf(whole) ?? whole)};
  }`;
}

/** `data` of a success envelope; a batch is answered by one that may break off, and says so. */
function dataOf(schema: Schema): Schema | undefined {
  const [envelope = schema] = schema.anyOf ?? [];
  return envelope.properties?.['data'];
}

/** Names of all the schemas that a text mentions, and those mention, and so on. */
function reachable(text: string, schemas: Readonly<Record<string, Schema>>): Set<string> {
  const found = new Set<string>();
  const visit = (type: string): void => {
    for (const [name] of type.matchAll(/\b[A-Z]\w+\b/g)) {
      const schema = schemas[name];
      if (schema === undefined || found.has(name)) continue;
      found.add(name);
      visit(typeOf(schema));
    }
  };
  visit(text);
  return found;
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, items, oneOf, properties, required = [], type } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const union = anyOf ?? oneOf;
  if (union !== undefined) return [...new Set(union.map(typeOf))].join(' | ');
  if (properties !== undefined) {
    const members = Object.entries(properties);
    return `{ ${members.map(([name, one]) => member(name, one, required.includes(name))).join('')} }`;
  }
  if (items !== undefined) return `readonly (${typeOf(items)})[]`;
  if (typeof type === 'object') return type.map((one) => typeOf({ type: one })).join(' | ');
  switch (type) {
    case 'object':
      return 'Readonly<Record<string, unknown>>';
    case 'integer':
      return 'number';
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return type;
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no TypeScript for ${JSON.stringify(schema)}`);
  }
}

function member(name: string, schema: Schema, required: boolean): string {
  return `${comment(schema)}readonly ${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)};\n`;
}

function comment({ description }: Schema): string {
  return description === undefined ? '' : `/** ${description.replaceAll('*/', '* /')} */\n`;
}
