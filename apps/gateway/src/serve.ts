import 'reflect-metadata';
import { packageVersion, runApp } from '@pacspace/service';
import { gatewayVariables } from './config.js';
import { startGateway } from './start-gateway.js';

await runApp({
  name: 'gateway',
  version: packageVersion(import.meta.url),
  config: gatewayVariables,
  main: async (context) => {
    await startGateway(context);
  },
});
