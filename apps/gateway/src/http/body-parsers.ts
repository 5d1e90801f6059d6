import { ApiError } from '@pacspace/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ByteBudget } from './byte-budget.js';
import { parseJsonBody } from './parse-json-body.js';
import { codingOf, readBody } from './read-body.js';

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';

/** Media types that a route can take beside `application/json`. */
export type MediaType = Exclude<(typeof ALL_TYPES)[number], typeof JSON_TYPE>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Largest JSON body in bytes, as sent and as inflated; 65,536 unless told. */
    bodyBytes?: number;
    /** What the route takes beside `application/json`. */
    mediaTypes?: readonly MediaType[];
    /** The route reads the body itself, as it arrives, whatever its type; `request.body` stays undefined. */
    streamsBody?: boolean;
  }
}

export const DEFAULT_BODY_BYTES = 64 * 1024;

/** A body up to this size is read without asking for a share of the budget. */
const SMALL_BYTES = 4 * 1024;

const ALL_TYPES = [
  JSON_TYPE,
  NDJSON_TYPE,
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'text/csv',
  'text/tab-separated-values',
] as const;

/**
 * The content types of the whole API. JSON is read whole and parsed without rounding an amount; NDJSON is handed on
 * unread (`request.body` stays undefined), to be read as it arrives.
 */
export function registerBodyParsers(fastify: FastifyInstance, budget: ByteBudget): void {
  fastify.removeAllContentTypeParsers();
  for (const type of ALL_TYPES) {
    fastify.addContentTypeParser(type, (request: FastifyRequest, _payload, done) => {
      parse(request, type).then((body) => done(null, body), done);
    });
  }
  // Before a parser runs, and with the reply at hand: only its end says when what was parsed can be let go.
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const share = shareOf(request);
    if (share <= SMALL_BYTES) return done(null, payload);
    budget.take(share).then(
      (release) => {
        if (reply.raw.destroyed) release();
        else reply.raw.once('close', release);
        done(null, payload);
      },
      (error: unknown) => done(error as Error),
    );
  });
}

async function parse(request: FastifyRequest, type: (typeof ALL_TYPES)[number]): Promise<unknown> {
  const {
    mediaTypes = [],
    streamsBody = false,
    bodyBytes = DEFAULT_BODY_BYTES,
  } = request.routeOptions.config;
  if (type !== JSON_TYPE && !mediaTypes.includes(type)) {
    throw unsupported(`the content type is not taken here: send ${[JSON_TYPE, ...mediaTypes].join(' or ')}`);
  }
  if (streamsBody) return undefined;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw unsupported(`the charset ${charset.slice(0, 40)} is not taken: JSON is UTF-8`);
  }
  const coding = codingOf(request.raw);
  if (type === NDJSON_TYPE) return undefined;
  return parseJsonBody(await readBody(request.raw, bodyBytes, coding));
}

/** What the body can take at most: its own word, or the cap where it may turn out larger than it says. */
function shareOf(request: FastifyRequest): number {
  const { headers } = request.raw;
  if (headers['content-type'] === undefined || headers['content-type'].startsWith(NDJSON_TYPE)) return 0;
  const declared = Number(headers['content-length'] ?? NaN);
  const isKnown = headers['content-encoding'] === undefined && !Number.isNaN(declared);
  // Most are: what the route's cap is need not be looked up then.
  if (isKnown && declared <= SMALL_BYTES) return declared;
  const { bodyBytes = DEFAULT_BODY_BYTES, streamsBody = false } = request.routeOptions.config;
  if (streamsBody) return 0;
  return isKnown ? Math.min(declared, bodyBytes) : bodyBytes;
}

function unsupported(message: string): ApiError {
  return new ApiError('UNSUPPORTED_MEDIA_TYPE', message);
}
