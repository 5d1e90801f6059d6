import type { FastifyInstance } from 'fastify';
import type { HealthRegistry } from './health.js';

export interface OperationsSources {
  readonly health: HealthRegistry;
  /** Leave out where metrics must not be on the same port (a public one). */
  readonly metrics?: { readonly contentType: string; text(): Promise<string> };
}

export interface OperationsAnswer {
  readonly status: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

export const OPERATIONS_PATHS = ['/health/live', '/health/ready', '/health', '/metrics'] as const;
export type OperationsPath = (typeof OPERATIONS_PATHS)[number];

const json = (status: 200 | 503, value: unknown): OperationsAnswer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

/**
 * - `/health/live`: the loop turns. Touches nothing else: a pod is not to be killed because a data base is down.
 * - `/health/ready`: 200 when work can be taken now, 503 when not; lists the checks.
 * - `/health`: the full report, always 200; also what is degraded.
 * - `/metrics`: Prometheus text.
 */
export async function answerOperations(
  path: OperationsPath,
  { health, metrics }: OperationsSources,
): Promise<OperationsAnswer | undefined> {
  switch (path) {
    case '/health/live':
      return json(200, { state: 'ok' });
    case '/health/ready': {
      const { ready, intake, checks } = health.report();
      return json(ready ? 200 : 503, { ready, intake, checks });
    }
    case '/health':
      return json(200, health.report());
    case '/metrics':
      return metrics && { status: 200, contentType: metrics.contentType, body: await metrics.text() };
  }
}

/** Adds the routes to an app's own Fastify, before it listens. They log nothing and need no key. */
export function registerOperationsRoutes(fastify: FastifyInstance, sources: OperationsSources): void {
  for (const path of OPERATIONS_PATHS) {
    if (path === '/metrics' && sources.metrics === undefined) continue;
    fastify.get(path, { logLevel: 'silent' }, async (_request, reply) => {
      const answer = await answerOperations(path, sources);
      if (answer === undefined) return reply.callNotFound();
      return reply
        .code(answer.status)
        .header('cache-control', 'no-store')
        .type(answer.contentType)
        .send(answer.body);
    });
  }
}
