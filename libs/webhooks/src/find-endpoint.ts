import { findEndpoint as readEndpoint, type TalliedEndpoint } from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';

/** @throws ApiError NOT_FOUND */
export async function findEndpoint(
  pool: pg.Pool,
  environmentId: string,
  id: string,
): Promise<TalliedEndpoint> {
  const found = /^whk_[0-9a-f]{24}$/.test(id) ? await readEndpoint(pool, environmentId, id) : undefined;
  if (found !== undefined) return found;
  throw new ApiError('NOT_FOUND', `there is no webhook ${JSON.stringify(id.slice(0, 64))}`);
}

/** @throws ApiError STATE_CONFLICT */
export function assertEnabled({ enabled }: TalliedEndpoint): void {
  if (!enabled) throw new ApiError('STATE_CONFLICT', 'the webhook is disabled: enable it first');
}

export function invalid(path: string, message: string): ApiError {
  return new ApiError('VALIDATION_FAILED', `${path} ${message}`, { fields: [{ path, message }] });
}
