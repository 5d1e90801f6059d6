import { type ConfigSchema, describeConfig, type VariableDescription } from '@pacspace/service';
import { checkpointerConfig } from '../../apps/checkpointer/src/config.js';
import { comparerConfig } from '../../apps/comparer/src/config.js';
import { consoleVariables } from '../../apps/console/src/config.js';
import { gatewayVariables } from '../../apps/gateway/src/config.js';
import { notifierConfig } from '../../apps/notifier/src/config.js';
import { projectorConfig } from '../../apps/projector/src/config.js';
import { chassisVariables } from '../../libs/service/src/chassis-config.js';

const CONFIGS: Readonly<Record<string, ConfigSchema>> = {
  checkpointer: checkpointerConfig,
  comparer: comparerConfig,
  console: consoleVariables,
  gateway: gatewayVariables,
  notifier: notifierConfig,
  projector: projectorConfig,
};

/** What every app can be told. */
export const CHASSIS_NAMES: readonly string[] = Object.keys(chassisVariables);

/** The variables that an app reads of its own, from the schema that it reads them with. */
export function variablesOf(app: string): VariableDescription[] {
  const config = CONFIGS[app];
  if (config === undefined) throw new Error(`tests/deploy/app-variables.ts does not know ${app}`);
  return describeConfig(config);
}
