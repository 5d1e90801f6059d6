import { API_ERRORS, type ApiErrorCode, PROBLEM_CONTENT_TYPE } from '@pacspace/wire';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { Access, AnswerDeclaration, RouteDeclaration } from './declare-route.js';
import { problem } from './problem.js';
import { problemExamples, referToExamples } from './problem-examples.js';

export type OpenApiDocument = ReturnType<typeof createDocument>;

export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** In the order in which they are to be read. */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/** What may be refused on any route, by who may ask. */
const REFUSALS: Readonly<Record<Access, readonly ApiErrorCode[]>> = {
  key: ['INVALID_API_KEY', 'FORBIDDEN', 'API_KEY_ENVIRONMENT_HOST_MISMATCH', 'RATE_LIMITED', 'UNAVAILABLE'],
  session: ['INVALID_API_KEY', 'FORBIDDEN', 'RATE_LIMITED', 'UNAVAILABLE'],
  anybody: ['RATE_LIMITED', 'UNAVAILABLE'],
  token: ['RATE_LIMITED', 'UNAVAILABLE'],
};

const SECURITY: Readonly<Record<Access, readonly Record<string, string[]>[]>> = {
  key: [{ apiKey: [] }],
  session: [{ session: [] }, { bearer: [] }],
  anybody: [],
  // Either of them: it is asked for by anybody.
  token: [{}, { accessToken: [] }],
};

/**
 * The OpenAPI 3.1 document of all the routes.
 *
 * @throws Error when two of them have one method and path, or one operation id.
 */
export function composeDocument(info: DocumentInfo, routes: readonly RouteDeclaration[]): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  const ids = new Set<string>();
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    if (path[route.method] !== undefined || ids.has(route.operationId)) {
      throw new Error(`${route.method} ${route.path} (${route.operationId}) is declared twice`);
    }
    ids.add(route.operationId);
    path[route.method] = toOperation(route);
  }
  const { title, version, description, tags } = info;
  const document: ZodOpenApiObject = {
    openapi: '3.1.1',
    info: { title, version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/', description: 'The host that this document came from' }],
    tags: [...tags],
    paths,
    components: {
      securitySchemes: pickUsed(routes),
      examples: problemExamples(new Set(routes.flatMap(refusalsOf))),
    },
  };
  return createDocument(document, { override: ({ io, jsonSchema }) => tidy(jsonSchema, io) });
}

const SCHEMES = {
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'pk_test_PUBLIC.SECRET or pk_live_PUBLIC.SECRET; the key decides the environment.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'pacspace_session',
    description: 'Set by login. Every unsafe method also needs the header X-Pacspace-CSRF: 1.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      'vat_…, given out by a vendor together with a root. One that shows nothing (unknown, expired, revoked, for another root) is as none.',
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'Instead of the cookie; no CSRF header then.' },
} as const;

function pickUsed(routes: readonly RouteDeclaration[]) {
  const used = new Set(routes.flatMap(({ access }) => SECURITY[access].flatMap(Object.keys)));
  return Object.fromEntries(Object.entries(SCHEMES).filter(([name]) => used.has(name)));
}

interface Schema {
  additionalProperties?: unknown;
  minimum?: unknown;
  maximum?: unknown;
}

/** Answers may get members that this version does not know; and what zod says of every integer says nothing. */
function tidy(schema: Schema, io: 'input' | 'output'): void {
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

function toOperation(route: RouteDeclaration): ZodOpenApiOperationObject {
  const { access, answers, body, description, example, headers, params, query } = route;
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  Object.entries(answers).forEach(([status, answer], i) => {
    responses[status] = toResponse(answer, i === 0 ? example?.data : undefined);
  });
  Object.assign(responses, toProblems(refusalsOf(route)));
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(description !== undefined && { description }),
    security: [...SECURITY[access]],
    requestParams: {
      ...(params !== undefined && { path: withExamples(params, example?.params) }),
      ...(query !== undefined && { query: withExamples(query, example?.query) }),
      ...(headers !== undefined && { header: withExamples(headers, example?.headers) }),
    },
    ...(body !== undefined && {
      requestBody: {
        required: body.required ?? true,
        content: Object.fromEntries(
          Object.entries(body.content).map(([type, schema], i) => [
            type,
            { schema, ...(i === 0 && example?.body !== undefined && { example: example.body }) },
          ]),
        ),
      },
    }),
    responses: responses,
  };
}

function refusalsOf({ access, method, refusals = [] }: RouteDeclaration): readonly ApiErrorCode[] {
  const needsHeader = access === 'session' && method !== 'get';
  return [...refusals, ...REFUSALS[access], ...(needsHeader ? (['CSRF_REQUIRED'] as const) : []), 'INTERNAL'];
}

function toResponse(answer: AnswerDeclaration, data: unknown): ZodOpenApiResponseObject {
  const { content, description, headers, links } = answer;
  const whole = content ?? { 'application/json': envelope(answer.data ?? z.unknown()) };
  return {
    description,
    ...(headers !== undefined && { headers }),
    content: Object.fromEntries(
      Object.entries(whole).map(([type, schema], i) => [
        type,
        {
          schema,
          ...(i === 0 &&
            data !== undefined && { example: content === undefined ? { success: true, data } : data }),
        },
      ]),
    ),
    ...(links !== undefined && { links: { ...links } }),
  };
}

const envelope = (data: z.ZodType) =>
  z.object({ success: z.literal(true), data, message: z.string().optional() });

/** Headers of refusals, each written down once in the document. */
const header = (id: string, description: string) =>
  z.string().optional().meta({ description, header: { id } });

const retryAfter = header('RetryAfter', 'Whole seconds, at least 1.');

const PROBLEM_HEADERS: Readonly<Record<number, z.ZodObject>> = {
  429: z.object({
    'Retry-After': retryAfter,
    'RateLimit-Policy': header(
      'RateLimitPolicy',
      'draft-ietf-httpapi-ratelimit-headers, on every answer to a key whose plan has a rate: q deltas at once, earned in w seconds.',
    ),
    RateLimit: header('RateLimit', 'r deltas are left, and all of them again in t seconds.'),
  }),
  503: z.object({ 'Retry-After': retryAfter }),
};

/** One answer for each status; its description names the codes. */
function toProblems(codes: readonly ApiErrorCode[]): Record<string, ZodOpenApiResponseObject> {
  const byStatus = new Map<number, Set<ApiErrorCode>>();
  for (const code of codes) {
    const { status } = API_ERRORS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => [
      String(status),
      {
        description: [...found].map((code) => `\`${code}\`: ${API_ERRORS[code].title}`).join('. '),
        ...(PROBLEM_HEADERS[status] !== undefined && { headers: PROBLEM_HEADERS[status] }),
        content: { [PROBLEM_CONTENT_TYPE]: { schema: problem, examples: referToExamples(found) } },
      },
    ]),
  );
}

/** The same parameters, each with its value in the example. */
function withExamples(schema: z.ZodObject, values: Readonly<Record<string, string>> = {}): z.ZodObject {
  const shape = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, one]) => {
    const value = values[name];
    return [name, value === undefined ? one : one.meta({ ...one.meta(), examples: [value] })];
  });
  return z.object(Object.fromEntries(shape) as Record<string, z.ZodType>);
}
