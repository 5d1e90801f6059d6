import { amountMembers, count, customerId, hash, time } from '@pacspace/openapi';
import { FINDING_CLASSES, type FindingClass } from '@pacspace/reconcile';
import { z } from 'zod';
import { position } from '../reads/answers.js';
import { readScope } from '../reads/derive/derive.route.js';
import { classTotal, foundEntry, foundRow, reportId } from './findings/findings.route.js';
import { ledger } from './ledger-standing.js';
import { statementId, statementReading } from './statements/statements.route.js';

const total = z.object({ count: count('Records.'), ...amountMembers('sum', 'Their exact sum.') });

const classes = z
  .object(
    Object.fromEntries(FINDING_CLASSES.map((name) => [name, classTotal])) as Record<
      FindingClass,
      typeof classTotal
    >,
  )
  .meta({ description: 'Every record of both sides is in exactly one.' });

const rules = z.record(z.string(), z.unknown()).meta({ description: 'As they were asked for.' });

const side = z.enum(['yours', 'theirs']);

const cause = z
  .object({
    number: count('By which findings name it.'),
    kind: z.enum([
      'missingDays',
      'constantFactor',
      'flippedSign',
      'shiftedClock',
      'batchTwice',
      'missingReason',
      'missingDimension',
    ]),
    text: z.string().meta({ description: 'For people.' }),
    findings: count('That it explains.'),
    ...amountMembers('contribution', 'What they add to the discrepancy.'),
    yours: total,
    theirs: total,
    firstIndex: count('Of the first delta that it explains.').optional(),
    firstRow: count('Of the first record of the statement that it explains.').optional(),
    detail: z.object({
      side: side.optional(),
      from: time('The first moment.').optional(),
      to: time('The first moment after it.').optional(),
      numerator: z.string().optional(),
      denominator: z.string().optional(),
      shiftSeconds: z.number().optional(),
      fromPosition: z.int().optional(),
      toPosition: z.int().optional(),
      reason: z.string().optional(),
      dimension: z.string().optional(),
      value: z.string().optional(),
    }),
  })
  .meta({ id: 'Cause', description: 'What explains many findings at once.' });

const common = { reportId: reportId(), kind: z.literal('statement') };

/** A statement held against the ledger: the ledger’s side is yours. */
export const statementReport = z
  .object({
    ...common,
    reportState: z.literal('done'),
    customerId: customerId(),
    statementId: statementId(),
    matches: z.boolean().meta({ description: 'Nothing differs, in sum and record by record.' }),
    yours: total,
    theirs: total,
    ...amountMembers('discrepancy', 'Yours less theirs.'),
    classes,
    identity: z
      .object({
        ...amountMembers('contributions', 'Of all classes.'),
        ...amountMembers('discrepancy', 'Yours less theirs.'),
        holds: z.literal(true),
      })
      .meta({
        description: 'The classes add up to the discrepancy, to the last digit: checked before it was kept.',
      }),
    outside: z
      .object({ yours: total, theirs: total })
      .meta({ description: 'Records of other periods that were looked through: they are in no sum.' }),
    causes: z.array(cause).meta({ description: 'Those that explain most come first.' }),
    unexplained: z.object({
      findings: count('That no cause explains.'),
      ...amountMembers('contribution', 'What they add to the discrepancy.'),
    }),
    firstDivergence: z.object({ yours: foundEntry.nullable(), theirs: foundRow.nullable() }).nullable().meta({
      description:
        'The first delta in log order that differs, and the first row that has none. null: nothing.',
    }),
    groupSearchesCutShort: count(
      'Searches for groups that were ended: narrower rules may find more.',
    ).optional(),
    scope: readScope,
    ledger,
    position,
    statement: z.object({
      name: z.string().optional(),
      sha256: hash('Of the statement’s bytes.'),
      bytes: count('As it was handed in.'),
      records: count('In it.'),
      zeros: count('Amounts of zero or empty, which are no records.'),
      reading: statementReading,
    }),
    rules,
    createdAt: time('When it was asked for.'),
    finishedAt: time('When it was made.'),
  })
  .meta({ id: 'StatementReport', description: 'A statement held against the ledger, record by record.' });

export const openReport = z
  .object({
    ...common,
    reportState: z.enum(['queued', 'running', 'failed']),
    customerId: customerId().nullable(),
    statementId: statementId(),
    rules,
    progress: z
      .object({
        stage: z.enum(['waiting', 'matching', 'keeping']),
        yours: count('Deltas read so far.'),
        theirs: count('Records of the statement read so far.'),
        findings: count('Found so far.'),
      })
      .optional(),
    failure: z.object({ reason: z.string() }).meta({ description: 'Why there is no report.' }).optional(),
    createdAt: time('When it was asked for.'),
    finishedAt: time('When it failed.').optional(),
  })
  .meta({ id: 'OpenReport', description: 'A report that is being made, or cannot be.' });
