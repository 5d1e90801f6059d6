import 'reflect-metadata';
import { packageVersion, runApp } from '@pacspace/service';
import { consoleVariables } from './config.js';
import { startConsole } from './start-console.js';

await runApp({
  name: 'console',
  version: packageVersion(import.meta.url),
  config: consoleVariables,
  main: startConsole,
});
