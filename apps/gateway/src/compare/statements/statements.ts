import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import {
  findStatement,
  insertReport,
  listStatements,
  readChunks,
  readCustomer,
  type StatementQuery,
  type StoredReport,
  type StoredStatement,
} from '@pacspace/ledger';
import { publishWork } from '@pacspace/log';
import { Gate, type QueueMetrics } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';
import type { Reads } from '../../reads/reads.js';
import { unknownCustomer } from '../../reads/unknown-customer.js';
import { keepStatement } from './keep-statement.js';
import type { RunBody } from './parse-run-body.js';
import type { Upload } from './parse-upload.js';

/** Statements that arrive at the same time: each holds a few megabytes. */
const UPLOADS = 4;
const UPLOADS_WAITING = 32;

const decompress = promisify(zstdDecompress);

export interface StatementsParts {
  readonly reads: Reads;
  /** What is committed through it waits for the disk. */
  readonly writers: pg.Pool;
  readonly queues: QueueMetrics;
}

/** Statements, kept here as they arrive; the comparer reads them, and holds them against the ledger. */
export class Statements {
  private readonly uploads: Gate;

  constructor(private readonly parts: StatementsParts) {
    this.uploads = new Gate({
      name: 'statement_uploads',
      concurrency: UPLOADS,
      waitLimit: UPLOADS_WAITING,
      metrics: parts.queues,
    });
  }

  now(): number {
    return this.parts.reads.now();
  }

  /** @throws ApiError CUSTOMER_NOT_FOUND | VALIDATION_FAILED | PAYLOAD_TOO_LARGE */
  async keep(environmentId: string, upload: Upload, blocks: AsyncIterable<Buffer>): Promise<StoredStatement> {
    const { reads, writers } = this.parts;
    const { customerId, name, scope, reading } = upload;
    await this.assertCustomer(environmentId, customerId);
    const statementId = `stm_${randomBytes(16).toString('hex')}`;
    const statement = {
      ...{ statementId, environmentId, customerId, name },
      scope: JSON.stringify(scope),
      reading: JSON.stringify(reading),
      receivedAtMs: reads.now(),
    };
    const { number } = await this.uploads.run(() =>
      keepStatement(writers, statement, { blocks, now: reads.now }),
    );
    await this.putToWork('statement', number);
    return await this.find(environmentId, statementId);
  }

  /** @throws ApiError NOT_FOUND */
  async find(environmentId: string, statementId: string): Promise<StoredStatement> {
    const statement = await findStatement(this.parts.reads.pool, { environmentId, statementId });
    if (statement !== undefined) return statement;
    throw new ApiError('NOT_FOUND', `there is no statement ${statementId.slice(0, 64)}`);
  }

  async list(query: StatementQuery): Promise<StoredStatement[]> {
    return await listStatements(this.parts.reads.pool, query);
  }

  /** The bytes as they were handed in. */
  async *content({ number }: StoredStatement): AsyncGenerator<Buffer> {
    for await (const chunk of readChunks(this.parts.reads.pool, number)) yield await decompress(chunk);
  }

  /**
   * Has a report made of a statement.
   *
   * @param key asked again with the same one, it is the same report.
   * @throws ApiError NOT_FOUND | STATEMENT_REFUSED | IDEMPOTENCY_CONFLICT
   */
  async compare(environmentId: string, body: RunBody, key: string | undefined): Promise<StoredReport> {
    const { reads, writers } = this.parts;
    const statement = await this.find(environmentId, body.statementId);
    if (statement.state === 'refused' || statement.state === 'arriving') {
      const what = statement.state === 'refused' ? 'was refused: it says why' : 'has not arrived whole';
      throw new ApiError(
        'STATEMENT_REFUSED',
        `the statement ${what} (GET /compare/statements/${body.statementId})`,
      );
    }
    const request = JSON.stringify(body);
    const report = await insertReport(writers, {
      ...{ environmentId, request, customerId: statement.customerId, statementNo: statement.number },
      reportId: reportIdOf(environmentId, key),
      kind: 'statement',
      askedAtMs: reads.now(),
    });
    if (report.request !== request) {
      throw new ApiError('IDEMPOTENCY_CONFLICT', 'this idempotency key was used for another comparison');
    }
    if (report.state === 'queued') await this.putToWork('report', report.number);
    return report;
  }

  /** Of what is stored and cannot be put there now, the comparer hears later: it looks for what lies idle. */
  private async putToWork(kind: 'statement' | 'report', number: number): Promise<void> {
    await publishWork(this.parts.reads.log, `${kind}-${number}-0`, { kind, number }).catch(() => undefined);
  }

  private async assertCustomer(environmentId: string, customerId: string): Promise<void> {
    const { reads } = this.parts;
    const lane = reads.laneOf(environmentId, customerId);
    const { value, position } = await reads.ofLane(lane, 'strong', () =>
      readCustomer(reads.pool, { lane, environmentId, customerId }),
    );
    if (value.customer === undefined) throw unknownCustomer(customerId, 'strong', position);
  }
}

function reportIdOf(environmentId: string, key: string | undefined): string {
  const id =
    key === undefined
      ? randomBytes(16).toString('hex')
      : createHash('sha256').update(`compare\n${environmentId}\n${key}`).digest('hex').slice(0, 32);
  return `cmp_${id}`;
}
