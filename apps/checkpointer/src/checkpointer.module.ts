import { type DynamicModule, Module } from '@nestjs/common';
import { CHECKPOINT_TOOLS, CheckpointsController, type ControllerTools } from './checkpoints.controller.js';

@Module({ controllers: [CheckpointsController] })
export class CheckpointerModule {
  static with(tools: ControllerTools): DynamicModule {
    return { module: CheckpointerModule, providers: [{ provide: CHECKPOINT_TOOLS, useValue: tools }] };
  }
}
