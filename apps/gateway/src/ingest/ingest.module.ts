import { Module } from '@nestjs/common';
import { findByReference, findRecords } from '@pacspace/ledger';
import { Gate } from '@pacspace/service';
import { GatewayResources } from '../gateway-resources.js';
import { openAllowances } from '../plan/open-allowances.js';
import { Reads } from '../reads/reads.js';
import { ReadsModule } from '../reads/reads.module.js';
import { AdjustsResolver } from './adjusts-resolver.js';
import { EmitBatchController } from './emit-batch.controller.js';
import { EmitDeltaController } from './emit-delta.controller.js';
import { type Entry, GroupCommit } from './group-commit.js';
import { Ingest } from './ingest.js';
import { IngestMetrics } from './ingest-metrics.js';
import { Intake } from './intake.js';
import { KeyRegistry } from './key-registry.js';
import { createPublishGroup } from './publish-group.js';
import { RecordedKeys } from './recorded-keys.js';

/** Look-ups by reference read a customer's latest deltas through: few at a time. */
const REFERENCE_SEARCHES = 4;
const REFERENCE_SEARCHES_WAITING = 1_000;

@Module({
  imports: [ReadsModule],
  controllers: [EmitDeltaController, EmitBatchController],
  providers: [{ provide: Ingest, useFactory: createIngest, inject: [GatewayResources, Reads] }],
})
export class IngestModule {}

function createIngest(resources: GatewayResources, reads: Reads): Ingest {
  const { health, log, pool, logger, queues, shutdown } = resources;
  const metrics = new IngestMetrics(resources.metrics);
  // Not required: without traffic nothing would ever say that it is well again.
  const publishing = health.check('publish', { required: false });
  publishing.ok();
  const commit = new GroupCommit<Entry>({
    lanes: log.lanes,
    publish: createPublishGroup(log, metrics, publishing),
  });
  const registry = new KeyRegistry();
  const recorded = new RecordedKeys((keys) => findRecords(pool, keys), metrics);
  const searches = new Gate({
    name: 'reference_searches',
    concurrency: REFERENCE_SEARCHES,
    waitLimit: REFERENCE_SEARCHES_WAITING,
    metrics: queues,
  });
  const adjusts = new AdjustsResolver({
    recorded,
    registry,
    findByReference: (query) => searches.run(() => findByReference(pool, query)),
    waitUntilProjected: (lane) => reads.consistent.waitUntilProjected(lane),
  });
  const allowances = openAllowances(resources, reads.progress);
  shutdown.register('inflight', 'group commit', async () => {
    await commit.whenIdle();
    await allowances.close();
  });
  const purseOf = allowances.purseOf.bind(allowances);
  return new Ingest({
    intake: new Intake({ commit, registry, recorded, adjusts, purseOf, metrics, logger }),
    commit,
    metrics,
    queues,
    logger,
    admission: resources.admission,
    lanes: log.lanes,
    durability: log.durability.kind,
    stopping: shutdown.signal,
  });
}
