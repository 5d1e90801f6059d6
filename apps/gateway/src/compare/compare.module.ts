import { Module } from '@nestjs/common';
import { RequestClient } from '@pacspace/bus';
import { GatewayResources } from '../gateway-resources.js';
import { Reads } from '../reads/reads.js';
import { ReadsModule } from '../reads/reads.module.js';
import { CompareController } from './compare.controller.js';
import { Comparisons } from './comparisons.js';

@Module({
  imports: [ReadsModule],
  controllers: [CompareController],
  providers: [{ provide: Comparisons, useFactory: openComparisons, inject: [GatewayResources, Reads] }],
})
export class CompareModule {}

function openComparisons({ log }: GatewayResources, reads: Reads): Comparisons {
  return new Comparisons(new RequestClient(log.connection), reads);
}
