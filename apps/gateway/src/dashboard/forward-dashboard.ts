import type { IncomingHttpHeaders } from 'node:http';
import { answerError, traceparentOf } from '@pacspace/http';
import { type HealthRegistry, type Logger, type Shutdown, startProbe } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const PREFIX = '/dashboard/';

/** The console's own work is bounded well below this; an export is bounded between two pieces of it, not in all. */
const SILENCE_MS = 30_000;
const CONNECT_MS = 2_000;
const CONNECTIONS = 32;

export interface ForwardOptions {
  readonly consoleUrl: string;
  readonly health: HealthRegistry;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
}

/**
 * Hands everything below /dashboard on to the console, as it is and as it comes, so that both are one public origin:
 * session cookies then need no cross-site permission. The console is told who asks; it trusts this host to say so.
 */
export function forwardDashboard(
  fastify: FastifyInstance,
  { consoleUrl, health, logger, shutdown }: ForwardOptions,
): void {
  const stopProbe = startProbe(health.check('console', { required: false }), {
    ask: (signal) => askReady(consoleUrl, signal),
  });
  shutdown.register('connections', 'console', stopProbe);
  // A scope of its own: here bodies are handed on unread, whatever they are.
  void fastify.register(async (scope) => {
    // With its HTTP client, 0.9 MB of code: only for a gateway that has a console.
    const { default: replyFrom } = await import('@fastify/reply-from');
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    await scope.register(replyFrom, {
      base: consoleUrl,
      disableRequestLogging: true,
      destroyAgent: true,
      undici: {
        connections: CONNECTIONS,
        connectTimeout: CONNECT_MS,
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
      },
    });
    scope.all(`${PREFIX}*`, (request, reply) => {
      refuseEscape(request);
      return reply.from(undefined, {
        // Nothing is sent twice; a 503 of the console is its answer.
        retryDelay: () => null,
        rewriteRequestHeaders: (_request, headers) => forwardedHeaders(request, headers),
        onError: (failed, { error }) => {
          logger.warn({ err: error }, 'the console did not answer');
          answerError(consoleAway(error), request, { reply: failed as typeof reply, logger });
        },
      });
    });
  });
}

/** @throws Error when the console is not ready. */
async function askReady(consoleUrl: string, signal: AbortSignal): Promise<undefined> {
  const answer = await fetch(`${consoleUrl}/health/ready`, { signal });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`it answers ${answer.status}: /dashboard is away`);
}

/** `/dashboard/../metrics` is below /dashboard for the router only: the console must not see it as another path. */
function refuseEscape(request: FastifyRequest): void {
  const url = URL.parse(request.raw.url ?? '', 'http://console');
  if (url?.host === 'console' && url.pathname.startsWith(PREFIX)) return;
  throw new ApiError('NOT_FOUND', 'there is nothing at this address');
}

function forwardedHeaders(request: FastifyRequest, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'x-forwarded-for': before, ...rest } = headers;
  // Between the client and this host; undici refuses to send it on.
  delete rest.expect;
  const { remoteAddress = '' } = request.socket;
  return {
    ...rest,
    // The console believes the last one, ours: what a client put before it is only said to be so.
    'x-forwarded-for': before === undefined ? remoteAddress : `${String(before)}, ${remoteAddress}`,
    'x-forwarded-host': request.headers.host,
    traceparent: traceparentOf(request),
  };
}

function consoleAway(cause: unknown): ApiError {
  return new ApiError('UNAVAILABLE', 'the dashboard is away; recording and reading go on without it', {
    cause,
    retryAfterSeconds: 2,
  });
}
