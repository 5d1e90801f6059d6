import type pg from 'pg';
import { withTransaction } from '../with-transaction.js';

/** Whose units, of which month's allowance. One unit lets one delta through. */
export interface UnitsOf {
  readonly environmentId: string;
  /** Months since year 0, UTC: that in which the deltas will be recorded. */
  readonly month: number;
}

export interface UnitsExchange extends UnitsOf {
  readonly gatewayId: string;
  /** Deltas a month. */
  readonly allowed: number;
  /**
   * Units that the gateway goes on to hold, given how many envelopes of each lane are in the ledger: what it spent on
   * deltas that are there is counted by the ledger, and need not be held any more.
   */
  readonly keep: (reached: ReadonlyMap<number, number>) => number;
  /** Units beside: at least so many if there are as many left, and a share of what is left up to `most`. */
  readonly want: number;
  readonly most: number;
  /** For how long the units are this gateway's. */
  readonly leaseMs: number;
}

export interface UnitsGranted {
  readonly granted: number;
  /** Deltas of the month in the ledger. */
  readonly used: number;
  /** Gateways whose leases have run out, and that still hold units by them. */
  readonly silent: readonly string[];
}

/** A block is this part of what is left: the blocks get smaller towards the end, where others want some, too. */
const SHARE = 8;

/**
 * Settles what a gateway holds of a month's allowance, and gives it more. Always holds:
 *
 *   deltas in the ledger + units held by all gateways ≤ allowed, or nothing is granted
 *
 * and a delta goes to the log on a unit that is held until the ledger has that delta. So whatever is lost or comes
 * twice, no more is let through than the plan allows. What is read here is durable when this has committed, though the
 * projector's commits do not wait for the disk: the server writes them before this one.
 *
 * The environment's row is the lock, from before anything is read until the commit.
 */
export async function exchangeUnits(pool: pg.Pool, exchange: UnitsExchange): Promise<UnitsGranted> {
  const { environmentId, month, gatewayId, allowed, want, most } = exchange;
  return await withTransaction(pool, async (client) => {
    await lockAllowance(client, environmentId);
    const kept = exchange.keep(await readReached(client));
    const { rows } = await client.query<{ used: string; others: string; silent: string[] }>({
      name: 'read-units',
      text: `SELECT (SELECT coalesce(sum(count), 0) FROM usage WHERE environment_id = $1 AND month = $2) AS used,
                    coalesce(sum(units), 0) AS others,
                    coalesce(array_agg(gateway_id) FILTER (WHERE expires_at < clock_timestamp()), '{}') AS silent
               FROM quota_lease WHERE environment_id = $1 AND month = $2 AND gateway_id <> $3`,
      values: [environmentId, month, gatewayId],
    });
    const { used, others, silent } = { ...rows[0], silent: rows[0]?.silent ?? [] };
    const left = allowed - Number(used) - Number(others) - kept;
    const asked = want === 0 ? 0 : Math.max(want, Math.min(most, Math.ceil(left / SHARE)));
    const granted = Math.max(0, Math.min(left, asked));
    await holdUnits(client, exchange, kept + granted);
    return { granted, used: Number(used), silent };
  });
}

/**
 * Takes back what gateways hold that are silent: since their leases ran out they let nothing through, and what they had
 * let through before is in the ledger once it has reached `needs`, the log's own counts of envelopes read after that.
 *
 * @returns whether it was taken back; false: the ledger is not there yet.
 */
export async function reclaimUnits(
  pool: pg.Pool,
  { environmentId, month }: UnitsOf,
  { gateways, needs }: { readonly gateways: readonly string[]; readonly needs: readonly number[] },
): Promise<boolean> {
  return await withTransaction(pool, async (client) => {
    await lockAllowance(client, environmentId);
    const reached = await readReached(client);
    if (needs.some((envelopes, lane) => (reached.get(lane) ?? 0) < envelopes)) return false;
    await client.query(
      `DELETE FROM quota_lease WHERE environment_id = $1 AND month = $2 AND gateway_id = ANY($3)
          AND expires_at < clock_timestamp()`,
      [environmentId, month, gateways],
    );
    return true;
  });
}

async function lockAllowance(client: pg.PoolClient, environmentId: string): Promise<void> {
  await client.query({
    name: 'lock-allowance',
    text: 'SELECT FROM environment WHERE id = $1 FOR NO KEY UPDATE',
    values: [environmentId],
  });
}

async function readReached(client: pg.PoolClient): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ lane: number; envelopes: string }>({
    name: 'read-reached',
    text: 'SELECT lane, envelopes FROM lane',
  });
  return new Map(rows.map(({ lane, envelopes }) => [lane, Number(envelopes)]));
}

/** Who holds nothing has no row. */
async function holdUnits(client: pg.PoolClient, exchange: UnitsExchange, units: number): Promise<void> {
  const { environmentId, month, gatewayId, leaseMs } = exchange;
  const of = [environmentId, month, gatewayId];
  if (units === 0) {
    await client.query({
      name: 'let-units-go',
      text: 'DELETE FROM quota_lease WHERE environment_id = $1 AND month = $2 AND gateway_id = $3',
      values: of,
    });
    return;
  }
  await client.query({
    name: 'hold-units',
    text: `INSERT INTO quota_lease (environment_id, month, gateway_id, units, expires_at)
           VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 ms')
           ON CONFLICT (environment_id, month, gateway_id)
           DO UPDATE SET units = EXCLUDED.units, expires_at = EXCLUDED.expires_at`,
    values: [...of, units, leaseMs],
  });
}
