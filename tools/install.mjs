// Installs the packages of the lock file if they are not there: what an npm script needs that cannot do it for itself.
import { installPackages } from './workspace.mjs';

await installPackages((line) => console.error(line));
