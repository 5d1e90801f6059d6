/**
 * What `npm start` runs, in the order of the data's way. All get the same environment; PORT is each one's own.
 * @type {readonly { name: string }[]}
 */
export const apps = [
  { name: 'projector' },
  { name: 'checkpointer' },
  { name: 'comparer' },
  { name: 'notifier' },
  { name: 'console' },
  { name: 'gateway' },
];

/** Brings the data base's schema up to date; exit code 0 when it is. */
export const migrateStep = { app: 'projector', script: 'migrate' };

/** Makes the demo tenant, its environments and its key (DEMO_API_KEY). As often as one likes. */
export const seedStep = { app: 'gateway', script: 'seed-demo' };

/** Makes the demo tenant's owner (DEMO_EMAIL, DEMO_PASSWORD), after the tenant. As often as one likes. */
export const seedAccountStep = { app: 'console', script: 'seed-demo' };
