import { createHash } from 'node:crypto';
import { type Redis, ReplyError } from 'ioredis';

export type Script = (redis: Redis, key: string, values: readonly (string | number)[]) => Promise<unknown>;

/** A script of one key, sent by its digest; its text goes over the wire only where the server does not know it yet. */
export function defineScript(text: string): Script {
  const digest = createHash('sha1').update(text).digest('hex');
  return async (redis, key, values) => {
    try {
      return await redis.evalsha(digest, 1, key, ...values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await redis.eval(text, 1, key, ...values);
    }
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof ReplyError && (error as Error).message.startsWith('NOSCRIPT');
}
