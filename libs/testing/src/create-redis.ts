import { Redis } from 'ioredis';
import { sharedServers } from './shared-servers.js';

/** As many as the server is configured with (tools/servers/redis.mjs), less the first, which holds the counter. */
const DATABASES = 1023;

/** An empty logical data base of the run's shared Redis, in nobody else's use. Do not FLUSHALL: others are in it. */
export async function createRedis(): Promise<{ readonly url: string }> {
  const { redisUrl } = sharedServers();
  const redis = new Redis(redisUrl);
  try {
    const taken = await redis.incr('databases-taken');
    if (taken > DATABASES) throw new Error(`all ${DATABASES} data bases of the test Redis are taken`);
    const url = new URL(redisUrl);
    url.pathname = `/${taken}`;
    return { url: url.href };
  } finally {
    redis.disconnect();
  }
}
