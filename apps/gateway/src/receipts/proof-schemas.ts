import { count, customerId, decimal, hash, period, recordId, time } from '@pacspace/openapi';
import { z } from 'zod';
import { metadata } from '../reads/answers.js';

/** The records of docs/spec/proofs.md, as they stand in answers. Nothing may be added to them: they are hashed. */

export const proofText = z
  .object({
    leafIndex: count('Place in the tree.'),
    treeSize: count('Leaves in it.'),
    hashes: z.array(hash('A node.')).meta({ description: 'From the leaf’s sibling up.' }),
  })
  .meta({ id: 'InclusionProof', description: 'RFC 6962 inclusion proof.' });

export const content = z
  .object({
    v: z.literal(1),
    recordId: recordId(),
    customerId: customerId(),
    amount: decimal(),
    reason: z.string(),
    referenceId: z.string().optional(),
    metadataHash: hash('Salted hash of the metadata.').optional(),
    adjusts: recordId().optional(),
    occurredAt: time('When it happened.').optional(),
  })
  .meta({ id: 'Content', description: 'What a delta says; its leaf hash is the fingerprint.' });

export const entry = z
  .object({
    v: z.literal(1),
    index: count('Position among the customer’s deltas.'),
    fingerprint: hash('Of the content.'),
    balance: decimal(),
    period: period(),
    recordedAt: time('When it was recorded.'),
    late: z.literal(true).optional(),
  })
  .meta({ id: 'Entry', description: 'A delta’s place and the balance after it.' });

export const seal = z
  .object({
    v: z.literal(1),
    origin: z.string().meta({ description: 'The log that it is in.' }),
    customerId: customerId(),
    period: period().optional(),
    window: z
      .object({ asOf: count('Deltas known then.'), from: time('First moment.'), to: time('End.') })
      .optional(),
    subset: z
      .object({ asOf: count('Deltas known then.'), fingerprintsRoot: hash('Root of those chosen.') })
      .optional(),
    count: count('Entries covered.'),
    firstIndex: count('Index of the first.').optional(),
    lastIndex: count('Index of the last.').optional(),
    openingBalance: decimal(),
    closingBalance: decimal(),
    root: hash('RFC 6962 root of the entries.'),
    final: z.boolean(),
    sealedAt: time('When it was made.'),
  })
  .meta({ id: 'Seal', description: 'States that a customer’s entries of a scope are those under one root.' });

const disclosed = {
  metadata: metadata.optional(),
  salt: z.string().meta({ description: '16 bytes in hex.' }).optional(),
};

const published = {
  sealProof: proofText.optional(),
  checkpoint: z.string().meta({ description: 'Signed head of the log (C2SP tlog-checkpoint).' }).optional(),
};

export const receipt = z
  .object({
    version: z.literal(1),
    content,
    ...disclosed,
    entry: entry.optional(),
    entryProof: proofText.optional(),
    seal: seal.optional(),
    ...published,
  })
  .meta({ id: 'ReceiptFile', description: 'All that is needed to check one delta offline.' });

export const statement = z
  .object({
    version: z.literal(1),
    records: z.array(z.object({ content, entry, ...disclosed }).meta({ id: 'StatementRecord' })),
    seal,
    ...published,
  })
  .meta({ id: 'StatementFile', description: 'All records of a sealed scope, to be checked offline.' });

export const receiptState = z.enum(['accepted', 'recorded', 'sealed', 'published']);
