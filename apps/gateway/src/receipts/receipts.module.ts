import { Module } from '@nestjs/common';
import { Gate } from '@pacspace/service';
import { GatewayResources } from '../gateway-resources.js';
import { Reads } from '../reads/reads.js';
import { ReadsModule } from '../reads/reads.module.js';
import { PublicVerify } from './public-verify.js';
import { ReceiptsController } from './receipts.controller.js';
import { VerifyController } from './verify.controller.js';

const PUBLIC_READS = 2;
const PUBLIC_READS_WAITING = 200;

@Module({
  imports: [ReadsModule],
  controllers: [ReceiptsController, VerifyController],
  providers: [{ provide: PublicVerify, useFactory: openPublicVerify, inject: [GatewayResources, Reads] }],
})
export class ReceiptsModule {}

function openPublicVerify({ config, queues }: GatewayResources, reads: Reads): PublicVerify {
  const gate = new Gate({
    name: 'public_verify',
    concurrency: PUBLIC_READS,
    waitLimit: PUBLIC_READS_WAITING,
    metrics: queues,
  });
  return new PublicVerify({ reads, gate, pepper: config.KEY_PEPPER });
}
