import { Module } from '@nestjs/common';
import { RequestClient } from '@pacspace/bus';
import { Gate } from '@pacspace/service';
import { GatewayResources } from '../gateway-resources.js';
import { Reads } from '../reads/reads.js';
import { ReadsModule } from '../reads/reads.module.js';
import { CheckpointsController } from './checkpoints.controller.js';
import { Checkpoints } from './checkpoints.js';
import { LogController } from './log.controller.js';
import { LogFiles } from './log-files.js';

/** The public log is read by anybody: however many come, the API keeps its connections. */
const LOG_READS = 4;
const LOG_READS_WAITING = 500;

@Module({
  imports: [ReadsModule],
  controllers: [CheckpointsController, LogController],
  providers: [
    { provide: Checkpoints, useFactory: openCheckpoints, inject: [GatewayResources, Reads] },
    { provide: LogFiles, useFactory: openLogFiles, inject: [GatewayResources, Reads] },
  ],
})
export class CheckpointsModule {}

function openCheckpoints({ log }: GatewayResources, reads: Reads): Checkpoints {
  return new Checkpoints(new RequestClient(log.connection), reads);
}

function openLogFiles({ queues }: GatewayResources, { pool }: Reads): LogFiles {
  const gate = new Gate({
    name: 'log_reads',
    concurrency: LOG_READS,
    waitLimit: LOG_READS_WAITING,
    metrics: queues,
  });
  return new LogFiles(pool, gate);
}
