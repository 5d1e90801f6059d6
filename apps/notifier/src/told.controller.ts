import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { PassErrorsOn } from '@pacspace/lanes';
import type { ToldCursor } from '@pacspace/ledger';
import type { Logger } from '@pacspace/service';
import { TOLD_TURN } from './events-transport.js';
import { fanOut, type FanOutTools } from './fan-out/fan-out.js';
import { parseTold } from './fan-out/told-items.js';
import type { ToldTurn } from './lane-session.js';

export const TOLD_TOOLS = Symbol('told tools');

export interface ToldTools extends FanOutTools {
  readonly logger: Logger;
}

@Controller()
@UseFilters(PassErrorsOn)
export class ToldController {
  constructor(@Inject(TOLD_TOOLS) private readonly tools: ToldTools) {}

  @MessagePattern(TOLD_TURN)
  async turn({ lane, messages, from }: ToldTurn): Promise<ToldCursor> {
    const parsed = messages.map(parseTold);
    for (const { sequence, told } of parsed) {
      if (told === undefined)
        this.tools.logger.error({ lane, sequence }, 'an event message that nobody can read: skipped');
    }
    return await fanOut(this.tools, lane, { messages: parsed, from });
  }
}
