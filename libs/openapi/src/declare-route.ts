import type { ApiErrorCode } from '@pacspace/wire';
import type { z } from 'zod';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who may ask: the holder of an API key, somebody who is logged in, or anybody, who may see more by an access token. */
export type Access = 'key' | 'session' | 'anybody' | 'token';

/** One route as the OpenAPI document has it, declared in a `*.route.ts` beside its controller. */
export interface RouteDeclaration {
  readonly method: Method;
  /** With `{name}` for its parameters. */
  readonly path: string;
  /** A verb and its object, unique: the name that generated clients give it. */
  readonly operationId: string;
  readonly tag: string;
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  /** The very schema that the query is parsed with. */
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: BodyDeclaration;
  readonly answers: Readonly<Record<number, AnswerDeclaration>>;
  /** Beyond those that follow from the access. */
  readonly refusals?: readonly ApiErrorCode[];
  readonly example?: RouteExample;
}

export interface BodyDeclaration {
  /** False: the route also takes a request without one. */
  readonly required?: boolean;
  /** By media type; the first one is the example's. */
  readonly content: Readonly<Record<string, z.ZodType>>;
}

export interface AnswerDeclaration {
  readonly description: string;
  /** What stands in `data` of the success envelope. */
  readonly data?: z.ZodType;
  /** Instead of `data`: whole answers, by media type. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: z.ZodObject;
  /** OpenAPI links: where values of this answer go next. */
  readonly links?: Readonly<Record<string, Link>>;
}

export interface Link {
  readonly operationId: string;
  /** Name of a path or query parameter, and a runtime expression such as `$response.body#/data/proofRoot`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A request that works as it stands on a fresh environment, and `data` of the answer to it. Tests send it. */
export interface RouteExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `data` of the first answer declared. */
  readonly data?: unknown;
}

export function declareRoute(route: RouteDeclaration): RouteDeclaration {
  return route;
}
