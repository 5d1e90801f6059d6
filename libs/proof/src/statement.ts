import { checkShape, isObject, type Shape } from './check-shape.js';
import { ProofError } from './errors.js';
import {
  checkDisclosure,
  checkPublished,
  METADATA_MEMBERS,
  type ProofText,
  PUBLISHED_MEMBERS,
} from './receipt.js';
import { type Content, type Entry, parseContent, parseEntry, parseSeal, type Seal } from './records.js';

/** One delta in a statement. */
export interface StatementRecord {
  readonly content: Content;
  readonly entry: Entry;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly salt?: string;
}

/**
 * A scope's complete records under their seal, e.g. those of an invoice. Where a receipt shows that one record is among those
 * sealed, a statement shows that these are all of them, and that they add up.
 */
export interface Statement {
  readonly version: 1;
  /** In the order of their indexes. */
  readonly records: readonly StatementRecord[];
  readonly seal: Seal;
  readonly sealProof?: ProofText;
  readonly checkpoint?: string;
}

const OBJECT = { is: isObject, what: 'an object' };

const STATEMENT: Shape<Statement> = {
  version: { is: (value) => value === 1, what: '1' },
  records: { is: (value) => Array.isArray(value) && value.every(isObject), what: 'a list of records' },
  seal: OBJECT,
  ...PUBLISHED_MEMBERS,
};

const RECORD: Shape<StatementRecord> = { content: OBJECT, entry: OBJECT, ...METADATA_MEMBERS };

/**
 * Reads a statement file's JSON value. Nothing in it is verified yet; `verifyStatement` does that.
 * @throws ProofError `malformed`
 */
export function parseStatement(value: unknown): Statement {
  const statement = checkShape('statement', STATEMENT, value);
  parseSeal(statement.seal);
  checkPublished(statement);
  statement.records.forEach((record, i) => {
    try {
      checkShape('record', RECORD, record);
      parseContent(record.content);
      parseEntry(record.entry);
      checkDisclosure(record);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new ProofError('malformed', `records[${i}]: ${message}`, { cause });
    }
  });
  return statement;
}
