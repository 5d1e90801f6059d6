import { ApiError } from '@pacspace/wire';
import { z } from 'zod';
import type { ConsoleTools } from '../console-tools.js';
import { networkOf } from '../auth/network-of.js';
import { admitAttempt, POLICIES } from '../auth/throttle.js';
import { buyerModeField, emailField, lineField, textField } from '../http/fields.js';
import { newId } from '../new-id.js';

export const accessRequestBody = z.object({
  name: lineField(200),
  email: emailField(),
  organization: lineField(200),
  buyerMode: buyerModeField(),
  useCase: textField(2_000),
});

/** Requests that may wait for a decision: the operator's list cannot be flooded without bound. */
const MAX_PENDING = 10_000;

/**
 * Keeps a request for access. Known or not, approved, denied or registered: it is one and the same statement, so that
 * neither the answer nor its time tells. A denied one is put before the operator again; a decided one stays as it is.
 *
 * @throws ApiError RATE_LIMITED | UNAVAILABLE when too many wait for a decision, for everybody alike
 */
export async function requestAccess(
  { store }: ConsoleTools,
  request: z.output<typeof accessRequestBody>,
  address: string,
): Promise<void> {
  await admitAttempt(store.manager, POLICIES.requestByAddress, networkOf(address));
  const kept: unknown[] = await store.query(
    `INSERT INTO console.access_request AS r (id, email, name, organization, buyer_mode, use_case)
     SELECT $1, $2, $3, $4, $5, $6
      WHERE (SELECT count(*) FROM console.access_request WHERE state = 'pending') < $7
     ON CONFLICT (email) DO UPDATE SET
       asked_times = r.asked_times + 1,
       asked_at = now(),
       state = CASE r.state WHEN 'denied' THEN 'pending' ELSE r.state END,
       name = CASE WHEN r.state IN ('pending', 'denied') THEN EXCLUDED.name ELSE r.name END,
       organization = CASE WHEN r.state IN ('pending', 'denied') THEN EXCLUDED.organization ELSE r.organization END,
       buyer_mode = CASE WHEN r.state IN ('pending', 'denied') THEN EXCLUDED.buyer_mode ELSE r.buyer_mode END,
       use_case = CASE WHEN r.state IN ('pending', 'denied') THEN EXCLUDED.use_case ELSE r.use_case END
     RETURNING 1`,
    [
      newId('req'),
      request.email,
      request.name,
      request.organization,
      request.buyerMode,
      request.useCase,
      MAX_PENDING,
    ],
  );
  if (kept.length === 0) {
    throw new ApiError('UNAVAILABLE', 'too many requests wait for a decision: ask again another day', {
      retryAfterSeconds: 86_400,
    });
  }
}
