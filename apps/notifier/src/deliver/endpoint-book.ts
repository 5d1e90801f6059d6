import { type EndpointRow, endpointsByNumber } from '@pacspace/ledger';
import type { SecretBox, SigningSecrets } from '@pacspace/webhooks';
import type pg from 'pg';

export interface BookedEndpoint {
  readonly row: EndpointRow;
  /** Undefined: it cannot be opened with the keys that are here, or the endpoint is deleted. */
  readonly secrets: SigningSecrets | undefined;
}

/** Those that sign at a time: the previous one only while it still does. */
export function secretsAt({ row, secrets }: BookedEndpoint, nowMs: number): SigningSecrets | undefined {
  const isOverlapping = (row.previousUntilMs ?? 0) > nowMs;
  return secrets === undefined || isOverlapping ? secrets : { current: secrets.current };
}

/** More endpoints than that are not kept at hand. */
const MOST = 20_000;

/** The endpoints that this process has to do with, as they were a second ago at the latest. */
export class EndpointBook {
  private readonly endpoints = new Map<number, BookedEndpoint>();

  constructor(
    private readonly pool: pg.Pool,
    private readonly box: SecretBox,
    private readonly onUnreadable: (row: EndpointRow, error: unknown) => void,
  ) {}

  get(number: number): BookedEndpoint | undefined {
    return this.endpoints.get(number);
  }

  readonly note = (rows: readonly EndpointRow[]): void => {
    for (const row of rows) {
      const known = this.endpoints.get(row.number);
      if (known !== undefined && known.row.version >= row.version) continue;
      if (known === undefined && this.endpoints.size >= MOST) this.endpoints.clear();
      this.endpoints.set(row.number, { row, secrets: this.open(row) });
    }
  };

  /** Those of the endpoints that are not known yet. */
  async learn(numbers: readonly number[]): Promise<void> {
    this.note(
      await endpointsByNumber(
        this.pool,
        numbers.filter((number) => !this.endpoints.has(number)),
      ),
    );
  }

  async refresh(): Promise<void> {
    const numbers = [...this.endpoints.keys()];
    const rows = await endpointsByNumber(this.pool, numbers);
    this.note(rows);
    if (rows.length === numbers.length) return;
    const there = new Set(rows.map(({ number }) => number));
    for (const number of numbers) if (!there.has(number)) this.endpoints.delete(number);
  }

  private open(row: EndpointRow): SigningSecrets | undefined {
    if (row.deletedAtMs !== undefined) return undefined;
    try {
      const { previousSecret } = row;
      return {
        current: this.box.open(row.secret, row.id),
        previous: previousSecret === undefined ? undefined : this.box.open(previousSecret, row.id),
      };
    } catch (error) {
      this.onUnreadable(row, error);
      return undefined;
    }
  }
}
