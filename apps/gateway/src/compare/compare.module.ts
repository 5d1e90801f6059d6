import { Module } from '@nestjs/common';
import { RequestClient } from '@pacspace/bus';
import { GatewayResources } from '../gateway-resources.js';
import { Reads } from '../reads/reads.js';
import { ReadsModule } from '../reads/reads.module.js';
import { CompareController } from './compare.controller.js';
import { Comparisons } from './comparisons.js';
import { FindingsController } from './findings/findings.controller.js';
import { StatementsController } from './statements/statements.controller.js';
import { Statements } from './statements/statements.js';

@Module({
  imports: [ReadsModule],
  controllers: [StatementsController, FindingsController, CompareController],
  providers: [
    { provide: Comparisons, useFactory: openComparisons, inject: [GatewayResources, Reads] },
    { provide: Statements, useFactory: openStatements, inject: [GatewayResources, Reads] },
  ],
})
export class CompareModule {}

function openComparisons({ log }: GatewayResources, reads: Reads): Comparisons {
  return new Comparisons(new RequestClient(log.connection), reads);
}

function openStatements({ pool, queues }: GatewayResources, reads: Reads): Statements {
  return new Statements({ reads, queues, writers: pool });
}
