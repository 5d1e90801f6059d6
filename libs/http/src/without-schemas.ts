import type { FastifyServerOptions } from 'fastify';

/**
 * Fastify's `schemaController` for an app whose routes declare no schemas to it (requests are parsed by our own): it would
 * load a compiler of JSON schemas for validation and another one for answers, 0.9 MB of code in all.
 */
export const withoutSchemas: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
};

function refuse(): never {
  throw new Error('a route declares a schema to Fastify: then the app must let it have its compilers');
}
