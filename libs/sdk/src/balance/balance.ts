import type {
  AcceptedDelta,
  BalancesReport,
  BatchAnswer,
  Checkpoint,
  CheckpointList,
  CheckpointRun,
  Customer,
  CustomerList,
  CustomersSummary,
  DeltaReceipt,
  DerivedBalance,
  FailedDelta,
  GapReport,
  InvoiceProof,
  Limits,
  Operations,
  ReceiptList,
  RecordedDelta,
  ReportList,
  Usage,
  VerifiedDelta,
  WaitingDelta,
} from '../api-types.js';
import { DeltaEmitter, type EmitterOptions } from '../emitter/delta-emitter.js';
import { NotFoundError } from '../errors.js';
import { randomId } from '../http/random-id.js';
import { type QueryValue, send, sendForData, type TransportOptions } from '../http/transport.js';
import { deltaBody } from './delta-body.js';
import { emitBatch } from './emit-batch.js';
import type {
  Amount,
  BatchOptions,
  CallOptions,
  CheckpointOptions,
  CompareOptions,
  CustomerOptions,
  Delta,
  DeriveOptions,
  EmitOptions,
  GapsOptions,
  ListCheckpointsOptions,
  ListComparisonsOptions,
  ListCustomersOptions,
  ListReceiptsOptions,
  ReadOptions,
  ReceiptOptions,
  UsageOptions,
  Views,
  WaitOptions,
} from './options.js';
import { toParameters } from './query.js';
import { waitUntilFinal } from './wait-until-final.js';

const API = '/api/v1/balance';
const WAIT_MS = 30_000;

type ComparisonAnswer = Operations['getComparison']['answer'];

/** An accepted delta; `replayed` when its key had recorded it before. */
export interface EmitResult extends AcceptedDelta {
  readonly replayed: boolean;
}

/** The balance API. Every call rejects with a PacSpaceError. */
export class Balance {
  constructor(private readonly transport: TransportOptions) {}

  /** Records one delta; resolves when it is durable. */
  async emit(
    customerId: string,
    delta: Amount,
    reason: string,
    options: EmitOptions = {},
  ): Promise<EmitResult> {
    const { idempotencyKey = randomId(), signal, ...details } = options;
    const { body, headers } = await send(this.transport, {
      method: 'POST',
      path: `${API}/delta`,
      idempotencyKey,
      body: deltaBody({ ...details, customerId, delta, reason }),
      signal,
    });
    const replayed = headers.get('idempotency-replayed') === 'true';
    return { ...(body['data'] as AcceptedDelta), replayed };
  }

  /**
   * The same; resolves when the delta is in the ledger.
   *
   * @throws PacSpaceError with the ledger's code when it refuses the delta; TimeoutError after `waitMs`.
   */
  async emitAndWait(
    customerId: string,
    delta: Amount,
    reason: string,
    options: EmitOptions & WaitOptions = {},
  ): Promise<VerifiedDelta> {
    const { waitMs = WAIT_MS, ...rest } = options;
    const { recordId } = await this.emit(customerId, delta, reason, rest);
    return await this.waitFor(recordId, { waitMs, ...(rest.signal && { signal: rest.signal }) });
  }

  /** Resolves when a recorded delta is in the ledger. @throws as emitAndWait */
  async waitFor(recordId: string, { signal, waitMs = WAIT_MS }: WaitOptions = {}): Promise<VerifiedDelta> {
    const ask = () => this.delta(recordId, signal && { signal });
    return await waitUntilFinal(ask, { signal, waitMs });
  }

  /** What became of a delta. */
  async delta(
    recordId: string,
    options: ReadOptions = {},
  ): Promise<VerifiedDelta | WaitingDelta | FailedDelta> {
    return await this.get(`delta/${encodeURIComponent(recordId)}`, options);
  }

  /**
   * Records many, item by item: one bad item does not stop the others. Any number; more than 10,000 go in several
   * requests.
   */
  async emitBatch(deltas: readonly Delta[], options: BatchOptions = {}): Promise<BatchAnswer> {
    return await emitBatch(this.transport, deltas, options);
  }

  /** For high volume: buffers deltas and sends them in batches. Close it at the end. */
  emitter(options: EmitterOptions = {}): DeltaEmitter {
    return new DeltaEmitter(this.transport, options);
  }

  /** A customer's balance, from its recorded deltas. */
  async derive(customerId: string, options: DeriveOptions = {}): Promise<DerivedBalance> {
    return await this.get(`derive/${encodeURIComponent(customerId)}`, options);
  }

  /** The balance of one month, YYYY-MM. */
  async deriveForPeriod(
    customerId: string,
    period: string,
    options: Omit<DeriveOptions, 'period'> = {},
  ): Promise<DerivedBalance> {
    return await this.derive(customerId, { ...options, period });
  }

