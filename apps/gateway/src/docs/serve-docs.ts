import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { PAGE, START_SCRIPT } from './page.js';

/** Of the whole service: generated from what the routes declare, and held against them by tests/openapi. */
const DOCUMENT = new URL('../../../../docs/openapi.json', import.meta.url);

/** Nothing is fetched from elsewhere; Swagger UI styles its elements in place. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FOR_A_MINUTE = 'public, max-age=60';
const FOR_A_DAY = 'public, max-age=86400';

interface File {
  readonly type: string;
  readonly body: Buffer;
  readonly cache: string;
}

/**
 * The OpenAPI document at /openapi.json, and a page to read it and try it out at /docs.
 *
 * @throws Error when the document or the page's parts are not there: the build is incomplete.
 */
export function serveDocs(fastify: FastifyInstance): void {
  for (const [path, file] of readFiles()) {
    let packed: Buffer | undefined;
    fastify.get(path, (request, reply) => {
      const isPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      reply
        .type(file.type)
        .header('cache-control', file.cache)
        .header('vary', 'accept-encoding')
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', CONTENT_SECURITY_POLICY);
      if (path === '/openapi.json') reply.header('access-control-allow-origin', '*');
      if (!isPacked) return reply.send(file.body);
      return reply.header('content-encoding', 'gzip').send((packed ??= gzipSync(file.body)));
    });
  }
}

function readFiles(): Map<string, File> {
  const ui = createRequire(import.meta.url).resolve('@fastify/swagger-ui/static/swagger-ui.css');
  const part = (name: string): Buffer => readFileSync(new URL(name, `file://${ui}`));
  const script = 'text/javascript; charset=utf-8';
  return new Map<string, File>([
    [
      '/openapi.json',
      { type: 'application/json; charset=utf-8', body: readFileSync(DOCUMENT), cache: FOR_A_MINUTE },
    ],
    ['/docs', { type: 'text/html; charset=utf-8', body: Buffer.from(PAGE), cache: FOR_A_MINUTE }],
    ['/docs/start.js', { type: script, body: Buffer.from(START_SCRIPT), cache: FOR_A_MINUTE }],
    ['/docs/swagger-ui.js', { type: script, body: part('swagger-ui-bundle.js'), cache: FOR_A_DAY }],
    [
      '/docs/swagger-ui.css',
      { type: 'text/css; charset=utf-8', body: part('swagger-ui.css'), cache: FOR_A_DAY },
    ],
  ]);
}
