import { hash, verify } from '@node-rs/argon2';
import { type Counter, Gate, type Metrics, type QueueMetrics, ServiceError } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';

/** argon2id (the library's default variant) with OWASP's first choice of costs: 19 MiB, 2 passes, 1 lane; 15–30 ms. */
const COSTS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** @returns the hash in the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password, COSTS);
}

/** Each takes a core and 19 MiB while it runs. */
const CONCURRENCY = 2;
const WAITING = 100;

/**
 * Hashes and checks passwords, a bounded number at a time. A check for an address that nobody has costs the same as any
 * other, so that its time does not tell.
 */
export class Passwords {
  private readonly gate: Gate;
  private readonly hashes: Counter<'outcome'>;
  private readonly nobody: Promise<string>;

  constructor(metrics: Metrics, queues: QueueMetrics) {
    this.gate = new Gate({
      name: 'passwords',
      concurrency: CONCURRENCY,
      waitLimit: WAITING,
      metrics: queues,
    });
    this.hashes = metrics.counter({
      name: 'pacspace_console_password_hashes_total',
      help: 'Passwords hashed: right, wrong, new ones. What is not throttled costs one, whether or not there is an account.',
      labels: ['outcome'],
    });
    this.nobody = hashPassword('a password that nobody has');
  }

  /** @throws ApiError UNAVAILABLE when too many wait. */
  async hash(password: string): Promise<string> {
    const made = await this.inside(() => hashPassword(password));
    this.hashes.inc({ outcome: 'new' });
    return made;
  }

  /** @param stored undefined when there is no such account. @throws ApiError UNAVAILABLE when too many wait. */
  async check(stored: string | undefined, password: string): Promise<boolean> {
    const matches = await this.inside(async () => await verify(stored ?? (await this.nobody), password));
    const right = matches && stored !== undefined;
    this.hashes.inc({ outcome: right ? 'right' : 'wrong' });
    return right;
  }

  private async inside<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.gate.run(work);
    } catch (cause) {
      if (!(cause instanceof ServiceError)) throw cause;
      throw new ApiError('UNAVAILABLE', 'too many passwords are being checked', {
        cause,
        retryAfterSeconds: 1,
      });
    }
  }
}
