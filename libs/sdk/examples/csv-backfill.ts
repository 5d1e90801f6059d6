/**
 * Records the rows of a CSV file, such as last month's usage out of a warehouse:
 *
 *     PACSPACE_API_KEY=pk_test_… node csv-backfill.ts usage.csv
 *
 * The columns are customer, amount, reason, time (ISO 8601) and id; an id that is not unique is none. Run twice, it adds
 * nothing twice: the key of a delta is its row's id. What is refused is written to standard error, with its row.
 */
import { createReadStream } from 'node:fs';
import { PacSpace } from '@pacspace-io/sdk';
import { parse } from 'csv-parse';

interface Row {
  readonly customer: string;
  readonly amount: string;
  readonly reason: string;
  readonly time: string;
  readonly id: string;
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node csv-backfill.ts FILE');

const emitter = new PacSpace({ apiKey: process.env['PACSPACE_API_KEY'] ?? '' }).balance.emitter({
  onRejected: ({ delta, error }) => {
    const why = error.fields.map(({ path, message }) => `${path} ${message}`).join(', ') || error.message;
    process.stderr.write(`${delta.idempotencyKey}: ${why}\n`);
  },
});
const rows: AsyncIterable<Row> = createReadStream(file).pipe(parse({ columns: true, bom: true, trim: true }));
for await (const { amount, customer, id, reason, time } of rows) {
  // The amount stays text: what a double cannot hold is not rounded on the way.
  const hasRoom = emitter.emit({
    customerId: customer,
    delta: amount,
    reason,
    occurredAt: time,
    idempotencyKey: `backfill:${id}`,
  });
  if (!hasRoom) await emitter.ready();
}
const { recorded, rejected } = await emitter.close();
process.stdout.write(`${recorded} recorded, ${rejected} refused\n`);
if (rejected > 0) process.exitCode = 1;
