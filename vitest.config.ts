import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['aivm-source'] },
  ssr: { resolve: { conditions: ['aivm-source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // `npm test` builds first, and then runs the command line as an installed package would: compiled, and in a third of
    // the time to start. Under `npx vitest` it runs from its sources.
    env: process.env.npm_lifecycle_event === 'test' ? { AIVM_USE_DIST: '1' } : {},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/counts-reporter.ts'],
  },
});
