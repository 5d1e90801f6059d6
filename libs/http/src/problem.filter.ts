import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import { failSpan, type Logger, runInSpan } from '@pacspace/service';
import { ApiError, PROBLEM_CONTENT_TYPE, toProblemBody } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { letFinish } from './let-finish.js';
import { spanContextOf, traceIdOf } from './request-span.js';
import { toApiError } from './to-api-error.js';

/** Every error of every route, known or not, as one problem document (RFC 9457). */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(error, http.getRequest<FastifyRequest>(), {
      reply: http.getResponse<FastifyReply>(),
      logger: this.logger,
    });
  }
}

export function answerError(
  error: unknown,
  request: FastifyRequest,
  { reply, logger }: { readonly reply: FastifyReply; readonly logger: Logger },
): void {
  const apiError = toApiError(error);
  if (request.span && apiError.status >= 500) failSpan(request.span, apiError);
  if (apiError.code === 'INTERNAL') {
    const route = request.routeOptions.url;
    runInSpan(spanContextOf(request), () => logger.error({ err: error, route }, 'request failed'));
  }
  // The answer has begun: it can only be cut short, so that it is not taken for whole.
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  letFinish(request, reply);
  for (const [name, value] of headersOf(apiError)) reply.header(name, value);
  const body = toProblemBody(apiError, request.url.split('?', 1)[0] ?? '', traceIdOf(request));
  reply.code(apiError.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(body));
}

/** What HTTP itself wants said beside the body. */
function headersOf(error: ApiError): [string, string][] {
  const headers: [string, string][] = [];
  if (error.retryAfterSeconds !== undefined) headers.push(['retry-after', String(error.retryAfterSeconds)]);
  // RFC 9110, 15.5.2: a 401 names a challenge.
  if (error.status === 401) headers.push(['www-authenticate', 'ApiKey header="X-Api-Key"']);
  // RFC 7694: what codings would have been taken.
  if (error.status === 415) headers.push(['accept-encoding', 'gzip']);
  return headers;
}