  /** All recorded deltas of a scope, page by page. A customer that is not known has none. */
  async *deltas(
    customerId: string,
    options: Omit<DeriveOptions, 'view'> = {},
  ): AsyncGenerator<RecordedDelta> {
    let { cursor } = options;
    do {
      const page = await this.pageOf(customerId, { ...options, ...(cursor !== undefined && { cursor }) });
      if (page === undefined) return;
      yield* page.deltas;
      cursor = page.pagination?.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  private async pageOf(customerId: string, options: DeriveOptions): Promise<DerivedBalance | undefined> {
    try {
      return await this.derive(customerId, options);
    } catch (error) {
      if (error instanceof NotFoundError && error.code === 'CUSTOMER_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /**
   * Holds your balance of a customer and your counterparty's against what is recorded, and keeps a report of it. Without
   * a customer: against all that the key's environment has recorded.
   */
  async compare(
    customerId: string | undefined,
    { theirs, yours }: Views,
    options: CompareOptions = {},
  ): Promise<BalancesReport> {
    const { signal, ...scope } = options;
    return await sendForData(this.transport, {
      method: 'POST',
      path: `${API}/compare`,
      body: {
        ...(customerId !== undefined && { customerId }),
        yourBalance: yours,
        theirBalance: theirs,
        ...toParameters(scope),
      },
      signal,
    });
  }

  /** A report that was kept, or how far it is. */
  async comparison(reportId: string, options: CallOptions = {}): Promise<ComparisonAnswer> {
    return await this.get(`compare/${encodeURIComponent(reportId)}`, options);
  }

  /** The reports, the latest first. */
  async comparisons(options: ListComparisonsOptions = {}): Promise<ReportList> {
    return await this.get('comparisons', options);
  }

  /** Seals what a customer has in a scope, the current month unless told, under a proof root. */
  async checkpoint(customerId: string, options?: CheckpointOptions): Promise<Checkpoint>;
  /** Seals every customer that is active in the scope, under one proof root. */
  async checkpoint(customerId?: undefined, options?: CheckpointOptions): Promise<CheckpointRun>;
  async checkpoint(
    customerId?: string,
    options: CheckpointOptions = {},
  ): Promise<Checkpoint | CheckpointRun> {
    const { idempotencyKey = randomId(), signal, ...scope } = options;
    return await sendForData(this.transport, {
      method: 'POST',
      path: `${API}/checkpoint`,
      idempotencyKey,
      body: { ...(customerId !== undefined && { customerId }), ...toParameters(scope) },
      signal,
    });
  }

  async listCheckpoints(options: ListCheckpointsOptions = {}): Promise<CheckpointList> {
    return await this.get('checkpoints', options);
  }

  /** All deltas of a sealed scope, the current month unless told, and the file that proves them. */
  async receipt(customerId: string, options: ReceiptOptions = {}): Promise<InvoiceProof> {
    return await this.get(`invoice-proof/${encodeURIComponent(customerId)}`, options);
  }

  /** One delta's receipt. */
  async deltaReceipt(receiptId: string, options: CallOptions = {}): Promise<DeltaReceipt> {
    return await this.get(`receipts/${encodeURIComponent(receiptId)}`, options);
  }

  /** Receipts of a customer's newest deltas. */
  async receipts(customerId: string, options: ListReceiptsOptions = {}): Promise<ReceiptList> {
    return await this.get(`customers/${encodeURIComponent(customerId)}/receipts`, options);
  }

  /** Deltas recorded in a period, the current one unless told, against the plan. */
  async usage(options: UsageOptions = {}): Promise<Usage> {
    return await this.get('usage', options);
  }

  /** Every bound of the service. */
  async limits(options: CallOptions = {}): Promise<Limits> {
    return await this.get('limits', options);
  }

  /** Holes in a customer's index: none, unless somebody tampered with the ledger. */
  async gaps(customerId: string, options: GapsOptions = {}): Promise<GapReport> {
    return await this.get(`gaps/${encodeURIComponent(customerId)}`, options);
  }

  async customers(options: ListCustomersOptions = {}): Promise<CustomerList> {
    return await this.get('customers', options);
  }

  async customersSummary(options: ReadOptions = {}): Promise<CustomersSummary> {
    return await this.get('customers/summary', options);
  }

  async customer(customerId: string, options: CustomerOptions = {}): Promise<Customer> {
    return await this.get(`customers/${encodeURIComponent(customerId)}`, options);
  }

  private async get<T>(path: string, options: CallOptions): Promise<T> {
    return await sendForData(this.transport, {
      method: 'GET',
      path: `${API}/${path}`,
      query: toParameters(options) as Record<string, QueryValue>,
      signal: options.signal,
    });
  }
}
